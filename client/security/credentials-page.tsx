import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import type { CredentialView } from '../../shared/api/credentials.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { toast } from '../ui/toast.tsx';
import { ActionsCell, ActionsHead, AllowedHostsCell, DeployedCell, NameCell, UsedByCell } from './artifact-cells.tsx';
import { CredentialDialog } from './credential-dialog.tsx';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { MaterialStateText } from './material-state.tsx';
import { MayNote } from './may-note.tsx';
import { MaterialTestDialog } from './material-test.tsx';

/** The User Credentials artifacts: which flows use them and where they may be sent. */
export function CredentialsPage() {
  const credentials = useRoute('listCredentials', {});
  const mayAdd = useMay('material-add');
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<CredentialView>();
  const [testing, setTesting] = useState<string>();
  const [deleting, setDeleting] = useState<CredentialView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} disabled={!mayAdd} onClick={() => setIsCreating(true)}>
      New User Credentials
    </Button>
  );
  const announce = ({ name }: CredentialView) => toast({ text: `'${name}' is deployed.`, tone: 'good' });
  return (
    <Page
      title="User Credentials"
      intro="User and password, deployed on their own. Flows hold only the name."
      actions={credentials.data && credentials.data.items.length > 0 && create}
    >
      <MayNote />
      <Loaded query={credentials}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<KeyRound size={24} aria-hidden />}
              title="No User Credentials yet."
              text="A mail channel needs one to sign in. You can also create it while you fill in the channel."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="User Credentials"
                head={
                  <>
                    <Th>Name</Th>
                    <Th>State</Th>
                    <Th>User</Th>
                    <Th>Allowed hosts</Th>
                    <Th>Used by</Th>
                    <Th className="max-md:hidden">Deployed</Th>
                    <ActionsHead />
                  </>
                }
              >
                {items.map((credential) => (
                  <tr key={credential.name}>
                    <NameCell {...credential} />
                    <Td className="max-w-56">
                      <MaterialStateText {...credential} />
                    </Td>
                    <Td className="text-ink-soft max-w-48 truncate">{credential.user}</Td>
                    <AllowedHostsCell hosts={credential.allowedHosts} />
                    <UsedByCell usedBy={credential.usedBy} />
                    <DeployedCell at={credential.deployedAt} by={credential.deployedBy} />
                    <ActionsCell
                      name={credential.name}
                      onTest={() => setTesting(credential.name)}
                      onEdit={() => setEditing(credential)}
                      onDelete={() => setDeleting(credential)}
                    />
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <CredentialDialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <CredentialDialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <MaterialTestDialog
        tested={testing === undefined ? undefined : { kind: 'credential', name: testing }}
        onClose={() => setTesting(undefined)}
      />
      <DeleteArtifactDialog
        route="deleteCredential"
        artifact={deleting}
        consequence="The password can’t be brought back."
        onClose={() => setDeleting(undefined)}
      />
    </Page>
  );
}
