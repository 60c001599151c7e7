import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { SecureParameterView } from '../../shared/api/secure-parameters.ts';
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

export interface ParameterDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** What is known already when a new artifact is created from a form. */
  initial?: { name?: string; host?: string };
  /** The artifact to change; without it a new one is created. */
  existing?: SecureParameterView | undefined;
  /** Called with the artifact once it is deployed, before the dialog closes. */
  onDeployed: (parameter: SecureParameterView) => void;
}

/** Creates or changes a Secure Parameter and deploys it. A value can be typed, never read back. */
export function ParameterDialog({ isOpen, onClose, initial, existing, onDeployed }: ParameterDialogProps) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={existing ? `Secure Parameter ${existing.name}` : 'New Secure Parameter'}
      description={
        existing && existing.usedBy.length > 0
          ? `Used by ${usersOf(existing.usedBy)}. A change takes effect at the next connection, without a new deployment.`
          : 'The key of an API, or a token that does not change. Flows hold only the name; the value stays here, encrypted.'
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="secure-parameter" variant="primary" isBusy={isBusy}>
            {existing ? 'Save and deploy' : 'Deploy'}
          </Button>
        </>
      }
    >
      <ParameterForm
        initial={initial}
        existing={existing}
        onBusy={setIsBusy}
        onDeployed={(parameter) => {
          onDeployed(parameter);
          onClose();
        }}
      />
    </Dialog>
  );
}

function ParameterForm({
  initial,
  existing,
  onBusy,
  onDeployed,
}: Pick<ParameterDialogProps, 'initial' | 'existing' | 'onDeployed'> & { onBusy: (isBusy: boolean) => void }) {
  const [name, setName] = useState(existing?.name ?? initial?.name ?? '');
  const [secret, setSecret] = useState('');
  const [hosts, setHosts] = useState(existing?.allowedHosts.join('\n') ?? initial?.host ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const deploy = useMutation({
    mutationFn: async () => {
      const rest = { description, allowedHosts: hostsOf(hosts) };
      return existing
        ? call('saveSecureParameter', { params: { name: existing.name }, body: { ...rest, ...(secret && { secret }) } })
        : call('createSecureParameter', { body: { ...rest, name: name.trim(), secret } });
    },
    meta: { isShown: true },
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: async (parameter) => {
      await queryClient.invalidateQueries({ queryKey: ['listSecureParameters'] });
      onDeployed(parameter);
    },
  });
  const problemOf = (path: string) => (deploy.error ? asApiError(deploy.error).problemOf(path) : undefined);
  return (
    <form
      id="secure-parameter"
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
      <Field
        label="Value"
        help={existing ? 'Leave empty to keep the present one; it can’t be shown.' : 'It can’t be read back later.'}
        error={problemOf('secret')}
        isRequired={!existing}
      >
        {(ids) => (
          <TextInput
            {...ids}
            type="password"
            required={!existing}
            maxLength={4_000}
            autoComplete="new-password"
            value={secret}
            onChange={setSecret}
          />
        )}
      </Field>
      <Field
        label="Allowed hosts"
        help="The only servers this value may be sent to, one a line, without a port. Empty: none."
        error={problemOf('allowedHosts')}
      >
        {(ids) => <TextArea {...ids} rows={2} value={hosts} onChange={setHosts} placeholder="api.example.com" className="font-mono" />}
      </Field>
      <Field label="Description" error={problemOf('description')}>
        {(ids) => <TextInput {...ids} maxLength={2_000} value={description} onChange={setDescription} />}
      </Field>
      {existing && <MaterialTest kind="parameter" name={existing.name} value={secret === '' ? {} : { secret }} />}
      <FormError error={deploy.error} />
    </form>
  );
}
