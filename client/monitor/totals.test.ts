import { expect, test } from 'vitest';
import type { DeploymentView } from '../../shared/api/flows.ts';
import { totalsOf } from './totals.ts';

const channel = (health: 'ok' | 'failing'): DeploymentView['channels'][number] => ({
  id: health,
  nodeId: 'mail',
  name: 'Mail',
  health,
  failuresInRow: 0,
  lastPoll: null,
  lastSuccessAt: null,
  schedule: 'every minute',
  nextPollAt: null,
  offers: { readElsewhere: 0, unreadAgain: 0 },
});

test('the figures of all flows are added up', () => {
  const totals = totalsOf([
    { state: 'Started', channels: [channel('ok')], counts: { COMPLETED: 3, PROCESSING: 1 } },
    { state: 'Error', channels: [channel('failing')], counts: { COMPLETED: 2, RETRY: 1, FAILED: 4 } },
  ]);
  expect(totals).toEqual({ flows: 2, started: 1, channels: 2, failingChannels: 1, completed: 5, underWay: 2, failed: 4 });
});
