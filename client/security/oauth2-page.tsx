import { KeySquare, UserCheck } from 'lucide-react';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import { oauth2Presets } from '../../shared/oauth2.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Td } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { ArtifactsPage } from './artifacts-page.tsx';
import { authorize, openProviderTab } from './authorize.ts';
import { OAuth2Dialog } from './oauth2-dialog.tsx';
import { OAuth2StateText } from './oauth2-state.tsx';

/** The OAuth2 Authorization Code artifacts: whether they are authorized, and which flows use them. */
export function OAuth2Page() {
  return (
    <ArtifactsPage
      title="OAuth2 Authorization Code"
      intro="A person allows Mailroom once to read a mailbox; its token is refreshed from then on. Flows hold only the name."
      create="New OAuth2 artifact"
      icon={<KeySquare size={24} aria-hidden />}
      empty={{
        title: 'No OAuth2 artifact yet.',
        text: 'Microsoft 365 and Google let programs read mailboxes with OAuth2 instead of a password.',
      }}
      query={useRoute('listOAuth2Credentials', {})}
      columns={[
        { title: 'State', cell: AuthorizationCell },
        { title: 'User', cell: UserCell },
      ]}
      actions={AuthorizeButton}
      kind="oauth2"
      dialog={OAuth2Dialog}
      deleteRoute="deleteOAuth2Credential"
      consequence="Its client secret and tokens can’t be brought back."
    />
  );
}

function AuthorizationCell({ artifact }: { artifact: OAuth2CredentialView }) {
  return (
    <Td className="max-w-56 min-w-36">
      <OAuth2StateText credential={artifact} />
    </Td>
  );
}

function UserCell({ artifact: { user, provider } }: { artifact: OAuth2CredentialView }) {
  return (
    <Td className="text-ink-soft max-w-44">
      <span className="block truncate" title={user}>
        {user}
      </span>
      <span className="text-ink-faint block text-xs">{oauth2Presets[provider].title}</span>
    </Td>
  );
}

function AuthorizeButton({ artifact: { name, state } }: { artifact: OAuth2CredentialView }) {
  const mayChange = useMay('material');
  return (
    <Button
      size="sm"
      className="mr-1"
      variant={state === 'Deployed' ? 'ghost' : 'primary'}
      icon={<UserCheck size={13} aria-hidden />}
      aria-label={`Authorize ${name}`}
      disabled={!mayChange}
      onClick={() => void authorize(name, openProviderTab())}
    >
      Authorize
    </Button>
  );
}
