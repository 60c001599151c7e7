import type { DeploymentState } from '../../shared/status.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import { deploymentTones } from './status-words.ts';

export function DeploymentStateText({ state }: { state: DeploymentState }) {
  return (
    <span className="inline-flex items-center gap-1.5 font-medium">
      <StatusDot tone={deploymentTones[state]} isPulsing={state === 'Starting' || state === 'Stopping'} />
      {state}
    </span>
  );
}
