import { useMutation } from '@tanstack/react-query';
import { UserCheck } from 'lucide-react';
import { useState } from 'react';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import { oauth2Presets, type ClientSecretPlace, type OAuth2ProviderName } from '../../shared/oauth2.ts';
import { asApiError, call, useRoute } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { authorize, openProviderTab, type ProviderTab } from './authorize.ts';
import { AllowedHostsField, DescriptionField } from './artifact-fields.tsx';
import { hostsOf } from './hosts.ts';
import { NameField } from './name-field.tsx';
import { ClientIdField, SendAsField, TokenUrlField } from './oauth2-fields.tsx';
import { usersOf } from './uses.tsx';

export interface OAuth2DialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** What is known already when a new artifact is created from a form. */
  initial?: { name?: string; host?: string };
  /** The artifact to change; without it a new one is created. */
  existing?: OAuth2CredentialView | undefined;
  /** Called with the artifact once it is deployed, before the dialog closes. */
  onDeployed: (credential: OAuth2CredentialView) => void;
}

/** Creates or changes an OAuth2 Authorization Code artifact; the second button leads on to the provider. */
export function OAuth2Dialog({ isOpen, onClose, initial, existing, onDeployed }: OAuth2DialogProps) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={existing ? `OAuth2 artifact ${existing.name}` : 'New OAuth2 artifact'}
      description={
        existing && existing.usedBy.length > 0
          ? `Used by ${usersOf(existing.usedBy)}. Another client, user or scope has to be authorized again.`
          : 'Mailroom is registered at the provider as a web application; these are the facts of that registration.'
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="oauth2" isBusy={isBusy}>
            {existing ? 'Save and deploy' : 'Deploy'}
          </Button>
          <Button
            type="submit"
            form="oauth2"
            value="authorize"
            variant="primary"
            icon={<UserCheck size={14} aria-hidden />}
            isBusy={isBusy}
          >
            Deploy and authorize
          </Button>
        </>
      }
    >
      <OAuth2Form
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

const providerTitles: Record<OAuth2ProviderName, string> = {
  microsoft: oauth2Presets.microsoft.title,
  google: oauth2Presets.google.title,
  generic: oauth2Presets.generic.title,
};

/** What is typed; all of it text. */
interface Typed {
  name: string;
  description: string;
  provider: OAuth2ProviderName;
  tenant: string;
  authorizationUrl: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  sendAs: ClientSecretPlace;
  user: string;
  scope: string;
  hosts: string;
}

function startOf(existing: OAuth2CredentialView | undefined, initial: OAuth2DialogProps['initial']): Typed {
  if (existing) return { ...existing, clientSecret: '', hosts: existing.allowedHosts.join('\n') };
  const provider = providerOf(initial?.host);
  return {
    name: initial?.name ?? '',
    description: '',
    provider,
    tenant: 'organizations',
    authorizationUrl: '',
    tokenUrl: '',
    clientId: '',
    clientSecret: '',
    sendAs: 'body',
    user: '',
    scope: oauth2Presets[provider].scope,
    hosts: initial?.host ?? hostsText(provider),
  };
}

const hostsText = (provider: OAuth2ProviderName) => oauth2Presets[provider].allowedHosts.join('\n');

/** The provider whose mail server it is; without a host the first. */
function providerOf(host: string | undefined): OAuth2ProviderName {
  if (host === undefined) return 'microsoft';
  if (host.endsWith('.office365.com') || host.endsWith('.outlook.com')) return 'microsoft';
  return /\.(gmail|googlemail|google)\.com$/.test(host) ? 'google' : 'generic';
}

function OAuth2Form({
  initial,
  existing,
  onBusy,
  onDeployed,
}: Pick<OAuth2DialogProps, 'initial' | 'existing' | 'onDeployed'> & { onBusy: (isBusy: boolean) => void }) {
  const [typed, setTyped] = useState(() => startOf(existing, initial));
  const type = (change: Partial<Typed>) => setTyped((before) => ({ ...before, ...change }));
  const preset = oauth2Presets[typed.provider];
  const redirectUrl = useRoute('listOAuth2Credentials', {}).data?.redirectUrl ?? '';

  const deploy = useMutation({
    mutationFn: async (_tab: ProviderTab | undefined) => {
      const { name, hosts, clientSecret, ...rest } = typed;
      const body = { ...bodyOf(rest), allowedHosts: hostsOf(hosts) };
      return existing
        ? call('saveOAuth2Credential', { params: { name: existing.name }, body: { ...body, ...(clientSecret && { clientSecret }) } })
        : call('createOAuth2Credential', { body: { ...body, name: name.trim(), clientSecret } });
    },
    meta: { isShown: true },
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onError: (_error, tab) => tab?.close(),
    onSuccess: async (credential, tab) => {
      if (tab !== undefined) void authorize(credential.name, tab);
      await queryClient.invalidateQueries({ queryKey: ['listOAuth2Credentials'] });
      onDeployed(credential);
    },
  });
  const problemOf = (path: string) => (deploy.error ? asApiError(deploy.error).problemOf(path) : undefined);

  /** Scope and hosts follow the provider as long as they are what its preset says. */
  const chooseProvider = (provider: OAuth2ProviderName) =>
    type({
      provider,
      ...(typed.scope === preset.scope ? { scope: oauth2Presets[provider].scope } : {}),
      ...(typed.hosts === hostsText(typed.provider) ? { hosts: hostsText(provider) } : {}),
    });

  return (
    <form
      id="oauth2"
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // The dialog is a portal, but React lets its events bubble into the form of the flow it was opened from.
        event.stopPropagation();
        if (deploy.isPending) return;
        const { submitter } = event.nativeEvent;
        const isAuthorizing = submitter instanceof HTMLButtonElement && submitter.value === 'authorize';
        deploy.mutate(isAuthorizing ? openProviderTab() : undefined);
      }}
    >
      {!existing && <NameField name={typed.name} onChange={(name) => type({ name })} problem={problemOf('name')} isCredential />}
      <Field label="Provider">
        {(ids) => (
          <Select
            id={ids.id}
            aria-describedby={ids['aria-describedby']}
            value={typed.provider}
            options={providerTitles}
            onChange={chooseProvider}
          />
        )}
      </Field>
      {preset.tokenUrl?.includes('{tenant}') && (
        <Field
          label="Tenant"
          help="Directory (tenant) ID or domain of the organisation; “organizations” for any."
          error={problemOf('tenant')}
          isRequired
        >
          {(ids) => <TextInput {...ids} required maxLength={200} value={typed.tenant} onChange={(tenant) => type({ tenant })} />}
        </Field>
      )}
      {preset.tokenUrl === undefined && (
        <>
          <Field
            label="Authorization URL"
            help="Where a person signs in and allows Mailroom."
            error={problemOf('authorizationUrl')}
            isRequired
          >
            {(ids) => (
              <TextInput
                {...ids}
                type="url"
                required
                maxLength={2_000}
                placeholder="https://login.example.com/authorize"
                value={typed.authorizationUrl}
                onChange={(authorizationUrl) => type({ authorizationUrl })}
              />
            )}
          </Field>
          <TokenUrlField value={typed.tokenUrl} onChange={(tokenUrl) => type({ tokenUrl })} problem={problemOf('tokenUrl')} />
        </>
      )}
      <Field label="Redirect URL" help="Register it at the provider, as it stands here.">
        {(ids) => <CopyField ids={ids} value={redirectUrl} />}
      </Field>
      <ClientIdField value={typed.clientId} onChange={(clientId) => type({ clientId })} problem={problemOf('clientId')} />
      <Field
        label="Client Secret"
        help={existing?.hasClientSecret ? 'Leave empty to keep the present one; it can’t be shown.' : 'It can’t be read back later.'}
        error={problemOf('clientSecret')}
      >
        {(ids) => (
          <TextInput
            {...ids}
            type="password"
            maxLength={2_000}
            autoComplete="new-password"
            value={typed.clientSecret}
            onChange={(clientSecret) => type({ clientSecret })}
          />
        )}
      </Field>
      <SendAsField value={typed.sendAs} onChange={(sendAs) => type({ sendAs })} />
      <Field label="User Name" help="Whose mailbox is read: mostly its mail address." error={problemOf('user')} isRequired>
        {(ids) => (
          <TextInput
            {...ids}
            required
            maxLength={300}
            autoComplete="off"
            placeholder="orders@example.com"
            value={typed.user}
            onChange={(user) => type({ user })}
          />
        )}
      </Field>
      <Field label="Scope" help={scopeHelp(preset.alwaysScope)} error={problemOf('scope')}>
        {(ids) => (
          <TextArea
            {...ids}
            rows={2}
            maxLength={2_000}
            value={typed.scope}
            onChange={(scope) => type({ scope })}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <AllowedHostsField
        what="its tokens"
        placeholder="mail.example.com"
        value={typed.hosts}
        onChange={(hosts) => type({ hosts })}
        problem={problemOf('allowedHosts')}
      />
      <DescriptionField value={typed.description} onChange={(description) => type({ description })} problem={problemOf('description')} />
      <FormError error={deploy.error} />
    </form>
  );
}

/** What the provider's preset knows itself is not sent. */
function bodyOf({
  description,
  provider,
  tenant,
  authorizationUrl,
  tokenUrl,
  clientId,
  sendAs,
  user,
  scope,
}: Omit<Typed, 'name' | 'hosts' | 'clientSecret'>) {
  const { tokenUrl: own } = oauth2Presets[provider];
  const addresses = own === undefined ? { authorizationUrl, tokenUrl } : {};
  return { description, provider, clientId, sendAs, user, scope, ...addresses, ...(own?.includes('{tenant}') ? { tenant } : {}) };
}

function scopeHelp(added: string[]): string {
  const help = 'What Mailroom may do, parted by blanks.';
  return added.length === 0 ? help : `${help} ${added.join(', ')} is added.`;
}
