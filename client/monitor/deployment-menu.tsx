import { useMutation } from '@tanstack/react-query';
import { CircleStop, Ellipsis, History, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { DeploymentView } from '../../shared/api/flows.ts';
import { call } from '../api.ts';
import { useDeployVersion, VersionsDialog } from '../flows/versions-dialog.tsx';
import { queryClient } from '../shell/query-client.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';

/** What can be done to a deployment from the monitor. */
export function DeploymentMenu({ deployment: { flowId, flowName, version, state } }: { deployment: DeploymentView }) {
  const [isShowingVersions, setIsShowingVersions] = useState(false);
  const flow = { id: flowId, name: flowName, deployedVersion: version };
  const deploy = useDeployVersion(flow);
  const undeploy = useMutation({
    mutationFn: async () => call('undeployFlow', { params: { id: flowId } }),
    onSuccess: () =>
      toast({
        text: `${flowName} is stopping. Messages that run end first; those that wait stay until it is deployed again.`,
        tone: 'good',
        action: { label: 'Deploy again', onSelect: () => deploy.mutate(version) },
      }),
    onSettled: async () => queryClient.invalidateQueries({ queryKey: ['listDeployments'] }),
  });
  return (
    <>
      <Menu
        trigger={<IconButton label={`Actions for ${flowName}`} icon={<Ellipsis size={16} aria-hidden />} size="sm" tooltipSide="left" />}
        items={[
          { label: 'Versions…', icon: <History size={14} aria-hidden />, onSelect: () => setIsShowingVersions(true) },
          {
            label: 'Restart',
            icon: <RotateCw size={14} aria-hidden />,
            isDisabled: state === 'Starting',
            onSelect: () => deploy.mutate(version),
          },
          {
            label: 'Undeploy',
            icon: <CircleStop size={14} aria-hidden />,
            startsGroup: true,
            isDanger: true,
            isDisabled: state === 'Stopping',
            onSelect: () => undeploy.mutate(),
          },
        ]}
      />
      <VersionsDialog flow={flow} isOpen={isShowingVersions} onClose={() => setIsShowingVersions(false)} />
    </>
  );
}
