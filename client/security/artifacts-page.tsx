import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ArtifactUseView } from '../../shared/api/artifacts.ts';
import type { MaterialKind } from '../../shared/material.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { toast } from '../ui/toast.tsx';
import { ActionsCell, ActionsHead, AllowedHostsCell, DeployedCell, NameCell, UsedByCell } from './artifact-cells.tsx';
import type { ArtifactDialogProps } from './artifact-dialog.tsx';
import { DeleteArtifactDialog, type DeleteRoute } from './delete-artifact-dialog.tsx';
import { MaterialTestDialog } from './material-test.tsx';
import { MayNote } from './may-note.tsx';

interface Artifact {
  name: string;
  description: string;
  /** Absent for kinds that are sent nowhere. */
  allowedHosts?: string[];
  usedBy: ArtifactUseView[];
  deployedAt: string;
  deployedBy: string;
}

export interface Column<A> {
  title: string;
  /** Where there is room for it only. */
  className?: string;
  cell: (props: { artifact: A }) => ReactNode;
}

interface Props<A extends Artifact> {
  title: string;
  intro: string;
  /** Of the button that makes a new one. */
  create: string;
  icon: ReactNode;
  empty: { title: string; text: string };
  query: Parameters<typeof Loaded<{ items: A[] }>>[0]['query'];
  /** Between the name and the allowed hosts. */
  columns: Column<A>[];
  /** Before the buttons that every artifact has. */
  actions?: (props: { artifact: A }) => ReactNode;
  kind: MaterialKind;
  dialog: (props: ArtifactDialogProps<A>) => ReactNode;
  deleteRoute: DeleteRoute;
  /** What is lost with one. */
  consequence: string;
}

/** The artifacts of a kind: how it stands with them, who uses them, and where they may be sent if anywhere. */
export function ArtifactsPage<A extends Artifact>(props: Props<A>) {
  const {
    title,
    intro,
    create: createText,
    icon,
    empty,
    query,
    columns,
    actions: Actions,
    kind,
    dialog: Dialog,
    deleteRoute,
    consequence,
  } = props;
  const mayAdd = useMay('material-add');
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<A>();
  const [testing, setTesting] = useState<string>();
  const [deleting, setDeleting] = useState<A>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} disabled={!mayAdd} onClick={() => setIsCreating(true)}>
      {createText}
    </Button>
  );
  const announce = ({ name }: A) => toast({ text: `'${name}' is deployed.`, tone: 'good' });
  return (
    <Page title={title} intro={intro} actions={query.data && query.data.items.length > 0 && create}>
      <MayNote />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={icon} {...empty} action={create} />
          ) : (
            <Panel>
              <Table
                label={title}
                head={
                  <>
                    <Th>Name</Th>
                    {columns.map((column) => (
                      <Th key={column.title} className={column.className}>
                        {column.title}
                      </Th>
                    ))}
                    {items[0]?.allowedHosts && <Th>Allowed hosts</Th>}
                    <Th>Used by</Th>
                    <Th className="max-md:hidden">Deployed</Th>
                    <ActionsHead />
                  </>
                }
              >
                {items.map((artifact) => (
                  <tr key={artifact.name}>
                    <NameCell {...artifact} />
                    {columns.map(({ title: column, cell: Cell }) => (
                      <Cell key={column} artifact={artifact} />
                    ))}
                    {artifact.allowedHosts && <AllowedHostsCell hosts={artifact.allowedHosts} />}
                    <UsedByCell usedBy={artifact.usedBy} />
                    <DeployedCell at={artifact.deployedAt} by={artifact.deployedBy} />
                    <ActionsCell
                      name={artifact.name}
                      onTest={() => setTesting(artifact.name)}
                      onEdit={() => setEditing(artifact)}
                      onDelete={() => setDeleting(artifact)}
                    >
                      {Actions && <Actions artifact={artifact} />}
                    </ActionsCell>
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <Dialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <Dialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <MaterialTestDialog tested={testing === undefined ? undefined : { kind, name: testing }} onClose={() => setTesting(undefined)} />
      <DeleteArtifactDialog route={deleteRoute} artifact={deleting} consequence={consequence} onClose={() => setDeleting(undefined)} />
    </Page>
  );
}
