import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import type { SecureParameterView } from '../../shared/api/secure-parameters.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { toast } from '../ui/toast.tsx';
import { ActionsCell, ActionsHead, AllowedHostsCell, DeployedCell, NameCell, UsedByCell } from './artifact-cells.tsx';
import { ParameterDialog } from './parameter-dialog.tsx';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { MaterialStateText } from './material-state.tsx';
import { MayNote } from './may-note.tsx';
import { MaterialTestDialog } from './material-test.tsx';

/** The Secure Parameters: which flows use them and where they may be sent. */
export function ParametersPage() {
  const parameters = useRoute('listSecureParameters', {});
  const mayAdd = useMay('material-add');
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<SecureParameterView>();
  const [testing, setTesting] = useState<string>();
  const [deleting, setDeleting] = useState<SecureParameterView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} disabled={!mayAdd} onClick={() => setIsCreating(true)}>
      New Secure Parameter
    </Button>
  );
  const announce = ({ name }: SecureParameterView) => toast({ text: `'${name}' is deployed.`, tone: 'good' });
  return (
    <Page
      title="Secure Parameters"
      intro="Keys of APIs and tokens that do not change, each a value of its own. Flows hold only the name."
      actions={parameters.data && parameters.data.items.length > 0 && create}
    >
      <MayNote />
      <Loaded query={parameters}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<KeyRound size={24} aria-hidden />}
              title="No Secure Parameter yet."
              text="An HTTP receiver can send one in a header. You can also create it while you fill in the receiver."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="Secure Parameters"
                head={
                  <>
                    <Th>Name</Th>
                    <Th>State</Th>
                    <Th>Allowed hosts</Th>
                    <Th>Used by</Th>
                    <Th className="max-md:hidden">Deployed</Th>
                    <ActionsHead />
                  </>
                }
              >
                {items.map((parameter) => (
                  <tr key={parameter.name}>
                    <NameCell {...parameter} />
                    <Td className="max-w-56">
                      <MaterialStateText {...parameter} />
                    </Td>
                    <AllowedHostsCell hosts={parameter.allowedHosts} />
                    <UsedByCell usedBy={parameter.usedBy} />
                    <DeployedCell at={parameter.deployedAt} by={parameter.deployedBy} />
                    <ActionsCell
                      name={parameter.name}
                      onTest={() => setTesting(parameter.name)}
                      onEdit={() => setEditing(parameter)}
                      onDelete={() => setDeleting(parameter)}
                    />
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <ParameterDialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <ParameterDialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <MaterialTestDialog
        tested={testing === undefined ? undefined : { kind: 'parameter', name: testing }}
        onClose={() => setTesting(undefined)}
      />
      <DeleteArtifactDialog
        route="deleteSecureParameter"
        artifact={deleting}
        consequence="The value can’t be brought back."
        onClose={() => setDeleting(undefined)}
      />
    </Page>
  );
}
