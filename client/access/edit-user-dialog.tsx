import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { UserView } from '../../shared/api/users.ts';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { toast } from '../ui/toast.tsx';
import { RoleChoice } from './role-choice.tsx';

/** Name, role and whether the person may sign in. Give it the person as `key`. */
export function EditUserDialog({ user, isSelf, onClose }: { user: UserView; isSelf: boolean; onClose: () => void }) {
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role);
  const [isDisabled, setIsDisabled] = useState(user.isDisabled);
  const save = useMutation({
    mutationFn: async () => call('saveUser', { params: { id: user.id }, body: { name, role, isDisabled } }),
    meta: { isShown: true },
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries({ queryKey: ['listUsers'] });
      if (isSelf) await queryClient.invalidateQueries({ queryKey: ['getSession'] });
      toast({ text: `Saved ${saved.name}. It counts from now on.` });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Edit ${user.name}`}
      description={user.email}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="edit-user" variant="primary" isBusy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="edit-user"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label="Name" error={save.error ? asApiError(save.error).problemOf('name') : undefined} isRequired>
          {(ids) => <TextInput {...ids} required maxLength={200} autoComplete="off" value={name} onChange={setName} />}
        </Field>
        <RoleChoice value={role} onChange={setRole} />
        {isSelf && role !== user.role && (
          <p className="text-warn text-sm">This is your own account: you give up what the other role does not allow.</p>
        )}
        <Field
          label="May sign in"
          help={
            isSelf ? 'You can’t shut yourself out.' : 'Switched off, the sessions end at once, and API tokens rest until it is on again.'
          }
          isInline
        >
          {(ids) => <Switch {...ids} isOn={!isDisabled} onChange={(isOn) => setIsDisabled(!isOn)} disabled={isSelf} />}
        </Field>
        <FormError error={save.error} />
      </form>
    </Dialog>
  );
}
