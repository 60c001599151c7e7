import { KeySquare, Plus, UserCheck } from 'lucide-react';
import { useState } from 'react';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import { oauth2Presets } from '../../shared/oauth2.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { toast } from '../ui/toast.tsx';
import { ActionsCell, ActionsHead, AllowedHostsCell, DeployedCell, NameCell, UsedByCell } from './artifact-cells.tsx';
import { authorize, openProviderTab } from './authorize.ts';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { OAuth2Dialog } from './oauth2-dialog.tsx';
import { OAuth2StateText } from './oauth2-state.tsx';
import { MayNote } from './may-note.tsx';
import { MaterialTestDialog } from './material-test.tsx';

/** The OAuth2 Authorization Code artifacts: whether they are authorized, and which flows use them. */
export function OAuth2Page() {
  const credentials = useRoute('listOAuth2Credentials', {});
  const mayAdd = useMay('material-add');
  const mayChange = useMay('material');
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<OAuth2CredentialView>();
  const [testing, setTesting] = useState<string>();
  const [deleting, setDeleting] = useState<OAuth2CredentialView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} disabled={!mayAdd} onClick={() => setIsCreating(true)}>
      New OAuth2 artifact
    </Button>
  );
  const announce = ({ name }: OAuth2CredentialView) => toast({ text: `'${name}' is deployed.`, tone: 'good' });
  return (
    <Page
      title="OAuth2 Authorization Code"
      intro="A person allows Mailroom once to read a mailbox; its token is refreshed from then on. Flows hold only the name."
      actions={credentials.data && credentials.data.items.length > 0 && create}
    >
      <MayNote />
      <Loaded query={credentials}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<KeySquare size={24} aria-hidden />}
              title="No OAuth2 artifact yet."
              text="Microsoft 365 and Google let programs read mailboxes with OAuth2 instead of a password."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="OAuth2 artifacts"
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
                    <Td className="max-w-56 min-w-36">
                      <OAuth2StateText credential={credential} />
                    </Td>
                    <Td className="text-ink-soft max-w-44">
                      <span className="block truncate" title={credential.user}>
                        {credential.user}
                      </span>
                      <span className="text-ink-faint block text-xs">{oauth2Presets[credential.provider].title}</span>
                    </Td>
                    <AllowedHostsCell hosts={credential.allowedHosts} />
                    <UsedByCell usedBy={credential.usedBy} />
                    <DeployedCell at={credential.deployedAt} by={credential.deployedBy} />
                    <ActionsCell
                      name={credential.name}
                      onTest={() => setTesting(credential.name)}
                      onEdit={() => setEditing(credential)}
                      onDelete={() => setDeleting(credential)}
                    >
                      <Button
                        size="sm"
                        className="mr-1"
                        variant={credential.state === 'Deployed' ? 'ghost' : 'primary'}
                        icon={<UserCheck size={13} aria-hidden />}
                        aria-label={`Authorize ${credential.name}`}
                        disabled={!mayChange}
                        onClick={() => void authorize(credential.name, openProviderTab())}
                      >
                        Authorize
                      </Button>
                    </ActionsCell>
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <OAuth2Dialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <OAuth2Dialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <MaterialTestDialog
        tested={testing === undefined ? undefined : { kind: 'oauth2', name: testing }}
        onClose={() => setTesting(undefined)}
      />
      <DeleteArtifactDialog
        route="deleteOAuth2Credential"
        artifact={deleting}
        consequence="Its client secret and tokens can’t be brought back."
        onClose={() => setDeleting(undefined)}
      />
    </Page>
  );
}
