import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openQueue } from '../engine/queue.ts';
import type { BulkRow, BulkStore, BulkWork, NewBulk } from '../ports/bulks.ts';
import type { Events, Queue } from '../ports/engine.ts';
import { openBulks, openBulkWork } from '../storage/bulk-store.ts';
import { openEvents } from '../storage/events.ts';
import { makeDays } from '../storage/log-partitions.ts';
import { messageIdAt } from '../storage/message-ids.ts';
import { sqlOn, type Sql } from '../storage/sql.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLog } from '../testing/silent-log.ts';
import { startBulks } from './bulks.ts';

/** Many messages are run again or cancelled by workers, each of them once, whatever becomes of the workers. */

let db: TestDatabase;
let sql: Sql;
let queue: Queue;
let events: Events & { close(): Promise<void> };
let bulks: BulkStore;
let work: BulkWork;
let flowId: string;
const leaseMs = 300;
const workers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  db = await testDatabase();
  sql = sqlOn(db.database.pool);
  queue = await openQueue({ database: db.database, log: silentLog });
  events = await openEvents({ database: db.database, log: silentLog });
  bulks = openBulks(db.database.pool);
  work = openBulkWork(db.database.pool, queue, silentLog);
  await makeDays(db.database.pool, silentLog);
  const [flow] = await sql.query<{ id: string }>(`insert into flow (name, draft) values ('Orders', '{}') returning id`);
  flowId = flow?.id ?? '';
});
afterAll(async () => {
  await queue.close(0);
  await events.close();
  await db.close();
});
beforeEach(async () => {
  await sql.query('delete from message_log');
  await sql.query('delete from message_search');
  await sql.query('delete from bulk');
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

/** Newest first. */
async function addMessages(count: number, status = 'FAILED'): Promise<string[]> {
  const at = new Date();
  const ids = Array.from({ length: count }, (_, index) => messageIdAt(new Date(at.getTime() - index)));
  await sql.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at)
     select id, $2, 1, $2, 'mail', $3, 'Order ' || n, '', '', '', 1, 'hash', $4::timestamptz - (n - 1) * interval '1 ms'
       from unnest($1::uuid[]) with ordinality as u(id, n)`,
    [ids, flowId, status, at],
  );
  return ids;
}

const ask = (change: Partial<NewBulk> = {}) =>
  bulks.create({
    kind: 'retry',
    wish: { from: 'start', version: 'same' },
    by: 'Ada',
    which: { filter: { status: 'FAILED', to: new Date(Date.now() + 1_000).toISOString() } },
    total: null,
    ...change,
  });
const startWorker = (name: string) => workers.push(startBulks({ bulkWork: work, bulks, events, worker: name, log: silentLog }, leaseMs));
const ended = ({ id }: BulkRow) =>
  eventually(
    async () => {
      const bulk = await bulks.get(id);
      return bulk?.state !== 'running' && bulk;
    },
    { what: 'the end of the bulk action', deadlineMs: 20_000 },
  );
/** How often messages ran, by number of runs. */
const runs = async () =>
  Object.fromEntries(
    (await sql.query<{ attempt: number; n: number }>('select attempt, count(*)::int as n from message_log group by 1')).map(
      ({ attempt, n }) => [attempt, n],
    ),
  );

test('all that the filter lets through run again, and who asked for it is written down', async () => {
  await addMessages(60);
  await addMessages(10, 'COMPLETED');
  startWorker('a');
  const bulk = await ask();
  events.publish({ kind: 'bulk', id: bulk.id });
  expect(await ended(bulk)).toMatchObject({ state: 'done', done: 60, refused: 0, reasons: {} });
  expect(await runs()).toEqual({ 1: 10, 2: 60 });
  const [row] = await sql.query<{ reruns: { by: string }[] }>('select reruns from message_log where attempt = 2 limit 1');
  expect(row?.reruns).toMatchObject([{ by: 'Ada', from: 'start' }]);
});

test('messages are named one by one; those that can not be cancelled are counted by reason', async () => {
  const open = await addMessages(3, 'RETRY');
  const over = await addMessages(2, 'COMPLETED');
  const told: string[] = [];
  const stop = events.subscribe(({ kind, id }) => void (kind === 'cancel' && told.push(id)));
  const ids = [...open, ...over, '00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000001'];
  const bulk = await ask({ kind: 'cancel', wish: null, which: { ids }, total: 7 });
  startWorker('a');
  const end = await ended(bulk);
  expect(end).toMatchObject({ done: 3, refused: 4 });
  expect(end.reasons).toMatchObject({ MESSAGE_ENDED: { count: 2 }, NOT_FOUND: { count: 2 } });
  await eventually(() => told.length === 3);
  expect(told.toSorted()).toEqual(open.toSorted());
  stop();
});

test('what a dead worker had in hand is done by another from there on, and the dead one changes nothing any more', async () => {
  await addMessages(40);
  const bulk = await ask();
  const claimed = await work.claim('dead', leaseMs);
  if (!claimed) throw new Error('it was not claimed');
  const never = new AbortController().signal;
  expect((await work.doNext(claimed, 'dead', leaseMs, 15, never)).changed).toHaveLength(15);
  expect(await work.claim('too early', leaseMs)).toBeUndefined();
  startWorker('next');
  expect(await ended(bulk)).toMatchObject({ done: 40, refused: 0 });
  expect(await work.doNext(claimed, 'dead', leaseMs, 15, never)).toEqual({ changed: [], isOver: true });
  expect(await runs()).toEqual({ 2: 40 });
});

test('each message runs once while connections break again and again and workers take over from each other', async () => {
  // So many that some are being done whenever the test looks.
  const count = 800;
  await addMessages(count);
  const bulk = await ask();
  for (const name of ['a', 'b', 'c']) startWorker(name);
  // Of everybody on this database but who asks.
  const breakSome = async () =>
    sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query like '%claimed_until%' and state <> 'idle'`,
    );
  let broken = 0;
  await eventually(async () => {
    broken += (await breakSome()).length;
    return broken >= 12 || (await bulks.get(bulk.id))?.state === 'done';
  });
  await ended(bulk);
  expect(broken).toBeGreaterThan(0);
  expect(await bulks.get(bulk.id)).toMatchObject({ done: count, refused: 0 });
  expect(await runs()).toEqual({ 2: count });
});

test('a stop leaves what was not reached, and a stopped one is not taken up again', async () => {
  await addMessages(50);
  const bulk = await ask();
  const claimed = await work.claim('a', leaseMs);
  if (!claimed) throw new Error('it was not claimed');
  const never = new AbortController().signal;
  await work.doNext(claimed, 'a', leaseMs, 20, never);
  expect(await bulks.stop(bulk.id)).toMatchObject({ state: 'stopped', done: 20 });
  expect(await bulks.stop(bulk.id)).toBeUndefined();
  expect(await work.doNext(claimed, 'a', leaseMs, 20, never)).toEqual({ changed: [], isOver: true });
  startWorker('b');
  const next = await ask({ which: { ids: await addMessages(1) } });
  await ended(next);
  expect(await runs()).toEqual({ 1: 30, 2: 21 });
});

test('several are done side by side by several workers', async () => {
  const parts = await Promise.all([addMessages(30), addMessages(30), addMessages(30)]);
  const asked = await Promise.all(parts.map((ids) => ask({ which: { ids } })));
  for (const name of ['a', 'b', 'c', 'd']) startWorker(name);
  for (const bulk of asked) expect(await ended(bulk)).toMatchObject({ done: 30, refused: 0 });
  expect(await runs()).toEqual({ 2: 90 });
});

/** Set aside, newest first. */
async function setAside(count: number): Promise<string[]> {
  const [channel] = await sql.query<{ id: string }>(
    `insert into channel (flow_id, node_id, name, version, type, config, is_active) values ($1, $2, 'Mail', 1, 'mail-sender', '{}', true) returning id`,
    [flowId, randomUUID()],
  );
  const rows = await sql.query<{ id: string }>(
    `with l as (
       insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes)
       select $1, 'mail/ada/INBOX', '1', n::text, 'quarantined', 1 from generate_series(1, $2::int) n returning id, uid)
     insert into quarantine (channel_id, flow_id, ledger_id, reason, size_bytes, since)
     select $1, $3, id, '{}', 1, now() - uid::int * interval '1 ms' from l returning id`,
    [channel?.id, count, flowId],
  );
  return rows.map(({ id }) => id);
}

const mailStates = async () =>
  Object.fromEntries(
    (await sql.query<{ state: string; n: number }>('select state, count(*)::int as n from ledger group by 1')).map(({ state, n }) => [
      state,
      n,
    ]),
  );

describe('mails in quarantine', () => {
  beforeEach(async () => {
    await sql.query('delete from quarantine');
    await sql.query('delete from ledger');
  });
  const all = { wish: null, which: { filter: {} } };

  test('are all tried again by two workers, each once, and none that is set aside later', async () => {
    await setAside(120);
    const bulk = await ask({ kind: 'release', ...all });
    await sql.query(`update quarantine set since = now() + interval '1 minute' where id = (select id from quarantine limit 1)`);
    startWorker('a');
    startWorker('b');
    expect(await ended(bulk)).toMatchObject({ state: 'done', done: 119, refused: 0 });
    expect(await mailStates()).toEqual({ failing: 119, quarantined: 1 });
  });

  test('are discarded as they were chosen; what somebody else has decided is counted and stays', async () => {
    const ids = await setAside(40);
    await sql.query('update quarantine set settled_at = now() where id = any($1::uuid[])', [ids.slice(0, 10)]);
    startWorker('a');
    const bulk = await ask({ kind: 'discard', wish: null, which: { ids: ids.slice(0, 30) }, total: 30 });
    events.publish({ kind: 'bulk', id: bulk.id });
    expect(await ended(bulk)).toMatchObject({ done: 20, refused: 10, reasons: { QUARANTINE_NOT_SETTLED: { count: 10 } } });
    expect(await mailStates()).toEqual({ discarded: 20, quarantined: 20 });
  });

  test('are left alone from where it is stopped', async () => {
    await setAside(60);
    const bulk = await ask({ kind: 'discard', ...all });
    const claimed = await work.claim('a', 10_000);
    if (!claimed) throw new Error('nothing to claim');
    await work.doNext(claimed, 'a', 10_000, 20, new AbortController().signal);
    expect(await bulks.stop(bulk.id)).toMatchObject({ state: 'stopped', done: 20 });
    expect(await work.doNext(claimed, 'a', 10_000, 20, new AbortController().signal)).toMatchObject({ changed: [], isOver: true });
    expect(await mailStates()).toEqual({ discarded: 20, quarantined: 40 });
  });
});
