import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openQueue } from '../engine/queue.ts';
import type { ExchangeJob, Queue } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import { headIdPrefix } from '../ports/mailbox.ts';
import type { ExchangeStore, Fence, IntakeMail, Ledger, LedgerScope } from '../ports/runtime.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openDeploymentStore } from './deployment-store.ts';
import { openExchangeStore } from './exchange-store.ts';
import { openFlowStore } from './flow-store.ts';
import { openLedger } from './intake-store.ts';
import { openLocks } from './locks.ts';
import { openReruns } from './rerun-store.ts';
import { openPollLog } from './poll-log-store.ts';
import { openScheduleStore } from './schedule-store.ts';
import { maxRead } from './selection-store.ts';

let db: TestDatabase;
let queue: Queue;
/** Every job that was added, in its order. */
let jobs: ExchangeJob[];
let ledger: Ledger;
let exchanges: ExchangeStore;
let channel: ChannelRow;
let fence: Fence;
let scope: LedgerScope;

beforeAll(async () => {
  db = await testDatabase();
  const real = await openQueue({ database: db.database, log: silentLog });
  queue = {
    ...real,
    wake: () => real.wake(),
    work: (run, options) => real.work(run, options),
    close: (graceMs) => real.close(graceMs),
    add: async (added, within, startAfter) => {
      await real.add(added, within, startAfter);
      jobs.push(...added);
    },
  };
  ledger = openLedger(db.database.pool, queue);
  exchanges = openExchangeStore(db.database.pool, queue);
});
afterAll(async () => {
  await queue.close(0);
  await db.close();
});

beforeEach(async () => {
  jobs = [];
  const { pool } = db.database;
  const draft = { nodes: [], edges: [] };
  const flow = await openFlowStore(pool).create({ name: 'Orders', description: '', draft });
  const deployments = openDeploymentStore(pool);
  await deployments.start(flow, draft, { by: 'test', note: '', values: {} });
  const setup = { nodeId: 'mail', name: 'Mail', type: 'mail-sender', config: {}, firstPollAt: new Date(), isInOrder: true };
  await openScheduleStore(pool).activate(flow.id, 1, [setup]);
  const [active] = await deployments.channels(flow.id);
  if (!active) throw new Error('no channel');
  channel = active;
  const key = `host/user/${channel.id}`;
  const lease = await openLocks(db.database).acquire(key, 'test', 60_000);
  if (!('token' in lease)) throw new Error('no lease');
  fence = { key, token: lease.token };
  scope = { channelId: channel.id, mailbox: 'host/user/INBOX', epoch: '1' };
});

function mail(uid: string, content = `${channel.id} ${uid}`): IntakeMail {
  const hash = createHash('sha256').update(content).digest('hex');
  const head = { subject: content, from: 'ada@example.com', to: '', messageId: `<${content}@example.com>`, date: null };
  return { uid, raw: { hash, sizeBytes: content.length }, listedBytes: content.length, head };
}
const takeIn = (mails: IntakeMail[], { owed = null }: { owed?: 'delete-after-days' | 'mark-read' | null } = {}) =>
  ledger.takeIn({ scope, channel, mails, owed, onFailure: null, fence });
const listed = (...uids: string[]) => uids.map((uid) => ({ uid, sizeBytes: 10 }));
const begin = (startWith: 'existing' | 'new', nextUid: number | null, uids: string[] = [], under = fence) =>
  ledger.begin(scope, { startWith, nextUid, uids: () => uids }, under);

describe('the beginning of a channel', () => {
  test('is written once: what the first listing leaves out stays left out, whatever is said later', async () => {
    const beginning = await begin('new', 5);
    expect(await begin('existing', 99)).toEqual(beginning);
    expect(beginning).toMatchObject({ leavesOutBefore: true, isFirst: true, firstUid: 5 });
    const sights = await ledger.sights(scope, listed('3', '4', '5', '6'), beginning, null);
    expect([sights.beforeStart, sights.fresh.map(({ uid }) => uid)]).toEqual([2, ['5', '6']]);
  });

  test('with ids that have no order remembers each of them', async () => {
    const many = Array.from({ length: 25_000 }, (_, index) => `uidl-${index}`);
    const beginning = await begin('new', null, many);
    const sights = await ledger.sights(scope, listed(...many, 'new'), beginning, null);
    expect([sights.beforeStart, sights.fresh.map(({ uid }) => uid)]).toEqual([25_000, ['new']]);
  });

  test('leaves nothing behind when the lease has passed on in the middle', async () => {
    await expect(begin('new', null, ['a'], { ...fence, token: fence.token - 1n })).rejects.toMatchObject({ code: 'MAIL_LOCK_LOST' });
    expect(await begin('existing', null, ['a'])).toMatchObject({ leavesOutBefore: false, isFirst: true });
  });

  test('of a channel that has taken mails under an older version leaves nothing out', async () => {
    await takeIn([mail('1')]);
    expect(await begin('new', 5)).toMatchObject({ leavesOutBefore: false });
  });
});

describe('mails that a person read first', () => {
  test('are those that are not in the ledger, the newest where they are many, and are wanted once asked for', async () => {
    await begin('existing', 1);
    await takeIn([mail('2')]);
    expect(await ledger.rememberRead(scope, ['1', '2', '3'], 4, fence)).toBe(2);
    expect(await ledger.readBefore(scope)).toEqual({ fromUid: 4, uids: ['1', '3'] });
    expect((await openPollLog(db.database.pool).offers()).get(channel.id)).toEqual({ readElsewhere: 2, unreadAgain: 0 });

    expect(await openPollLog(db.database.pool).takeRead(channel.id)).toBe(2);
    expect(await ledger.wanted(scope)).toEqual(['1', '3']);
    expect((await takeIn([mail('1'), mail('3')])).taken).toHaveLength(2);
    expect(await ledger.wanted(scope)).toEqual([]);

    const many = Array.from({ length: maxRead + 200 }, (_, index) => String(100 + index));
    expect(await ledger.rememberRead(scope, many, 5_000, fence)).toBe(maxRead);
    const { uids } = await ledger.readBefore(scope);
    expect(Math.min(...uids.map(Number))).toBe(300);
    expect(await ledger.rememberRead(scope, [], 5_000, fence)).toBe(0);
  });
});

test('a mail whose id was made from its head is recognised by its content under the same numbering, as is one that gets an id later', async () => {
  const same = `the same mail of ${channel.id}`;
  await takeIn([mail('uidl-1', same)]);
  expect(await takeIn([mail(`${headIdPrefix}abc`, same)])).toMatchObject({ taken: [], known: 1 });
  expect(await takeIn([mail('uidl-9', same)])).toMatchObject({ taken: [], known: 1 });
  expect((await takeIn([mail(`${headIdPrefix}def`)])).taken).toHaveLength(1);
});

describe('what is owed', () => {
  test('after days is owed when they have passed by the database clock, by the days the channel says then, and never where it says none', async () => {
    await takeIn([mail('1')], { owed: 'delete-after-days' });
    const age = (days: number) =>
      db.database.pool.query(`update ledger set seen_at = now() - $2 * interval '1 day' where channel_id = $1`, [channel.id, days]);
    const due = async (days: number | null) => (await ledger.owed(scope, 10, days)).map(({ action }) => action);
    await age(6);
    expect([await due(7), await due(5), await due(null)]).toEqual([[], ['delete'], []]);
    await age(8);
    expect(await due(7)).toEqual(['delete']);
  });

  test('and was refused rests for longer each time, and is asked again at once when a person polls', async () => {
    await takeIn([mail('1')], { owed: 'mark-read' });
    const error = { code: 'MAIL_POST_PROCESSING_FAILED', message: 'no', remedy: '', retryable: true };
    const minutes: number[] = [];
    for (let refusal = 0; refusal < 5; refusal += 1) {
      const [owed] = await ledger.owed(scope, 10, null);
      await ledger.settled([{ ledgerId: owed?.ledgerId ?? 0, error, isRefused: true }], fence);
      expect(await ledger.owed(scope, 10, null)).toEqual([]);
      const [refused] = await ledger.refused(scope);
      expect(refused).toMatchObject({ action: 'mark-read', count: 1, error });
      minutes.push(Math.round(((refused?.nextTryAt.getTime() ?? 0) - Date.now()) / 60_000));
      await openDeploymentStore(db.database.pool).pollNow(channel.flowId);
    }
    expect(minutes).toEqual([1, 5, 15, 30, 30]);
    const [owed] = await ledger.owed(scope, 10, null);
    await ledger.settled([{ ledgerId: owed?.ledgerId ?? 0, error, isRefused: false }], fence);
    expect(await ledger.owed(scope, 10, null)).toHaveLength(1);
  });
});

describe('the line of a channel', () => {
  const end = (messageId: string) =>
    exchanges.end({ messageId, attempt: 1, isInLine: true, steps: [], status: 'COMPLETED', error: null, owed: null });

  test('has one job at a time, in the order of the batch, however intake, ends and cancellations come together', async () => {
    const reruns = openReruns(db.database.pool, queue);
    const expected: string[] = [];
    let uid = 0;
    const more = async (count: number) => {
      const { taken } = await takeIn(Array.from({ length: count }, () => mail(String((uid += 1)))));
      expected.push(...taken);
    };
    await more(6);
    for (let round = 0; round < 12; round += 1) {
      const current = jobs.at(-1)?.messageId ?? '';
      const before = jobs.length;
      // All at once: the line must neither stand still nor run two.
      const ending = round % 3 === 2 ? reruns.cancel([current]) : end(current);
      await Promise.all([ending, end(current), more(1), reruns.cancel(['00000000-0000-4000-8000-000000000000'])]);
      expect(jobs.length).toBe(before + 1);
    }
    expect(jobs.map(({ messageId }) => messageId)).toEqual(expected.slice(0, jobs.length));
  });

  test('never stands still when its last message ends while the next is taken in', async () => {
    await takeIn([mail('0')]);
    for (let round = 1; round <= 40; round += 1) {
      await Promise.all([end(jobs.at(-1)?.messageId ?? ''), takeIn([mail(String(round))])]);
      expect(jobs).toHaveLength(round + 1);
    }
  });

  test('takes a message that is run again at its old place', async () => {
    const { taken } = await takeIn([mail('1'), mail('2'), mail('3')]);
    const [first = '', second = '', third = ''] = taken;
    const error = { code: 'INTERNAL', message: 'x', remedy: 'y', retryable: false };
    await exchanges.end({ messageId: first, attempt: 1, isInLine: true, steps: [], status: 'FAILED', error, owed: null });
    await openReruns(db.database.pool, queue).rerun([first], { from: 'failed', version: 'same', by: 'Ada' });
    expect(jobs.map(({ messageId }) => messageId)).toEqual([first, second]);
    await end(second);
    expect(jobs.at(-1)).toMatchObject({ messageId: first, attempt: 2 });
    await exchanges.end({ messageId: first, attempt: 2, isInLine: true, steps: [], status: 'COMPLETED', error: null, owed: null });
    expect(jobs.at(-1)?.messageId).toBe(third);
  });
});
