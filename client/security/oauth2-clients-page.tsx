import { KeySquare } from 'lucide-react';
import type { OAuth2ClientView } from '../../shared/api/oauth2-clients.ts';
import { useRoute } from '../api.ts';
import { Td } from '../shell/table.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { ArtifactsPage } from './artifacts-page.tsx';
import { MaterialStateText } from './material-state.tsx';
import { OAuth2ClientDialog } from './oauth2-client-dialog.tsx';

/** The OAuth2 Client Credentials artifacts: whether their token services let them in, and which flows use them. */
export function OAuth2ClientsPage() {
  return (
    <ArtifactsPage
      title="OAuth2 Client Credentials"
      intro="Mailroom signs in at another system as itself, with a token that it renews. Flows hold only the name."
      create="New OAuth2 Client Credentials"
      icon={<KeySquare size={24} aria-hidden />}
      empty={{
        title: 'No OAuth2 Client Credentials yet.',
        text: 'An HTTP receiver can sign in with them. You can also create them while you fill in the receiver.',
      }}
      query={useRoute('listOAuth2Clients', {})}
      columns={[
        { title: 'State', cell: ClientStateCell },
        { title: 'Client ID', cell: ClientCell },
      ]}
      kind="oauth2-client"
      dialog={OAuth2ClientDialog}
      deleteRoute="deleteOAuth2Client"
      consequence="Its client secret can’t be brought back."
    />
  );
}

function ClientStateCell({ artifact: { accessTokenUntil, ...client } }: { artifact: OAuth2ClientView }) {
  return (
    <Td className="max-w-56 min-w-36">
      <MaterialStateText {...client} />
      {accessTokenUntil !== null && !client.error && (
        <span className="text-ink-faint block text-xs">
          token until <TimeText at={accessTokenUntil} />
        </span>
      )}
    </Td>
  );
}

function ClientCell({ artifact: { clientId, tokenUrl } }: { artifact: OAuth2ClientView }) {
  return (
    <Td className="text-ink-soft max-w-44">
      <span className="block truncate" title={clientId}>
        {clientId}
      </span>
      <span className="text-ink-faint block truncate text-xs" title={tokenUrl}>
        {new URL(tokenUrl).host}
      </span>
    </Td>
  );
}
