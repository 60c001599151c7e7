import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '../../shared/roles.ts';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { LinkShown } from './link-shown.tsx';
import { RoleChoice } from './role-choice.tsx';

/** Asks who it is and what they may do, then shows the link to send. */
export function InviteDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  // The least, so that giving more is a choice.
  const [role, setRole] = useState<Role>('viewer');
  const invite = useMutation({
    mutationFn: async () => call('createUser', { body: { name, email, role } }),
    meta: { isShown: true },
    onSuccess: async () => queryClient.invalidateQueries({ queryKey: ['listUsers'] }),
  });
  const close = () => {
    setName('');
    setEmail('');
    setRole('viewer');
    invite.reset();
    onClose();
  };
  const made = invite.data;
  const problemOf = (path: string) => (invite.error ? asApiError(invite.error).problemOf(path) : undefined);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={made ? 'Send this link now' : 'Invite a person'}
      description={made ? 'It is shown this one time only.' : undefined}
      footer={
        made ? (
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" form="invite" variant="primary" isBusy={invite.isPending}>
              Make the link
            </Button>
          </>
        )
      }
    >
      {made ? (
        <LinkShown link={made.link} until={made.until} name={made.user.name} />
      ) : (
        <form
          id="invite"
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          <Field label="Name" error={problemOf('name')} isRequired>
            {(ids) => <TextInput {...ids} required maxLength={200} autoComplete="off" value={name} onChange={setName} />}
          </Field>
          <Field label="E-mail" help="They sign in with it. Mailroom sends nothing to it." error={problemOf('email')} isRequired>
            {(ids) => <TextInput {...ids} type="email" required maxLength={300} autoComplete="off" value={email} onChange={setEmail} />}
          </Field>
          <RoleChoice value={role} onChange={setRole} />
          <FormError error={invite.error} />
        </form>
      )}
    </Dialog>
  );
}
