import { useMutation } from '@tanstack/react-query';
import type { FlowSummary } from '../../shared/api/flows.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';

/** How often and how long to look whether a flow has stopped, in ms: what runs may take a minute to end. */
const lookMs = 300;
const stopDeadlineMs = 75_000;

/** Stops a flow and waits until nothing of it runs; only then it can be deleted. */
async function undeploy(id: string): Promise<void> {
  await call('undeployFlow', { params: { id } });
  const deadline = Date.now() + stopDeadlineMs;
  while (Date.now() < deadline && (await call('getFlow', { params: { id } })).deployment) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** Asks before a flow is deleted, open while `flow` is given. A deployed flow is stopped first. */
export function DeleteFlowDialog({ flow, onClose }: { flow: FlowSummary | undefined; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: async ({ id, deployment }: FlowSummary) => {
      if (deployment) await undeploy(id);
      await call('deleteFlow', { params: { id } });
    },
    meta: { isShown: true },
    onSuccess: (_, { name }) => {
      toast({ text: `Deleted '${name}'.` });
      onClose();
    },
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      await queryClient.invalidateQueries({ queryKey: ['listDeployments'] });
    },
  });
  const close = () => {
    remove.reset();
    onClose();
  };
  return (
    <Dialog
      isOpen={flow !== undefined}
      onClose={close}
      title={flow ? `Delete '${flow.name}'?` : ''}
      size="sm"
      footer={
        <>
          <Button onClick={close}>Keep</Button>
          <Button variant="danger" isBusy={remove.isPending} onClick={() => flow && remove.mutate(flow)}>
            {flow?.deployment ? 'Undeploy and delete' : 'Delete'}
          </Button>
        </>
      }
    >
      <p className="text-ink-soft mb-3">
        {flow?.deployment
          ? 'It is deployed: its mailboxes are no longer polled, and messages under way become ABANDONED. Mail stays on the server.'
          : 'The drawing is deleted. This can’t be undone.'}
      </p>
      <FormError error={remove.error} />
    </Dialog>
  );
}
