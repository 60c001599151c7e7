import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** Asks for a name, then shows the value of the new token this one time. */
export function CreateTokenDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: async () => call('createToken', { body: { name } }),
    meta: { isShown: true },
    onSuccess: async () => queryClient.invalidateQueries({ queryKey: ['listTokens'] }),
  });
  const close = () => {
    setName('');
    create.reset();
    onClose();
  };
  const token = create.data?.token;
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={token ? 'Copy the token now' : 'New API token'}
      description={token ? 'It is shown this one time only.' : undefined}
      footer={
        token ? (
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" form="create-token" variant="primary" isBusy={create.isPending}>
              Create
            </Button>
          </>
        )
      }
    >
      {token ? (
        <CopyField label="API token" value={token} />
      ) : (
        <form
          id="create-token"
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Field label="Name" help="What the token is for." error={create.error ? asApiError(create.error).problemOf('name') : undefined}>
            {(ids) => <TextInput {...ids} required maxLength={100} value={name} onChange={setName} placeholder="nightly import" />}
          </Field>
          <FormError error={create.error} />
        </form>
      )}
    </Dialog>
  );
}
