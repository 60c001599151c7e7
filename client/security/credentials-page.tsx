import { KeyRound } from 'lucide-react';
import type { CredentialView } from '../../shared/api/credentials.ts';
import { useRoute } from '../api.ts';
import { Td } from '../shell/table.tsx';
import { ArtifactsPage } from './artifacts-page.tsx';
import { CredentialDialog } from './credential-dialog.tsx';
import { StateCell } from './artifact-cells.tsx';

/** The User Credentials artifacts: which flows use them and where they may be sent. */
export function CredentialsPage() {
  return (
    <ArtifactsPage
      title="User Credentials"
      intro="User and password, deployed on their own. Flows hold only the name."
      create="New User Credentials"
      icon={<KeyRound size={24} aria-hidden />}
      empty={{
        title: 'No User Credentials yet.',
        text: 'A mail channel needs one to sign in. You can also create it while you fill in the channel.',
      }}
      query={useRoute('listCredentials', {})}
      columns={[
        { title: 'State', cell: StateCell },
        { title: 'User', cell: UserCell },
      ]}
      kind="credential"
      dialog={CredentialDialog}
      deleteRoute="deleteCredential"
      consequence="The password can’t be brought back."
    />
  );
}

function UserCell({ artifact: { user } }: { artifact: CredentialView }) {
  return <Td className="text-ink-soft max-w-48 truncate">{user}</Td>;
}
