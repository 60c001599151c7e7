import { useMutation } from '@tanstack/react-query';
import type { DeploymentView } from '../../shared/api/flows.ts';
import { call } from '../api.ts';
import { useDeployVersion } from '../flows/versions-dialog.tsx';
import { queryClient } from '../shell/query-client.ts';
import { toast } from '../ui/toast.tsx';

/** Starts a deployment anew, or takes it away; the latter can be undone. */
export function useDeploymentActions({ flowId, flowName, version }: Pick<DeploymentView, 'flowId' | 'flowName' | 'version'>) {
  const deploy = useDeployVersion({ id: flowId, name: flowName, deployedVersion: version });
  const undeploy = useMutation({
    mutationFn: async () => call('undeployFlow', { params: { id: flowId } }),
    onSuccess: () =>
      toast({
        text: `${flowName} is stopping. Messages that run end first; those that wait stay until it is deployed again.`,
        tone: 'good',
        action: { label: 'Deploy again', onSelect: () => deploy.mutate(version) },
      }),
    onSettled: async () => {
      for (const name of ['listDeployments', 'getOverview']) await queryClient.invalidateQueries({ queryKey: [name] });
    },
  });
  return { restart: () => deploy.mutate(version), undeploy: () => undeploy.mutate(), isBusy: deploy.isPending };
}
