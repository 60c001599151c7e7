import { expect, test } from 'vitest';
import type { DeploymentView } from '../../shared/api/flows.ts';
import type { FlowTileView } from '../../shared/api/overview.ts';
import { totalsOf } from './totals.ts';

const channel = (health: 'ok' | 'failing'): DeploymentView['channels'][number] => ({
  id: health,
  nodeId: 'mail',
  name: 'Mail',
  health,
  failuresInRow: 0,
  serverSaid: null,
  lastPoll: null,
  lastSuccessAt: null,
  schedule: 'every minute',
  nextPollAt: null,
  offers: { readElsewhere: 0, unreadAgain: 0 },
});

const flow = (given: Partial<FlowTileView>): FlowTileView => ({
  flowId: 'f',
  flowName: 'Orders',
  version: 1,
  state: 'Started',
  deployedAt: '',
  deployedBy: '',
  error: null,
  channels: [channel('ok')],
  counts: {},
  backlog: { count: 0, oldestAt: null },
  quarantined: 0,
  openAlerts: 0,
  logLevel: null,
  ...given,
});

test('the figures of all flows are added up', () => {
  const totals = totalsOf({
    flows: [flow({ quarantined: 2 }), flow({ state: 'Error', channels: [channel('failing')], quarantined: 1 })],
    counts: { COMPLETED: 5, FAILED: 4 },
    queue: { running: 1, waiting: 2, retrying: 3, oldestAt: null },
  });
  expect(totals).toEqual({ flows: 2, started: 1, channels: 2, failingChannels: 1, completed: 5, underWay: 6, failed: 4, quarantined: 3 });
});
