import { useState } from 'react';
import type { OAuth2ClientView } from '../../shared/api/oauth2-clients.ts';
import type { ClientSecretPlace } from '../../shared/oauth2.ts';
import { call } from '../api.ts';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { ArtifactDialog, ArtifactForm, useDeployed, type ArtifactDialogProps, type ArtifactFormProps } from './artifact-dialog.tsx';
import { AllowedHostsField, DescriptionField, SecretField } from './artifact-fields.tsx';
import { hostsOf } from './hosts.ts';
import { MaterialTest } from './material-test.tsx';
import { NameField } from './name-field.tsx';
import { ClientIdField, SendAsField, TokenUrlField } from './oauth2-fields.tsx';

/** Creates or changes an OAuth2 Client Credentials artifact and deploys it. A client secret can be typed, never read back. */
export function OAuth2ClientDialog(props: ArtifactDialogProps<OAuth2ClientView>) {
  return (
    <ArtifactDialog
      {...props}
      title="OAuth2 Client Credentials"
      about="Mailroom signs in as itself: it gets a token from the token service and sends it with each call. Flows hold only the name."
      form={ClientForm}
    />
  );
}

const optional = [
  { key: 'scope', label: 'Scope', help: 'What the token is to allow, parted by blanks, as the system’s documentation says.' },
  { key: 'audience', label: 'Audience', help: 'Whom the token is for; only where the token service asks for it.' },
  { key: 'resource', label: 'Resource', help: 'The address the token is for (RFC 8707); only where the token service asks for it.' },
] as const;

function ClientForm({ id, initial, existing, ...given }: ArtifactFormProps<OAuth2ClientView>) {
  const [typed, setTyped] = useState(() => startOf(existing, initial));
  const type = (change: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...change }));
  const { name, clientSecret, hosts, ...settings } = typed;
  const { deploy, problemOf } = useDeployed(given, {
    list: 'listOAuth2Clients',
    save: async () => {
      const rest = { ...settings, allowedHosts: hostsOf(hosts) };
      return existing
        ? call('saveOAuth2Client', { params: { name: existing.name }, body: { ...rest, ...(clientSecret && { clientSecret }) } })
        : call('createOAuth2Client', { body: { ...rest, name: name.trim(), clientSecret } });
    },
  });
  return (
    <ArtifactForm id={id} deploy={deploy}>
      {!existing && <NameField name={name} onChange={(text) => type({ name: text })} problem={problemOf('name')} isCredential />}
      <TokenUrlField value={typed.tokenUrl} onChange={(tokenUrl) => type({ tokenUrl })} problem={problemOf('tokenUrl')} />
      <ClientIdField value={typed.clientId} onChange={(clientId) => type({ clientId })} problem={problemOf('clientId')} />
      <SecretField
        label="Client Secret"
        isKept={existing !== undefined}
        maxLength={2_000}
        value={clientSecret}
        onChange={(secret) => type({ clientSecret: secret })}
        problem={problemOf('clientSecret')}
      />
      <SendAsField value={typed.sendAs} onChange={(sendAs) => type({ sendAs })} />
      {optional.map(({ key, label, help }) => (
        <Field key={key} label={label} help={help} error={problemOf(key)}>
          {(ids) => (
            <TextInput {...ids} maxLength={2_000} autoComplete="off" value={typed[key]} onChange={(value) => type({ [key]: value })} />
          )}
        </Field>
      ))}
      <AllowedHostsField
        what="its tokens"
        placeholder="api.example.com"
        value={hosts}
        onChange={(text) => type({ hosts: text })}
        problem={problemOf('allowedHosts')}
      />
      <DescriptionField value={typed.description} onChange={(description) => type({ description })} problem={problemOf('description')} />
      {existing && <MaterialTest kind="oauth2-client" name={existing.name} value={clientSecret === '' ? {} : { clientSecret }} />}
    </ArtifactForm>
  );
}

function startOf(existing: OAuth2ClientView | undefined, initial: ArtifactFormProps<OAuth2ClientView>['initial']) {
  const sendAs: ClientSecretPlace = existing?.sendAs ?? 'body';
  return {
    name: existing?.name ?? initial?.name ?? '',
    description: existing?.description ?? '',
    tokenUrl: existing?.tokenUrl ?? '',
    clientId: existing?.clientId ?? '',
    clientSecret: '',
    sendAs,
    scope: existing?.scope ?? '',
    audience: existing?.audience ?? '',
    resource: existing?.resource ?? '',
    hosts: existing?.allowedHosts.join('\n') ?? initial?.host ?? '',
  };
}
