import { FileKey, Plus } from 'lucide-react';
import { useState } from 'react';
import type { KeyPairView } from '../../shared/api/certificates.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { toast } from '../ui/toast.tsx';
import { ActionsCell, ActionsHead, DeployedCell, NameCell, UsedByCell } from './artifact-cells.tsx';
import { CertificateCells, CertificateHeads } from './certificate-cells.tsx';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { KeyPairDialog } from './key-pair-dialog.tsx';
import { MaterialTestDialog } from './material-test.tsx';
import { MayNote } from './may-note.tsx';

/** The key pairs that encrypted mails are opened with. */
export function KeyPairsPage() {
  const keyPairs = useRoute('listKeyPairs', {});
  const mayAdd = useMay('material-add');
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<KeyPairView>();
  const [testing, setTesting] = useState<string>();
  const [deleting, setDeleting] = useState<KeyPairView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} disabled={!mayAdd} onClick={() => setIsCreating(true)}>
      New key pair
    </Button>
  );
  const announce = ({ name }: KeyPairView) => toast({ text: `'${name}' is deployed.`, tone: 'good' });
  return (
    <Page
      title="Key Pairs"
      intro="Certificates with their private keys: for mails that are encrypted with S/MIME, which every mail channel may use, and to sign in at SFTP servers."
      actions={keyPairs.data && keyPairs.data.items.length > 0 && create}
    >
      <MayNote />
      <Loaded query={keyPairs}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<FileKey size={24} aria-hidden />}
              title="No key pair yet."
              text="Without one, encrypted mails go through the flow as they are."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="Key pairs"
                head={
                  <>
                    <Th>Name</Th>
                    <CertificateHeads />
                    <Th className="max-lg:hidden">Key</Th>
                    <Th>Used by</Th>
                    <Th className="max-md:hidden">Deployed</Th>
                    <ActionsHead />
                  </>
                }
              >
                {items.map((keyPair) => (
                  <tr key={keyPair.name}>
                    <NameCell {...keyPair} />
                    <CertificateCells certificates={keyPair.certificates} />
                    <Td className="text-ink-soft whitespace-nowrap max-lg:hidden">{keyPair.certificates[0]?.key}</Td>
                    <UsedByCell usedBy={keyPair.usedBy} />
                    <DeployedCell at={keyPair.deployedAt} by={keyPair.deployedBy} />
                    <ActionsCell
                      name={keyPair.name}
                      onTest={() => setTesting(keyPair.name)}
                      onEdit={() => setEditing(keyPair)}
                      onDelete={() => setDeleting(keyPair)}
                    />
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <KeyPairDialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <KeyPairDialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <MaterialTestDialog
        tested={testing === undefined ? undefined : { kind: 'key-pair', name: testing }}
        onClose={() => setTesting(undefined)}
      />
      <DeleteArtifactDialog
        route="deleteKeyPair"
        artifact={deleting}
        consequence="The private key can’t be brought back, and mails encrypted for it can’t be read any more."
        onClose={() => setDeleting(undefined)}
      />
    </Page>
  );
}
