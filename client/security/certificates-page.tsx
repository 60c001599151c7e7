import { BadgeCheck, Plus } from 'lucide-react';
import { useState } from 'react';
import type { CertificateView } from '../../shared/api/certificates.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { toast } from '../ui/toast.tsx';
import { ActionsCell, ActionsHead, DeployedCell, NameCell, UsedByCell } from './artifact-cells.tsx';
import { CertificateCells, CertificateHeads } from './certificate-cells.tsx';
import { CertificateDialog } from './certificate-dialog.tsx';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { MayNote } from './may-note.tsx';
import { MaterialTestDialog } from './material-test.tsx';

/** The certificates that are trusted besides those this machine knows. */
export function CertificatesPage() {
  const certificates = useRoute('listCertificates', {});
  const mayAdd = useMay('material-add');
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<CertificateView>();
  const [testing, setTesting] = useState<string>();
  const [deleting, setDeleting] = useState<CertificateView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} disabled={!mayAdd} onClick={() => setIsCreating(true)}>
      Trust a certificate
    </Button>
  );
  const announce = ({ name }: CertificateView) => toast({ text: `'${name}' is trusted.`, tone: 'good' });
  return (
    <Page
      title="Trusted Certificates"
      intro="Trusted besides the authorities this machine knows: for a mail server where a channel names them, for signed mails all of them."
      actions={certificates.data && certificates.data.items.length > 0 && create}
    >
      <MayNote />
      <Loaded query={certificates}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<BadgeCheck size={24} aria-hidden />}
              title="No trusted certificate yet."
              text="Only mail servers with a certificate of their own making need one. The connection test of a channel shows it."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="Trusted certificates"
                head={
                  <>
                    <Th>Name</Th>
                    <CertificateHeads />
                    <Th>Used by</Th>
                    <Th className="max-md:hidden">Deployed</Th>
                    <ActionsHead />
                  </>
                }
              >
                {items.map((certificate) => (
                  <tr key={certificate.name}>
                    <NameCell {...certificate} />
                    <CertificateCells certificates={certificate.certificates} />
                    <UsedByCell usedBy={certificate.usedBy} />
                    <DeployedCell at={certificate.deployedAt} by={certificate.deployedBy} />
                    <ActionsCell
                      name={certificate.name}
                      onTest={() => setTesting(certificate.name)}
                      onEdit={() => setEditing(certificate)}
                      onDelete={() => setDeleting(certificate)}
                    />
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <CertificateDialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <CertificateDialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <MaterialTestDialog
        tested={testing === undefined ? undefined : { kind: 'certificate', name: testing }}
        onClose={() => setTesting(undefined)}
      />
      <DeleteArtifactDialog
        route="deleteCertificate"
        artifact={deleting}
        consequence="Signatures and servers that only it vouches for are no longer trusted."
        onClose={() => setDeleting(undefined)}
      />
    </Page>
  );
}
