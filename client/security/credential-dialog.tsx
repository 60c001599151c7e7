import { useState } from 'react';
import type { CredentialView } from '../../shared/api/credentials.ts';
import { call } from '../api.ts';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { ArtifactDialog, ArtifactForm, useDeployed, type ArtifactDialogProps, type ArtifactFormProps } from './artifact-dialog.tsx';
import { AllowedHostsField, DescriptionField, SecretField } from './artifact-fields.tsx';
import { hostsOf } from './hosts.ts';
import { MaterialTest } from './material-test.tsx';
import { NameField } from './name-field.tsx';

/** Creates or changes a User Credentials artifact and deploys it. A password can be typed, never read back. */
export function CredentialDialog(props: ArtifactDialogProps<CredentialView>) {
  return (
    <ArtifactDialog
      {...props}
      title="User Credentials"
      about="Flows hold only the name. User and password stay here, encrypted."
      form={CredentialForm}
    />
  );
}

function CredentialForm({ id, initial, existing, ...given }: ArtifactFormProps<CredentialView>) {
  const [name, setName] = useState(existing?.name ?? initial?.name ?? '');
  const [user, setUser] = useState(existing?.user ?? initial?.user ?? '');
  const [password, setPassword] = useState('');
  const [hosts, setHosts] = useState(existing?.allowedHosts.join('\n') ?? initial?.host ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const { deploy, problemOf } = useDeployed(given, {
    list: 'listCredentials',
    save: async () => {
      const rest = { user, description, allowedHosts: hostsOf(hosts) };
      return existing
        ? call('saveCredential', { params: { name: existing.name }, body: { ...rest, ...(password && { password }) } })
        : call('createCredential', { body: { ...rest, name: name.trim(), password } });
    },
  });
  return (
    <ArtifactForm id={id} deploy={deploy}>
      {!existing && <NameField name={name} onChange={setName} problem={problemOf('name')} isCredential />}
      <Field label="User" error={problemOf('user')} isRequired>
        {(ids) => <TextInput {...ids} required maxLength={300} autoComplete="off" value={user} onChange={setUser} />}
      </Field>
      <SecretField
        label="Password"
        isKept={existing !== undefined}
        maxLength={1_000}
        value={password}
        onChange={setPassword}
        problem={problemOf('password')}
      />
      <AllowedHostsField
        what="this password"
        placeholder="mail.example.com"
        value={hosts}
        onChange={setHosts}
        problem={problemOf('allowedHosts')}
      />
      <DescriptionField value={description} onChange={setDescription} problem={problemOf('description')} />
      {existing && <MaterialTest kind="credential" name={existing.name} value={{ ...(user && { user }), ...(password && { password }) }} />}
    </ArtifactForm>
  );
}
