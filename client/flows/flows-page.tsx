import { useNavigate } from '@tanstack/react-router';
import { FileUp, LayoutTemplate, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { FlowSummary } from '../../shared/api/flows.ts';
import { useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { useWasOpen } from '../ui/use-was-open.ts';
import { FlowRow } from './flow-row.tsx';
import { PracticeMailButton } from './practice-mail-button.tsx';

const CreateFlowDialog = lazy(async () => ({ default: (await import('./create-flow-dialog.tsx')).CreateFlowDialog }));
const DeleteFlowDialog = lazy(async () => ({ default: (await import('./delete-flow-dialog.tsx')).DeleteFlowDialog }));
const FirstRun = lazy(async () => ({ default: (await import('./first-run.tsx')).FirstRun }));
const ImportDialog = lazy(async () => ({ default: (await import('./import-dialog.tsx')).ImportDialog }));
const TemplatesDialog = lazy(async () => ({ default: (await import('./templates-dialog.tsx')).TemplatesDialog }));

/** All flows; on the first visit the doors that lead to one. */
export function FlowsPage() {
  const flows = useRoute('listFlows', {});
  const deployments = useRoute('listDeployments', {});
  const [creating, setCreating] = useState<'flow' | 'mailbox'>();
  const [isChoosing, setIsChoosing] = useState(false);
  const [isImporting, setIsImporting] = useState(false);
  const [deleting, setDeleting] = useState<FlowSummary>();
  const [wasChoosing, wasCreating, wasImporting, wasDeleting] = [
    useWasOpen(isChoosing),
    useWasOpen(creating !== undefined),
    useWasOpen(isImporting),
    useWasOpen(deleting !== undefined),
  ];
  const whyNot = useWhyNot('design');
  const navigate = useNavigate();
  const open = (flowId: string, nodeId?: string) => void navigate({ to: '/flows/$flowId', params: { flowId }, hash: nodeId });
  const isFirstRun = flows.data?.items.length === 0;
  return (
    <Page
      title={isFirstRun && whyNot === undefined ? 'Start with a mailbox' : 'Flows'}
      intro={isFirstRun ? 'Draw what should happen with the mail that arrives, deploy it, and watch it happen.' : undefined}
      actions={
        flows.data && (
          <>
            {!isFirstRun && <PracticeMailButton />}
            <Button icon={<FileUp size={15} aria-hidden />} whyNot={whyNot} onClick={() => setIsImporting(true)}>
              Import
            </Button>
            {!isFirstRun && (
              <Button icon={<LayoutTemplate size={15} aria-hidden />} whyNot={whyNot} onClick={() => setIsChoosing(true)}>
                From a template
              </Button>
            )}
            <Button
              variant={isFirstRun ? 'secondary' : 'primary'}
              icon={<Plus size={16} aria-hidden />}
              whyNot={whyNot}
              onClick={() => setCreating('flow')}
            >
              New flow
            </Button>
          </>
        )
      }
    >
      <Loaded query={flows}>
        {({ items }) =>
          items.length === 0 && whyNot !== undefined ? (
            <EmptyState title="There is no flow yet." text="A developer or an administrator can draw one." />
          ) : items.length === 0 ? (
            <Suspense>
              <FirstRun onCreated={open} onMyMailbox={() => setCreating('mailbox')} onTemplates={() => setIsChoosing(true)} />
            </Suspense>
          ) : (
            <Panel>
              <Table
                label="Flows"
                head={
                  <>
                    <Th>Flow</Th>
                    <Th>Deployment</Th>
                    <Th>Messages</Th>
                    <Th className="max-md:hidden">Nodes</Th>
                    <Th className="max-sm:hidden">Changed</Th>
                    <Th>
                      <span className="sr-only">Actions</span>
                    </Th>
                  </>
                }
              >
                {items.map((flow) => (
                  <FlowRow
                    key={flow.id}
                    flow={flow}
                    deployment={deployments.data?.items.find((deployment) => deployment.flowId === flow.id)}
                    onDelete={() => setDeleting(flow)}
                  />
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <Suspense>
        {wasChoosing && <TemplatesDialog isOpen={isChoosing} onClose={() => setIsChoosing(false)} onCreated={open} />}
        {wasCreating && <CreateFlowDialog kind={creating} onClose={() => setCreating(undefined)} onCreated={open} />}
        {wasImporting && <ImportDialog isOpen={isImporting} onClose={() => setIsImporting(false)} onImported={open} />}
        {wasDeleting && <DeleteFlowDialog flow={deleting} onClose={() => setDeleting(undefined)} />}
      </Suspense>
    </Page>
  );
}
