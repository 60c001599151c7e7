import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChannelRow, DeploymentStore, FlowRow, FlowStore } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';
import type { ScheduleStore } from '../ports/runtime.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { openDeploymentStore } from './deployment-store.ts';
import { openFlowStore } from './flow-store.ts';
import { openScheduleStore } from './schedule-store.ts';

let db: TestDatabase;
let flows: FlowStore;
let deployments: DeploymentStore;
let schedule: ScheduleStore;
let flow: FlowRow;

const draft = { nodes: [], edges: [] };
const setup = { nodeId: 'mail', name: 'Mail', type: 'mail-sender', config: {}, firstPollAt: new Date(0) };

beforeAll(async () => {
  db = await testDatabase();
  flows = openFlowStore(db.database.pool);
  deployments = openDeploymentStore(db.database.pool);
  schedule = openScheduleStore(db.database.pool);
});
afterAll(() => db.close());
beforeEach(async () => {
  // What other tests have left may be due again by now.
  await db.database.pool.query('update channel set is_active = false');
  flow = await flows.create({ name: 'Orders', description: '', draft });
  await deployments.start(flow, draft, { by: 'test', note: '', values: {} });
});

const waiting = async (count: number) => {
  const { rows } = await db.database.pool.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length === count;
};

/** Holds a row of the flow until both have come to wait for it, one after the other. */
async function inTurn(table: 'deployment' | 'flow', first: () => Promise<unknown>, second: () => Promise<unknown>) {
  const client = await db.database.pool.connect();
  try {
    await client.query('begin');
    await client.query(`select 1 from ${table} where ${table === 'flow' ? 'id' : 'flow_id'} = $1 for update`, [flow.id]);
    const one = first();
    await eventually(() => waiting(1));
    const other = second();
    await eventually(() => waiting(2));
    await client.query('commit');
    return await Promise.allSettled([one, other]);
  } finally {
    client.release();
  }
}

async function startedChannel(): Promise<ChannelRow> {
  await schedule.activate(flow.id, 1, [setup]);
  const channel = (await schedule.claimDue(100, 10_000)).find((one) => one.flowId === flow.id);
  if (!channel) throw new Error('no channel is due');
  return channel;
}

function pollOf(channel: ChannelRow, startedAt = new Date()): PollRow {
  const counts = {
    listed: 0,
    known: 0,
    taken: 0,
    quarantined: 0,
    postProcessed: 0,
    readElsewhere: 0,
    unreadAgain: 0,
    skippedBySearch: 0,
    beforeStart: 0,
    bytes: 0,
  };
  const ended = { endedAt: new Date(), result: 'completed' as const, error: null, notes: [], worker: 'test' };
  return { id: randomUUID(), channelId: channel.id, flowId: flow.id, nodeId: 'mail', startedAt, ...counts, ...ended };
}
const next = (channel: ChannelRow) => ({
  dueAt: channel.nextPollAt,
  version: channel.version,
  health: 'ok' as const,
  nextPollAt: new Date(Date.now() + 60_000),
  failuresInRow: 0,
  isSuccess: true,
  isClaimed: false,
  isStanding: false,
});

test('a flow that is stopped while it starts has no channel that goes on polling', async () => {
  const results = await inTurn(
    'deployment',
    () => schedule.activate(flow.id, 1, [setup]),
    () => deployments.stop(flow.id),
  );
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled']);
  expect((await deployments.get(flow.id))?.state).toBe('Stopping');
  expect(await deployments.channels(flow.id)).toEqual([]);
});

test('a flow that is deleted while it is deployed is either deployed or deleted', async () => {
  await deployments.stop(flow.id);
  await schedule.remove(flow.id);
  await inTurn(
    'flow',
    () => deployments.start(flow, draft, { by: 'test', note: '', values: {} }),
    () => flows.remove(flow.id),
  );
  expect([(await flows.get(flow.id))?.id, (await deployments.get(flow.id))?.state]).toEqual([flow.id, 'Starting']);

  await deployments.stop(flow.id);
  await schedule.remove(flow.id);
  await flows.remove(flow.id);
  await expect(deployments.start(flow, draft, { by: 'test', note: '', values: {} })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('"Poll now" during a poll is not forgotten, whatever the clock of the worker says', async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel, new Date(Date.now() + 3_600_000));
  await schedule.beginPoll(poll);
  await deployments.pollNow(flow.id);
  await schedule.finishPoll(poll, next(channel));
  expect(await schedule.claimDue(100, 1_000)).toMatchObject([{ id: channel.id }]);
});

test('the next poll is when the last one said', async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel);
  await schedule.beginPoll(poll);
  await schedule.finishPoll(poll, next(channel));
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
});

test("a channel whose connection waits for mail is nobody else's until its holder is gone, and then due at once", async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel);
  await schedule.beginPoll(poll);
  await schedule.finishPoll(poll, { ...next(channel), isClaimed: true, isStanding: true });
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
  expect((await schedule.keepClaims([channel], 1)).get(channel.id)).toMatchObject({ hasOwed: false, credentialDeployedAt: null });
  await eventually(async () => (await schedule.claimDue(100, 1_000)).length === 1);
});

test('a channel that is no longer waited on is polled on schedule again', async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel);
  await schedule.beginPoll(poll);
  await schedule.finishPoll(poll, { ...next(channel), isClaimed: true, isStanding: true });
  await schedule.releaseClaim(channel.id, poll);
  expect(await schedule.claimDue(100, 1_000)).toMatchObject([{ id: channel.id }]);
  await schedule.finishPoll(poll, next(channel));
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
});

test('what a worker that was frozen writes when it is back does not take a waiting connection from the worker that took over', async () => {
  const channel = await startedChannel();
  const stale = pollOf(channel, new Date(Date.now() - 30_000));
  await schedule.beginPoll(stale);
  const newer = { ...pollOf(channel), worker: 'another' };
  await schedule.beginPoll(newer);
  await schedule.finishPoll(newer, { ...next(channel), isClaimed: true, isStanding: true });

  await schedule.finishPoll(stale, { ...next(channel), nextPollAt: new Date(0) });
  await schedule.releaseClaim(channel.id, stale);
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
  expect((await schedule.keepClaims([channel], 1)).size).toBe(1);
  await eventually(async () => (await schedule.claimDue(100, 1_000)).length === 1, { what: 'it to be due as a waiting connection' });
});

test('a poll that was overtaken by another leaves the channel to that one', async () => {
  const channel = await startedChannel();
  const stale = pollOf(channel, new Date(Date.now() - 30_000));
  await schedule.beginPoll(stale);
  await schedule.beginPoll(pollOf(channel));
  await schedule.finishPoll(stale, { ...next(channel), health: 'failing', nextPollAt: new Date(0) });
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
  expect((await deployments.channels(flow.id))[0]?.health).toBe('waiting');
});

test('old polls are forgotten, newer ones stay', async () => {
  const channel = await startedChannel();
  const day = 24 * 60 * 60_000;
  const began = (daysAgo: number): PollRow => ({
    id: randomUUID(),
    channelId: channel.id,
    flowId: flow.id,
    nodeId: channel.nodeId,
    startedAt: new Date(Date.now() - daysAgo * day),
    endedAt: null,
    result: 'running',
    listed: 0,
    known: 0,
    taken: 0,
    quarantined: 0,
    postProcessed: 0,
    readElsewhere: 0,
    unreadAgain: 0,
    skippedBySearch: 0,
    beforeStart: 0,
    bytes: 0,
    error: null,
    notes: [],
    worker: 'test',
  });
  const [old, young] = [began(40), began(1)];
  await schedule.beginPoll(old);
  await schedule.beginPoll(young);
  await schedule.forgetPolls(30 * day);
  const { rows } = await db.database.pool.query('select id from poll where channel_id = $1', [channel.id]);
  expect(rows).toEqual([{ id: young.id }]);
});

test('a channel without a run left is not due, until "Poll now"', async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel);
  await schedule.beginPoll(poll);
  await schedule.finishPoll(poll, { ...next(channel), nextPollAt: null });
  expect((await deployments.channels(flow.id))[0]?.nextPollAt).toBeNull();
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
  await deployments.pollNow(flow.id);
  expect(await schedule.claimDue(100, 1_000)).toMatchObject([{ id: channel.id }]);
});

test('"Poll now" is due at once, in whichever part of a millisecond it comes', async () => {
  const channel = await startedChannel();
  for (let times = 0; times < 50; times++) {
    await schedule.finishPoll(pollOf(channel), { ...next(channel), dueAt: null, nextPollAt: null });
    await deployments.pollNow(flow.id);
    expect(await schedule.claimDue(100, 1_000)).toMatchObject([{ id: channel.id }]);
  }
});

test('the first poll is when the schedule says, not at once', async () => {
  await schedule.activate(flow.id, 1, [{ ...setup, firstPollAt: new Date(Date.now() + 60_000) }]);
  expect(await schedule.claimDue(100, 1_000)).toEqual([]);
  await deployments.start(flow, draft, { by: 'test', note: '', values: {} });
  await schedule.activate(flow.id, 1, [{ ...setup, firstPollAt: null }]);
  expect((await deployments.channels(flow.id))[0]?.nextPollAt).toBeNull();
});

test('a poll that was under way while another version was deployed leaves the schedule of that version alone', async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel);
  await schedule.beginPoll(poll);
  await deployments.start(flow, { nodes: [], edges: [{ id: 'e', from: 'a', to: 'b' }] }, { by: 'test', note: '', values: {} });
  const tomorrow = new Date(Date.now() + 86_400_000);
  await schedule.activate(flow.id, 2, [{ ...setup, firstPollAt: tomorrow }]);
  await schedule.finishPoll(poll, { ...next(channel), health: 'failing', failuresInRow: 3 });
  expect((await deployments.channels(flow.id))[0]).toMatchObject({ version: 2, nextPollAt: tomorrow, health: 'waiting', failuresInRow: 0 });
});

test('Run Once runs again when it is deployed again while it runs', async () => {
  const channel = await startedChannel();
  const poll = pollOf(channel);
  await schedule.beginPoll(poll);
  await deployments.start(flow, draft, { by: 'test', note: '', values: {} });
  await schedule.activate(flow.id, 1, [{ ...setup, firstPollAt: new Date() }]);
  await schedule.finishPoll(poll, { ...next(channel), nextPollAt: null });
  expect(await schedule.claimDue(100, 1_000)).toMatchObject([{ id: channel.id }]);
});

describe('a channel without a poll soon, to whose server something is owed', () => {
  const hour = 60 * 60_000;
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

  /** Polled `minutes` ago for the last time. */
  async function polledChannel(minutes: number, nextPollAt: Date | null, result: PollRow['result'] = 'completed'): Promise<ChannelRow> {
    const channel = await startedChannel();
    const poll = { ...pollOf(channel, minutesAgo(minutes)), result };
    await schedule.beginPoll(poll);
    await schedule.finishPoll(poll, { ...next(channel), nextPollAt, health: result === 'failed' ? 'failing' : 'ok' });
    return channel;
  }
  const owe = async ({ id }: ChannelRow, since: Date, settleError: unknown = null) => {
    await db.database.pool.query(
      `insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes, owed, owed_since, settle_error)
       values ($1, 'mail/ada/INBOX', '1', '17', 'taken', 1, 'mark-read', $2, $3)`,
      [id, since, settleError && JSON.stringify(settleError)],
    );
  };
  const claimed = () => schedule.claimDue(100, 1_000);

  test.each([
    ['has no run left', null],
    ['is polled in an hour', new Date(Date.now() + hour)],
  ])('is visited only to tell it, where it %s', async (_, nextPollAt) => {
    const channel = await polledChannel(2, nextPollAt);
    expect(await claimed()).toEqual([]);
    await owe(channel, minutesAgo(1));
    expect(await claimed()).toMatchObject([{ id: channel.id, isDue: false }]);
  });

  test('waits for its poll where that is soon, and does both in one', async () => {
    const channel = await polledChannel(2, new Date(Date.now() + 5 * 60_000));
    await owe(channel, minutesAgo(1));
    expect(await claimed()).toEqual([]);
    await deployments.pollNow(flow.id);
    expect(await claimed()).toMatchObject([{ id: channel.id, isDue: true }]);
  });

  test('is not visited again and again for what a completed poll could not tell', async () => {
    const channel = await polledChannel(2, null);
    await owe(channel, minutesAgo(3));
    expect(await claimed()).toEqual([]);
  });

  test('is not visited for what the server has refused', async () => {
    const channel = await polledChannel(2, null);
    await owe(channel, minutesAgo(1), { code: 'MAIL_POST_PROCESSING_FAILED' });
    expect(await claimed()).toEqual([]);
  });

  test('is tried every few minutes while its visits fail', async () => {
    const channel = await polledChannel(2, null, 'failed');
    await owe(channel, minutesAgo(1));
    expect(await claimed()).toEqual([]);
    await db.database.pool.query(`update poll set started_at = started_at - interval '4 minutes' where channel_id = $1`, [channel.id]);
    expect(await claimed()).toMatchObject([{ id: channel.id, isDue: false }]);
  });
});

test('channels that fail take no more places than they are given, and those that are well take the others', async () => {
  const nodes = Array.from({ length: 12 }, (_, index) => `mail ${index}`);
  await schedule.activate(
    flow.id,
    1,
    nodes.map((nodeId) => ({ ...setup, nodeId })),
  );
  await db.database.pool.query(`update channel set health = 'failing' where flow_id = $1 and node_id = any($2)`, [
    flow.id,
    nodes.slice(0, 8),
  ]);
  const claimed = async (limit: number, failingLimit: number) =>
    Object.groupBy(await schedule.claimDue(limit, 600_000, { failingLimit }), ({ health }) => health);
  const first = await claimed(5, 3);
  expect([first.failing?.length, first.waiting?.length]).toEqual([3, 2]);
  const second = await claimed(5, 0);
  expect([second.failing, second.waiting?.length]).toEqual([undefined, 2]);
  const third = await claimed(10, 10);
  expect([third.failing?.length, third.waiting]).toEqual([5, undefined]);
});
