import type { DeploymentView } from '../../shared/api/flows.ts';
import type { MessageStatus } from '../../shared/status.ts';

export interface Totals {
  flows: number;
  started: number;
  channels: number;
  failingChannels: number;
  completed: number;
  /** Running, or waiting for the next attempt. */
  underWay: number;
  failed: number;
}

/** What all deployed flows do, in a few figures. */
export function totalsOf(deployments: Pick<DeploymentView, 'state' | 'channels' | 'counts'>[]): Totals {
  const channels = deployments.flatMap((deployment) => deployment.channels);
  const sum = (status: MessageStatus) => deployments.reduce((total, { counts }) => total + (counts[status] ?? 0), 0);
  return {
    flows: deployments.length,
    started: deployments.filter(({ state }) => state === 'Started').length,
    channels: channels.length,
    failingChannels: channels.filter(({ health }) => health === 'failing').length,
    completed: sum('COMPLETED'),
    underWay: sum('PROCESSING') + sum('RETRY'),
    failed: sum('FAILED'),
  };
}
