import { useNavigate } from '@tanstack/react-router';
import { Activity, CircleStop, Ellipsis, History, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { DeploymentView } from '../../shared/api/flows.ts';
import { VersionsDialog } from '../flows/versions-dialog.tsx';
import { useMay } from '../may.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { useDeploymentActions } from './use-deployment-actions.ts';

/** What can be done to a deployment from the monitor. */
export function DeploymentMenu({ deployment }: { deployment: Pick<DeploymentView, 'flowId' | 'flowName' | 'version' | 'state'> }) {
  const { flowId, flowName, version, state } = deployment;
  const [isShowingVersions, setIsShowingVersions] = useState(false);
  const { restart, undeploy } = useDeploymentActions(deployment);
  const navigate = useNavigate();
  const mayDeploy = useMay('deploy');
  return (
    <>
      <Menu
        trigger={<IconButton label={`Actions for ${flowName}`} icon={<Ellipsis size={16} aria-hidden />} size="sm" tooltipSide="left" />}
        items={[
          {
            label: 'Polls, and why nothing came',
            icon: <Activity size={14} aria-hidden />,
            onSelect: () => void navigate({ to: '/monitor/content/$flowId', params: { flowId } }),
          },
          { label: 'Versions…', icon: <History size={14} aria-hidden />, onSelect: () => setIsShowingVersions(true) },
          { label: 'Restart', icon: <RotateCw size={14} aria-hidden />, isDisabled: state === 'Starting' || !mayDeploy, onSelect: restart },
          {
            label: 'Undeploy',
            icon: <CircleStop size={14} aria-hidden />,
            startsGroup: true,
            isDanger: true,
            isDisabled: state === 'Stopping' || !mayDeploy,
            onSelect: undeploy,
          },
        ]}
      />
      <VersionsDialog
        flow={{ id: flowId, name: flowName, deployedVersion: version }}
        isOpen={isShowingVersions}
        onClose={() => setIsShowingVersions(false)}
      />
    </>
  );
}
