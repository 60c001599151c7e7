import { describe, expect, test } from 'vitest';
import type { AlertRule } from '../../shared/alert-rules.ts';
import type { AlertKind } from '../../shared/alerts.ts';
import type { ChannelRow } from '../ports/flows.ts';
import { judge, watchLimits, type Seen } from './watch-judge.ts';

const now = new Date('2026-03-02T12:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const minuteMs = 60_000;
const flowId = '7d5c0a52-52d2-4a6b-9d1e-3f1b1c6f3b10';

function seen(change: Partial<Seen> = {}): Seen {
  return {
    now,
    watchingSince: ago(60 * minuteMs),
    workerSeenAt: ago(2_000),
    deployments: [{ flowId, flowName: 'Orders', version: 3, state: 'Started', error: null, deployedAt: ago(60 * minuteMs) }],
    channels: [channel()],
    lastPolls: new Map(),
    failed: [],
    setAside: [],
    credentials: [],
    certificates: [],
    stuckTargets: [],
    rules: [],
    lastMailAt: new Map(),
    traced: [],
    lockedAccounts: [],
    oldestWaiting: undefined,
    ...change,
  };
}

function channel(change: Partial<ChannelRow> = {}): ChannelRow {
  return {
    id: 'c1',
    flowId,
    nodeId: 'mail',
    name: 'Orders mailbox',
    version: 3,
    type: 'mail-sender',
    config: {},
    health: 'ok',
    nextPollAt: new Date(now.getTime() + 30_000),
    lastSuccessAt: ago(30_000),
    failuresInRow: 0,
    epoch: 1,
    isInOrder: false,
    serverSaid: null,
    serverSaidAt: null,
    ...change,
  };
}

const kinds = (change: Partial<Seen>) => judge(seen(change), watchLimits).map(({ kind }) => kind);
const error = { code: 'MAIL_SIGN_IN_REFUSED', message: 'No.', remedy: 'Ask.', retryable: false };

test('nothing is wrong where everything goes its way', () => {
  expect(kinds({})).toEqual([]);
});

test('no worker: all are silent, also where none was ever there, but not before somebody has watched for a while', () => {
  expect(kinds({ workerSeenAt: ago(31_000) })).toEqual(['NO_WORKER']);
  expect(kinds({ workerSeenAt: null })).toEqual(['NO_WORKER']);
  expect(kinds({ workerSeenAt: null, watchingSince: ago(10_000) })).toEqual([]);
  expect(kinds({ workerSeenAt: ago(24 * 60 * minuteMs), watchingSince: ago(10_000) })).toEqual([]);
});

test('a channel is late once its due poll is overdue, and says when it was read last', () => {
  const [finding] = judge(seen({ channels: [channel({ nextPollAt: ago(2 * minuteMs) })] }), watchLimits);
  expect(finding).toMatchObject({ kind: 'CHANNEL_LATE', subject: 'c1', flowId, nodeId: 'mail' });
  expect(finding?.message).toContain('2026-03-02T11:59:30.000Z');
  expect(kinds({ channels: [channel({ nextPollAt: ago(2 * minuteMs), lastSuccessAt: null })] })).toEqual(['CHANNEL_LATE']);
});

test('a channel that has failed once and is not tried again is late', () => {
  const left = channel({ health: 'failing', failuresInRow: 1, nextPollAt: ago(2 * minuteMs) });
  expect(kinds({ channels: [left] })).toEqual(['CHANNEL_LATE']);
});

test('a channel fails after three polls in a row, with the error of the last', () => {
  const lastPolls: Seen['lastPolls'] = new Map([['c1', { result: 'failed', startedAt: ago(5_000), error }]]);
  expect(kinds({ channels: [channel({ health: 'failing', failuresInRow: 2 })], lastPolls })).toEqual([]);
  const [finding] = judge(seen({ channels: [channel({ health: 'failing', failuresInRow: 3 })], lastPolls }), watchLimits);
  expect(finding).toMatchObject({ kind: 'CHANNEL_FAILING', count: 3, error: { code: 'MAIL_SIGN_IN_REFUSED' } });
});

test('each other thing that can stop in silence has its kind', () => {
  expect(kinds({ channels: [channel({ health: 'paused' })] })).toEqual(['CHANNEL_PAUSED']);
  expect(kinds({ failed: [{ flowId, flowName: 'Orders', count: 2, error }] })).toEqual(['MESSAGES_FAILED']);
  expect(kinds({ setAside: [{ flowId, flowName: 'Orders', count: 1, error }] })).toEqual(['MAILS_SET_ASIDE']);
  expect(kinds({ credentials: [{ name: 'a', state: 'Unauthorized', error: null }] })).toEqual(['CREDENTIAL_UNAUTHORIZED']);
  expect(kinds({ credentials: [{ name: 'a', state: 'Error', error }] })).toEqual(['CREDENTIAL_ERROR']);
  expect(kinds({ oldestWaiting: { flowId, since: ago(16 * minuteMs) } })).toEqual(['QUEUE_BACKLOG']);
  expect(kinds({ oldestWaiting: { flowId, since: ago(14 * minuteMs) } })).toEqual([]);
  expect(kinds({ stuckTargets: [{ id: 't', name: 'Ops', since: ago(11 * minuteMs), error }] })).toEqual(['ALERTS_UNDELIVERED']);
  expect(kinds({ stuckTargets: [{ id: 't', name: 'Ops', since: ago(9 * minuteMs), error }] })).toEqual([]);
  const refused = { flowId, flowName: 'Orders', version: 4, state: 'Error' as const, error, deployedAt: now };
  expect(kinds({ deployments: [refused], channels: [] })).toEqual(['DEPLOYMENT_ERROR']);
});

test.each([
  [31, []],
  [29, ['CERTIFICATE_EXPIRING', 'KEY_PAIR_EXPIRING']],
  [-1, ['CERTIFICATE_EXPIRED', 'KEY_PAIR_EXPIRED']],
])('certificates that end in %i days', (days, expected) => {
  const until = new Date(now.getTime() + days * 24 * 60 * minuteMs);
  expect(
    kinds({
      certificates: [
        { kind: 'certificate', name: 'mail', until },
        { kind: 'keyPair', name: 'orders', until },
      ],
    }),
  ).toEqual(expected);
});

describe('rules that people have changed', () => {
  const rule = (kind: AlertKind, value: number | null, change: Partial<AlertRule> = {}): AlertRule => ({
    kind,
    flowId: null,
    isEnabled: true,
    value,
    ...change,
  });
  const failing = { channels: [channel({ health: 'failing', failuresInRow: 5 })], lastPolls: new Map() };
  const failed = [{ flowId, flowName: 'Orders', count: 4, error }];

  test('a threshold counts instead of the one that Mailroom comes with', () => {
    expect(kinds(failing)).toEqual(['CHANNEL_FAILING']);
    expect(kinds({ ...failing, rules: [rule('CHANNEL_FAILING', 6)] })).toEqual([]);
    expect(kinds({ failed, rules: [rule('MESSAGES_FAILED', 4)] })).toEqual(['MESSAGES_FAILED']);
    expect(kinds({ failed, rules: [rule('MESSAGES_FAILED', 5)] })).toEqual([]);
    expect(kinds({ workerSeenAt: ago(31_000), rules: [rule('NO_WORKER', 60)] })).toEqual([]);
    const oldestWaiting = { flowId, since: ago(5 * minuteMs) };
    expect(kinds({ oldestWaiting, rules: [rule('QUEUE_BACKLOG', 4)] })).toEqual(['QUEUE_BACKLOG']);
    const certificates = [{ kind: 'certificate' as const, name: 'ca', until: new Date(now.getTime() + 40 * 24 * 60 * minuteMs) }];
    expect(kinds({ certificates })).toEqual([]);
    expect(kinds({ certificates, rules: [rule('CERTIFICATE_EXPIRING', 60)] })).toEqual(['CERTIFICATE_EXPIRING']);
  });

  test('what is switched off is not raised, and a single flow may differ from the others', () => {
    const off = rule('MESSAGES_FAILED', 1, { isEnabled: false });
    expect(kinds({ failed, rules: [off] })).toEqual([]);
    expect(kinds({ failed, rules: [off, rule('MESSAGES_FAILED', 2, { flowId })] })).toEqual(['MESSAGES_FAILED']);
    expect(kinds({ failed, rules: [rule('MESSAGES_FAILED', 1, { flowId, isEnabled: false })] })).toEqual([]);
  });

  test('a flow that has to get mail and gets none, from its deployment on', () => {
    const hourMs = 60 * minuteMs;
    const deployments = (deployedAt: Date) => [
      { flowId, flowName: 'Orders', version: 3, state: 'Started' as const, error: null, deployedAt },
    ];
    const told = (lastAt: Date | null, deployedAt: Date) =>
      kinds({ deployments: deployments(deployedAt), lastMailAt: new Map([[flowId, lastAt]]), rules: [rule('NO_MAIL', 12)] });
    expect(told(ago(13 * hourMs), ago(90 * hourMs))).toEqual(['NO_MAIL']);
    expect(told(ago(11 * hourMs), ago(90 * hourMs))).toEqual([]);
    expect(told(null, ago(13 * hourMs))).toEqual(['NO_MAIL']);
    expect(told(ago(90 * hourMs), ago(2 * hourMs))).toEqual([]);
    expect(kinds({ deployments: deployments(ago(90 * hourMs)), lastMailAt: new Map([[flowId, null]]) })).toEqual([]);
  });

  test('who is locked out is told; Trace only where somebody wants to hear of it', () => {
    expect(kinds({ lockedAccounts: ['ada@example.com'] })).toEqual(['ACCOUNT_LOCKED']);
    const traced = [{ flowId, flowName: 'Orders', until: now, by: 'ada@example.com' }];
    expect(kinds({ traced })).toEqual([]);
    expect(kinds({ traced, rules: [rule('TRACE_ON', null)] })).toEqual(['TRACE_ON']);
  });
});
