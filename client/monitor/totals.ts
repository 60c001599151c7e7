import type { OverviewView } from '../../shared/api/overview.ts';

export interface Totals {
  flows: number;
  started: number;
  channels: number;
  failingChannels: number;
  completed: number;
  failed: number;
  /** Running, or waiting for a worker or the next attempt, whenever they were received. */
  underWay: number;
  quarantined: number;
}

/** What all flows do, in a few figures. */
export function totalsOf({ flows, counts, queue }: Pick<OverviewView, 'flows' | 'counts' | 'queue'>): Totals {
  const channels = flows.flatMap((flow) => flow.channels);
  return {
    flows: flows.length,
    started: flows.filter(({ state }) => state === 'Started').length,
    channels: channels.length,
    failingChannels: channels.filter(({ health }) => health === 'failing' || health === 'late').length,
    completed: counts.COMPLETED ?? 0,
    failed: counts.FAILED ?? 0,
    underWay: queue.running + queue.waiting + queue.retrying,
    quarantined: flows.reduce((sum, flow) => sum + flow.quarantined, 0),
  };
}
