import { useState } from 'react';
import type { SecureParameterView } from '../../shared/api/secure-parameters.ts';
import { call } from '../api.ts';
import { ArtifactDialog, ArtifactForm, useDeployed, type ArtifactDialogProps, type ArtifactFormProps } from './artifact-dialog.tsx';
import { AllowedHostsField, DescriptionField, SecretField } from './artifact-fields.tsx';
import { hostsOf } from './hosts.ts';
import { MaterialTest } from './material-test.tsx';
import { NameField } from './name-field.tsx';

/** Creates or changes a Secure Parameter and deploys it. A value can be typed, never read back. */
export function ParameterDialog(props: ArtifactDialogProps<SecureParameterView>) {
  return (
    <ArtifactDialog
      {...props}
      title="Secure Parameter"
      about="The key of an API, or a token that does not change. Flows hold only the name; the value stays here, encrypted."
      form={ParameterForm}
    />
  );
}

function ParameterForm({ id, initial, existing, ...given }: ArtifactFormProps<SecureParameterView>) {
  const [name, setName] = useState(existing?.name ?? initial?.name ?? '');
  const [secret, setSecret] = useState('');
  const [hosts, setHosts] = useState(existing?.allowedHosts.join('\n') ?? initial?.host ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const { deploy, problemOf } = useDeployed(given, {
    list: 'listSecureParameters',
    save: async () => {
      const rest = { description, allowedHosts: hostsOf(hosts) };
      return existing
        ? call('saveSecureParameter', { params: { name: existing.name }, body: { ...rest, ...(secret && { secret }) } })
        : call('createSecureParameter', { body: { ...rest, name: name.trim(), secret } });
    },
  });
  return (
    <ArtifactForm id={id} deploy={deploy}>
      {!existing && <NameField name={name} onChange={setName} problem={problemOf('name')} isCredential />}
      <SecretField
        label="Value"
        isKept={existing !== undefined}
        maxLength={4_000}
        value={secret}
        onChange={setSecret}
        problem={problemOf('secret')}
      />
      <AllowedHostsField
        what="this value"
        placeholder="api.example.com"
        value={hosts}
        onChange={setHosts}
        problem={problemOf('allowedHosts')}
      />
      <DescriptionField value={description} onChange={setDescription} problem={problemOf('description')} />
      {existing && <MaterialTest kind="parameter" name={existing.name} value={secret === '' ? {} : { secret }} />}
    </ArtifactForm>
  );
}
