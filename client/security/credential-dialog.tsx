import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { CredentialView } from '../../shared/api/credentials.ts';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { hostsOf } from './hosts.ts';
import { NameField } from './name-field.tsx';
import { usersOf } from './uses.tsx';
import { MaterialTest } from './material-test.tsx';

export interface CredentialDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** What is known already when a new artifact is created from a form. */
  initial?: { name?: string; host?: string; user?: string };
  /** The artifact to change; without it a new one is created. */
  existing?: CredentialView;
  /** Called with the artifact once it is deployed, before the dialog closes. */
  onDeployed: (credential: CredentialView) => void;
}

/** Creates or changes a User Credentials artifact and deploys it. A password can be typed, never read back. */
export function CredentialDialog({ isOpen, onClose, initial, existing, onDeployed }: CredentialDialogProps) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={existing ? `User Credentials ${existing.name}` : 'New User Credentials'}
      description={
        existing && existing.usedBy.length > 0
          ? `Used by ${usersOf(existing.usedBy)}. A change takes effect at the next connection, without a new deployment.`
          : 'Flows hold only the name. User and password stay here, encrypted.'
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="credential" variant="primary" isBusy={isBusy}>
            {existing ? 'Save and deploy' : 'Deploy'}
          </Button>
        </>
      }
    >
      <CredentialForm
        initial={initial}
        existing={existing}
        onBusy={setIsBusy}
        onDeployed={(credential) => {
          onDeployed(credential);
          onClose();
        }}
      />
    </Dialog>
  );
}

function CredentialForm({
  initial,
  existing,
  onBusy,
  onDeployed,
}: Pick<CredentialDialogProps, 'initial' | 'existing' | 'onDeployed'> & { onBusy: (isBusy: boolean) => void }) {
  const [name, setName] = useState(existing?.name ?? initial?.name ?? '');
  const [user, setUser] = useState(existing?.user ?? initial?.user ?? '');
  const [password, setPassword] = useState('');
  const [hosts, setHosts] = useState(existing?.allowedHosts.join('\n') ?? initial?.host ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const deploy = useMutation({
    mutationFn: async () => {
      const rest = { user, description, allowedHosts: hostsOf(hosts) };
      return existing
        ? call('saveCredential', { params: { name: existing.name }, body: { ...rest, ...(password && { password }) } })
        : call('createCredential', { body: { ...rest, name: name.trim(), password } });
    },
    meta: { isShown: true },
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: async (credential) => {
      await queryClient.invalidateQueries({ queryKey: ['listCredentials'] });
      onDeployed(credential);
    },
  });
  const problemOf = (path: string) => (deploy.error ? asApiError(deploy.error).problemOf(path) : undefined);
  return (
    <form
      id="credential"
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // The dialog is a portal, but React lets its events bubble into the form of the flow it was opened from.
        event.stopPropagation();
        if (!deploy.isPending) deploy.mutate();
      }}
    >
      {!existing && <NameField name={name} onChange={setName} problem={problemOf('name')} isCredential />}
      <Field label="User" error={problemOf('user')} isRequired>
        {(ids) => <TextInput {...ids} required maxLength={300} autoComplete="off" value={user} onChange={setUser} />}
      </Field>
      <Field
        label="Password"
        help={existing ? 'Leave empty to keep the present one; it can’t be shown.' : 'It can’t be read back later.'}
        error={problemOf('password')}
        isRequired={!existing}
      >
        {(ids) => (
          <TextInput
            {...ids}
            type="password"
            required={!existing}
            maxLength={1_000}
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
          />
        )}
      </Field>
      <Field
        label="Allowed hosts"
        help="The only servers this password may be sent to, one a line, without a port. Empty: none."
        error={problemOf('allowedHosts')}
      >
        {(ids) => <TextArea {...ids} rows={2} value={hosts} onChange={setHosts} placeholder="mail.example.com" className="font-mono" />}
      </Field>
      <Field label="Description" error={problemOf('description')}>
        {(ids) => <TextInput {...ids} maxLength={2_000} value={description} onChange={setDescription} />}
      </Field>
      {existing && <MaterialTest kind="credential" name={existing.name} value={{ ...(user && { user }), ...(password && { password }) }} />}
      <FormError error={deploy.error} />
    </form>
  );
}
