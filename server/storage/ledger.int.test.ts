import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openQueue } from '../engine/queue.ts';
import type { Queue } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { Fence, IntakeMail, Ledger, LedgerScope } from '../ports/runtime.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openDatabase } from './database.ts';
import { openDeploymentStore } from './deployment-store.ts';
import { openExchangeStore } from './exchange-store.ts';
import { openFlowStore } from './flow-store.ts';
import { openLedger } from './intake-store.ts';
import { openLocks } from './locks.ts';
import { openMessageLog } from './message-log-store.ts';
import { openQuarantineStore } from './quarantine-store.ts';
import { openReruns } from './rerun-store.ts';
import { openScheduleStore } from './schedule-store.ts';

const wish = { from: 'failed', version: 'same', by: 'Ada' } as const;

let db: TestDatabase;
let queue: Queue;
let ledger: Ledger;
let channel: ChannelRow;
let fence: Fence;
let scope: LedgerScope;

beforeAll(async () => {
  db = await testDatabase();
  queue = await openQueue({ database: db.database, log: silentLog });
  ledger = openLedger(db.database.pool, queue);
});
afterAll(async () => {
  await queue.close(0);
  await db.close();
});

beforeEach(async () => {
  const { pool } = db.database;
  const draft = { nodes: [], edges: [] };
  const flow = await openFlowStore(pool).create({ name: 'Orders', description: '', draft });
  const deployments = openDeploymentStore(pool);
  await deployments.start(flow, draft, { by: 'test', note: '', values: {} });
  await openScheduleStore(pool).activate(flow.id, 1, [
    { nodeId: 'mail', name: 'Mail', type: 'mail-sender', config: {}, firstPollAt: new Date() },
  ]);
  const [active] = await deployments.channels(flow.id);
  if (!active) throw new Error('no channel');
  channel = active;
  const key = `host/user/${channel.id}`;
  const lease = await openLocks(db.database).acquire(key, 'test', 60_000);
  if (!('token' in lease)) throw new Error('no lease');
  fence = { key, token: lease.token };
  scope = { channelId: channel.id, mailbox: 'host/user/INBOX', epoch: '1' };
});

function mail(uid: string, content: string, messageId = `<${content}@example.com>`): IntakeMail {
  const hash = createHash('sha256').update(content).digest('hex');
  return {
    uid,
    raw: { hash, sizeBytes: content.length },
    listedBytes: content.length,
    head: { subject: content, from: 'ada@example.com', to: '', messageId, date: '2026-11-22T10:00:00.000Z' },
  };
}
const takeIn = (mails: IntakeMail[], into = scope, owed: 'delete' | null = null) =>
  ledger.takeIn({ scope: into, channel, mails, owed, onFailure: null, fence });
const listed = (...uids: string[]) => uids.map((uid) => ({ uid, sizeBytes: 10 }));
const begin = (into = scope, startWith: 'existing' | 'new' = 'existing', nextUid: number | null = 1_000, uids: string[] = []) =>
  ledger.begin(into, { startWith, nextUid, uids: () => uids }, fence);
const fresh = async (into: LedgerScope, ...uids: string[]) => (await ledger.sights(into, listed(...uids), await begin(into), null)).fresh;
const freshUids = async (into: LedgerScope, ...uids: string[]) => (await fresh(into, ...uids)).map((one) => one.uid);

describe('intake', () => {
  test('a second sight of the same id is known, not taken', async () => {
    expect(await takeIn([mail('1', 'a'), mail('2', 'b')])).toMatchObject({ taken: [expect.any(String), expect.any(String)], known: 0 });
    expect(await takeIn([mail('2', 'b'), mail('3', 'c')])).toMatchObject({ taken: [expect.any(String)], known: 1 });
    expect(await freshUids(scope, '1', '2', '3', '4')).toEqual(['4']);
  });

  test('the same bytes under another id of the same numbering are another mail', async () => {
    await takeIn([mail('1', 'a')]);
    expect((await takeIn([mail('2', 'a')])).taken).toHaveLength(1);
  });

  test('writes with a lease that has passed on are refused, and nothing of them stays', async () => {
    const stale = { ...fence, token: fence.token - 1n };
    await expect(
      ledger.takeIn({ scope, channel, mails: [mail('1', 'a')], owed: null, onFailure: null, fence: stale }),
    ).rejects.toMatchObject({
      code: 'MAIL_LOCK_LOST',
    });
    expect(await freshUids(scope, '1')).toEqual(['1']);
  });

  test('row, log and job are one transaction: a failing queue leaves nothing', async () => {
    const broken = openLedger(db.database.pool, { ...queue, add: () => Promise.reject(new Error('no queue')) });
    await expect(broken.takeIn({ scope, channel, mails: [mail('1', 'a')], owed: null, onFailure: null, fence })).rejects.toThrow(
      'no queue',
    );
    expect(await freshUids(scope, '1')).toEqual(['1']);
    expect(await ledger.open(channel.id)).toBe(0);
  });

  test('a head that a database can not keep as it is holds back neither its mail nor the others', async () => {
    const odd = mail('1', 'a', `<${'x'.repeat(5_000)}\0\uD800@example.com>`);
    const { taken } = await takeIn([{ ...odd, head: { ...odd.head, subject: `NUL\0${'y'.repeat(50_000)}` } }, mail('2', 'b')]);
    expect(taken).toHaveLength(2);
    const row = await openMessageLog(db.database.pool, queue).get(taken[0] ?? '');
    expect(row?.subject).toMatch(/^NUL\uFFFDy{500,1000}$/);
  });
});

describe('after a renumbering', () => {
  const renumbered = () => ({ ...scope, epoch: '2' });

  test('the same bytes are known, and what was owed moves to the new id', async () => {
    await takeIn([mail('1', 'a')], scope, 'delete');
    expect(await takeIn([mail('77', 'a')], renumbered())).toMatchObject({ taken: [], known: 1 });
    expect(await ledger.owed(scope, 10, null)).toEqual([]);
    expect(await ledger.owed(renumbered(), 10, null)).toMatchObject([{ uid: '77', action: 'delete' }]);
  });

  test('a mail with the same head but other bytes is held for a person, who can let it run', async () => {
    await takeIn([mail('1', 'a', '<same@example.com>')]);
    expect(await takeIn([{ ...mail('77', 'a', '<same@example.com>'), raw: mail('', 'other bytes').raw }], renumbered())).toMatchObject({
      taken: [],
      held: 1,
    });
    expect(await freshUids(renumbered(), '77')).toEqual([]);

    const quarantine = openQuarantineStore(db.database.pool, queue);
    const held = (await quarantine.list()).find((row) => row.flowId === channel.flowId);
    expect(held).toMatchObject({ reason: { code: 'MAIL_RENUMBERED_DIFFERS' }, subject: 'a' });
    expect(await quarantine.release(held?.id ?? '')).toBe(true);
    expect(await ledger.open(channel.id)).toBe(2);
    expect((await quarantine.list()).some((row) => row.flowId === channel.flowId)).toBe(false);
  });

  test('everything else is new', async () => {
    await takeIn([mail('1', 'a')]);
    expect((await takeIn([mail('1', 'b')], renumbered())).taken).toHaveLength(1);
  });

  test('each mail is recognised once: two with the same bytes stay two, and a third is new', async () => {
    await takeIn([mail('1', 'a'), mail('2', 'a')], scope, 'delete');
    expect(await takeIn([mail('77', 'a'), mail('78', 'a'), mail('79', 'a')], renumbered(), 'delete')).toMatchObject({
      taken: [expect.any(String)],
      known: 2,
    });
    expect(await ledger.owed(scope, 10, null)).toEqual([]);
    expect((await ledger.owed(renumbered(), 10, null)).map((item) => item.uid)).toEqual(['77', '78', '79']);
  });

  test('a mail that waits for a person still does after the next renumbering', async () => {
    await takeIn([mail('1', 'a', '<same@example.com>')]);
    const other = { ...mail('77', 'a', '<same@example.com>'), raw: mail('', `other ${channel.id}`).raw };
    await takeIn([other], renumbered());
    expect(await takeIn([{ ...other, uid: '88' }], { ...scope, epoch: '3' })).toMatchObject({ taken: [], known: 1 });

    const quarantine = openQuarantineStore(db.database.pool, queue);
    const held = (await quarantine.list()).filter((row) => row.flowId === channel.flowId);
    expect(held).toHaveLength(1);
    expect(await quarantine.release(held[0]?.id ?? '')).toBe(true);
    expect(await ledger.open(channel.id)).toBe(2);
  });
});

describe('mails that can not be fetched', () => {
  const error = { code: 'MAIL_NOT_FETCHABLE', message: 'x', remedy: 'y', retryable: false };

  test('are tried again, then set aside, and come back when released', async () => {
    expect(await ledger.fetchFailed(scope, channel, listed('1'), 2, error, fence)).toBe(0);
    expect(await fresh(scope, '1')).toMatchObject([{ uid: '1', tries: 1 }]);
    expect(await ledger.fetchFailed(scope, channel, listed('1'), 2, error, fence)).toBe(1);
    expect(await freshUids(scope, '1')).toEqual([]);

    const quarantine = openQuarantineStore(db.database.pool, queue);
    const aside = (await quarantine.list()).find((row) => row.flowId === channel.flowId);
    await quarantine.release(aside?.id ?? '');
    expect(await freshUids(scope, '1')).toEqual(['1']);
    expect((await takeIn([mail('1', 'a')])).taken).toHaveLength(1);
  });

  test('run once when they are released and retried at the same moment', async () => {
    const { pool } = db.database;
    const messages = openMessageLog(pool, queue);
    const reruns = openReruns(pool, queue);
    const quarantine = openQuarantineStore(pool, queue);
    for (let round = 0; round < 10; round++) {
      const messageId = (await takeIn([mail(`${round}`, randomUUID())])).taken[0] ?? '';
      await openExchangeStore(pool, queue).quarantine({ messageId, attempt: 1, isInLine: false, steps: [], error });
      const aside = (await quarantine.list()).find((row) => row.messageId === messageId);
      const [isReleased, [rerun]] = await Promise.all([quarantine.release(aside?.id ?? ''), reruns.rerun([messageId], wish)]);
      expect([isReleased, rerun?.refusal === undefined].filter(Boolean)).toHaveLength(1);
      expect((await messages.get(messageId))?.attempts).toBe(2);
    }
  });

  test('stay set aside when a release can not make them run', async () => {
    const { pool } = db.database;
    const { taken } = await takeIn([mail('1', 'a')]);
    const messageId = taken[0] ?? '';
    const end = { messageId, attempt: 1, isInLine: false, steps: [], error };
    await openExchangeStore(pool, queue).quarantine(end);
    await pool.query('update flow set deleted_at = now() where id = $1', [channel.flowId]);

    const quarantine = openQuarantineStore(pool, queue);
    const aside = (await quarantine.list()).find((row) => row.messageId === messageId);
    expect(await quarantine.release(aside?.id ?? '')).toBe(false);
    expect((await quarantine.list()).some((row) => row.id === aside?.id)).toBe(true);
  });
});

describe('what is owed to the server', () => {
  test('stays owed until the server confirmed it, and is a repeat once it was sent', async () => {
    await takeIn([mail('1', 'a'), mail('2', 'b')], scope, 'delete');
    const owed = await ledger.owed(scope, 10, null);
    expect(owed.map((item) => item.isRepeat)).toEqual([false, false]);
    await ledger.beginSettling(
      owed.map((item) => item.ledgerId),
      fence,
    );
    expect((await ledger.owed(scope, 10, null)).map((item) => item.isRepeat)).toEqual([true, true]);

    const refused = { code: 'MAIL_POST_PROCESSING_FAILED', message: 'no', remedy: '', retryable: true };
    await ledger.settled(
      [
        { ledgerId: owed[0]?.ledgerId ?? 0, isRefused: false },
        { ledgerId: owed[1]?.ledgerId ?? 0, error: refused, isRefused: false },
      ],
      fence,
    );
    expect((await ledger.owed(scope, 10, null)).map((item) => item.uid)).toEqual(['2']);
    const log = openMessageLog(db.database.pool, queue);
    const { items } = await log.list({ flowIds: [channel.flowId] }, { limit: 10 });
    expect(Object.fromEntries(items.map((item) => [item.subject, item.postProcessing.state]))).toEqual({ a: 'done', b: 'failed' });
  });

  test('comes before what the server has refused, so that a refusal holds nothing back', async () => {
    await takeIn([mail('1', 'a'), mail('2', 'b')], scope, 'delete');
    const [first] = await ledger.owed(scope, 1, null);
    const refused = { code: 'MAIL_POST_PROCESSING_FAILED', message: 'no', remedy: '', retryable: true };
    await ledger.settled([{ ledgerId: first?.ledgerId ?? 0, error: refused, isRefused: false }], fence);
    expect((await ledger.owed(scope, 10, null)).map((item) => item.uid)).toEqual(['2', '1']);
  });
});

describe('what the listed ids tell of the numbering', () => {
  const nothing = { isShared: false, isReused: false, isExpected: false, isUsed: false };

  test('known ids, ids that should be there, and none at all', async () => {
    expect(await ledger.overlap(scope, ['1'])).toEqual(nothing);
    await takeIn([mail('1', 'a')]);
    expect(await ledger.overlap(scope, ['1', '2'])).toEqual({ ...nothing, isShared: true, isExpected: true, isUsed: true });
    expect(await ledger.overlap(scope, ['2'])).toEqual({ ...nothing, isExpected: true, isUsed: true });
  });

  test('a mail that was deleted is not expected, and its id coming back is a new numbering', async () => {
    await takeIn([mail('1', 'a')], scope, 'delete');
    const [owed] = await ledger.owed(scope, 1, null);
    await ledger.settled([{ ledgerId: owed?.ledgerId ?? 0, isRefused: false }], fence);
    expect(await ledger.overlap(scope, ['2'])).toEqual({ ...nothing, isUsed: true });
    expect(await ledger.overlap(scope, ['1'])).toMatchObject({ isShared: true, isReused: true });
  });
});

describe('what an attempt has done', () => {
  const effect = { path: 'mail/http', summary: '200 OK', answer: { body: 'NUL \0' } };

  test('is kept when the message was cancelled meanwhile, so that running it again does not repeat it', async () => {
    const { pool } = db.database;
    const exchanges = openExchangeStore(pool, queue);
    const reruns = openReruns(pool, queue);
    const messageId = (await takeIn([mail('1', 'a')])).taken[0] ?? '';
    await reruns.cancel([messageId]);
    expect(await exchanges.recordEffect(messageId, 1, effect)).toBe(false);
    await reruns.rerun([messageId], wish);
    expect(await exchanges.begin(messageId, 2)).toMatchObject({ effects: [{ path: 'mail/http', summary: '200 OK' }] });
  });
});

test('no transaction waits for a second connection: a pool of one serves them all, side by side', async () => {
  const one = await openDatabase({ url: db.database.url, log: silentLog, maxConnections: 1 });
  try {
    const store = openLedger(one.pool, queue);
    const exchanges = openExchangeStore(one.pool, queue);
    const reruns = openReruns(one.pool, queue);
    const quarantine = openQuarantineStore(one.pool, queue);
    const error = { code: 'MAIL_NOT_PARSEABLE', message: 'x', remedy: 'y', retryable: false };
    const way = async (uid: string) => {
      const { taken } = await store.takeIn({ scope, channel, mails: [mail(uid, uid)], owed: 'delete', onFailure: null, fence });
      const messageId = taken[0] ?? '';
      await exchanges.retry({ messageId, attempt: 1, isInLine: false, steps: [], error, nextAttemptAt: new Date(), setbacks: {} });
      await exchanges.begin(messageId, 2);
      await exchanges.quarantine({ messageId, attempt: 2, isInLine: false, steps: [], error });
      const aside = (await quarantine.list()).find((row) => row.messageId === messageId);
      expect(await quarantine.release(aside?.id ?? '')).toBe(true);
      await reruns.cancel([messageId]);
      await reruns.rerun([messageId], wish);
      await store.fetchFailed(scope, channel, listed(`failing ${uid}`), 1, error, fence);
      const owed = (await store.owed(scope, 10, null)).map((item) => item.ledgerId);
      await store.beginSettling(owed, fence);
    };
    await Promise.all(['1', '2', '3', '4'].map(way));
    const deployments = openDeploymentStore(one.pool);
    await Promise.all([deployments.stop(channel.flowId), openScheduleStore(one.pool).claimDue(10, 1_000)]);
    await openScheduleStore(one.pool).remove(channel.flowId);
    expect(await openFlowStore(one.pool).remove(channel.flowId)).toBe(true);
  } finally {
    await one.close();
  }
});

test('the log is paged newest first without gaps or repeats while mails arrive', async () => {
  for (let i = 0; i < 5; i++) await takeIn([mail(`${i}`, randomUUID())]);
  const log = openMessageLog(db.database.pool, queue);
  const first = await log.list({ flowIds: [channel.flowId] }, { limit: 2 });
  await takeIn([mail('later', 'later')]);
  const second = await log.list({ flowIds: [channel.flowId] }, { limit: 10, cursor: first.nextCursor ?? undefined });
  const ids = [...first.items, ...second.items].map((item) => item.id);
  expect(new Set(ids).size).toBe(5);
  expect(second.nextCursor).toBeNull();
  for (const cursor of ['nonsense', '2026-11-22T10:00:00.000Z~nonsense']) {
    await expect(log.list({}, { limit: 2, cursor })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  }
});
