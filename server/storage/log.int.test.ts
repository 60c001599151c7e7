import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openQueue } from '../engine/queue.ts';
import type { Queue } from '../ports/engine.ts';
import type { Reruns } from '../ports/reruns.ts';
import type { MessageLog } from '../ports/logs.ts';
import { Client } from 'pg';
import { createTestDatabase, testDatabase, type TestDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/silent-log.ts';
import { foldCounts, lowestOpenId, recount } from './log-counts.ts';
import { dayMs, dayOf, daysOf, makeDays } from './log-partitions.ts';
import { removeExpired } from './log-retention.ts';
import { messageIdAt } from './message-ids.ts';
import { openDatabase } from './database.ts';
import { openMessageLog } from './message-log-store.ts';
import { makeIndexOfParts } from './message-search.ts';
import { openReruns } from './rerun-store.ts';
import { sqlOn, type Sql } from './sql.ts';

let db: TestDatabase;
let sql: Sql;
let queue: Queue;
let messages: MessageLog;
let reruns: Reruns;
let flowId: string;
let channelId: string;

beforeAll(async () => {
  db = await testDatabase();
  sql = sqlOn(db.database.pool);
  queue = await openQueue({ database: db.database, log: silentLog });
  messages = openMessageLog(db.database.pool, queue);
  reruns = openReruns(db.database.pool, queue);
});
afterAll(async () => {
  await queue.close(0);
  await db.close();
});
beforeEach(async () => {
  await sql.query('delete from message_log');
  for (const table of ['message_search', 'run_step', 'effect', 'quarantine', 'ledger']) await sql.query(`delete from ${table}`);
  [flowId, channelId] = await addFlow();
});

async function addFlow(): Promise<[string, string]> {
  const [row] = await sql.query<{ flow: string; channel: string }>(
    `with f as (insert into flow (name, draft) values ('Orders', '{}') returning id)
     insert into channel (flow_id, node_id, name, version, type, config) select id, 'mail', 'Mail', 1, 'mail-sender', '{}' from f
     returning flow_id as flow, id as channel`,
  );
  return [row?.flow ?? '', row?.channel ?? ''];
}

interface Given {
  id?: string;
  at?: Date;
  status?: string;
  subject?: string;
  from?: string;
  mailMessageId?: string;
  owed?: string;
  flow?: string;
}

/** A message as intake, and perhaps its end, leave it, with a row in the ledger and a call that was made. */
async function add({ owed, ...given }: Given): Promise<string> {
  const id = await insertMessage(sql, given);
  await sql.query(
    `insert into ledger (channel_id, mailbox, epoch, uid, state, message_id, size_bytes, owed) values ($1, 'm', '1', $2, 'taken', $3, 1, $4)`,
    [channelId, id, id, owed ?? null],
  );
  await sql.query(`insert into effect (message_id, path, summary) values ($1, 'http', '200 OK')`, [id]);
  return id;
}

async function insertMessage(
  into: Sql,
  { at = new Date(), id = messageIdAt(at), status = 'COMPLETED', subject = '', from = '', mailMessageId = '', flow = flowId }: Given,
): Promise<string> {
  const endedAt = ['PROCESSING', 'RETRY'].includes(status) ? null : at;
  await into.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at, ended_at)
     values ($1, $2, 1, $3, 'mail', $4, $5, $6, 'orders@example.com', $7, 1, 'hash', $8, $9)`,
    [id, flow, channelId, status, subject, from, mailMessageId, at, endedAt],
  );
  return id;
}

const daysAgo = (days: number) => new Date(Date.now() - days * dayMs);
const subjects = async (filter: Parameters<MessageLog['list']>[0] = {}) =>
  (await messages.list(filter, { limit: 200 })).items.map((row) => row.subject);
const count = async (table: string) => (await sql.query<{ n: number }>(`select count(*)::int as n from ${table}`))[0]?.n;

describe('days', () => {
  test('are made ahead, and a message is in the day of its arrival', async () => {
    await Promise.all([1, 2, 3].map(() => makeDays(db.database.pool, silentLog)));
    const today = Number(dayOf(new Date()));
    expect((await daysOf(sql, 'message_log')).map((day) => (Number(day) - today) / dayMs)).toEqual(
      expect.arrayContaining([-1, 0, 1, 2, 3]),
    );
    const id = await add({});
    const [place] = await sql.query<{ place: string }>('select tableoid::regclass::text as place from message_log where id = $1', [id]);
    expect(place?.place).toBe(`message_log_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`);
  });

  test('a message of a day that is missing is taken in, seen at once, and moved when its day is made', async () => {
    const far = new Date('2031-02-03T04:05:06.789Z');
    const id = await add({ at: far, subject: 'the clock was wrong', status: 'PROCESSING' });
    expect(await subjects()).toEqual(['the clock was wrong']);
    expect(await count('message_log_default')).toBe(1);
    await makeDays(db.database.pool, silentLog);
    expect(await count('message_log_default')).toBe(0);
    expect(await count('effect_default')).toBe(0);
    expect(await count('message_log_20310203')).toBe(1);
    expect(await messages.get(id)).toMatchObject({ subject: 'the clock was wrong' });
    expect((await messages.counts(flowId)).get(flowId)).toEqual({ PROCESSING: 1 });
  });

  test('an id that does not tell when its message arrived is refused', async () => {
    await expect(add({ id: messageIdAt(daysAgo(3)), at: new Date() })).rejects.toThrow('message_id_tells_arrival');
  });
});

describe('a list', () => {
  test('is in order of arrival over days, pages and ids of before, and stays where it is while mails arrive', async () => {
    const ages = [0, 0, 0.5, 1, 1, 3, 8, 20, 45, 100, 400];
    const start = Date.now();
    for (const [index, age] of ages.entries()) {
      const at = new Date(start - age * dayMs - index);
      await add({ at, subject: String(index), ...(index % 4 === 1 && { id: `a${randomUUID().slice(1)}` }) });
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await messages.list({}, { limit: 2, cursor });
      seen.push(...page.items.map((row) => row.subject));
      cursor = page.nextCursor ?? undefined;
      await add({ subject: 'new' });
    } while (cursor);
    expect(seen).toEqual(ages.map((_, index) => String(index)));
  });

  test('is narrowed to a flow, a status and a time', async () => {
    const [otherFlow] = await addFlow();
    await add({ at: daysAgo(1), subject: 'a', status: 'FAILED' });
    await add({ at: daysAgo(2), subject: 'b' });
    await add({ at: daysAgo(9), subject: 'c', flow: otherFlow });
    expect(await subjects({ flowIds: [flowId] })).toEqual(['a', 'b']);
    expect(await subjects({ statuses: ['COMPLETED'] })).toEqual(['b', 'c']);
    expect(await subjects({ from: daysAgo(2.5), to: daysAgo(1.5) })).toEqual(['b']);
    expect(await subjects({ from: daysAgo(2.5) })).toEqual(['a', 'b']);
    expect(await subjects({ to: daysAgo(1.5), statuses: ['COMPLETED'] })).toEqual(['b', 'c']);
    expect(await subjects({ from: daysAgo(1), to: daysAgo(2) })).toEqual([]);
  });
});

describe('a search', () => {
  beforeEach(async () => {
    await add({
      at: daysAgo(0),
      subject: 'Rechnung 4711-A über 100 %',
      from: 'Jörg <JOERG.Meyer@Example.com>',
      mailMessageId: '<abc.123@mail.example.com>',
    });
    await add({ at: daysAgo(3), subject: 'Invoice 4712', from: 'ada@example.org', mailMessageId: '<def@host>' });
    await add({ at: daysAgo(30), subject: 'ÜBERSICHT ordner_1', from: 'ada@example.org', status: 'FAILED' });
  });

  test.each([
    ['a word', 'invoice', [1]],
    ['a part of a word', 'voic', [1]],
    ['two words that are apart', 'rechnung meyer', [0]],
    ['words that are in different messages', 'invoice meyer', []],
    ['letters beyond ASCII, in either case', 'übersicht', [2]],
    ['a part of them', 'ÖRG', [0]],
    ['the recipient', 'orders@example.com', [0, 1, 2]],
    ['a part of an address', '@example.o', [1, 2]],
    ['a whole Message-ID', '<abc.123@mail.example.com>', [0]],
    ['the beginning of a Message-ID', 'abc.12', [0]],
    ['text in quotes', '"4711-a über"', [0]],
    ['text in quotes that is in another order', '"über 4711"', []],
    ['a short word', '10', [0]],
    ['the beginning of a short word only', '00', []],
    ['signs that stand for others in patterns', 'ordner_', [2]],
    ['such a sign where another one is', 'or_ner', []],
    ['nothing but signs', '%', [0, 1, 2]],
    ['an apostrophe', "o'neil", []],
    ['a backslash', '\\', [0, 1, 2]],
  ])('finds %s', async (_, search, found) => {
    const all = ['Rechnung 4711-A über 100 %', 'Invoice 4712', 'ÜBERSICHT ordner_1'];
    expect(await subjects({ search })).toEqual(found.map((index) => all[index]));
  });

  test('is narrowed as a list is', async () => {
    expect(await subjects({ search: 'ada', statuses: ['FAILED'] })).toEqual(['ÜBERSICHT ordner_1']);
    expect(await subjects({ search: 'ada', flowIds: [randomUUID()] })).toEqual([]);
    expect(await subjects({ search: 'ada', from: daysAgo(5) })).toEqual(['Invoice 4712']);
  });

  test('finds words and their beginnings where pg_trgm may not be created, and parts of words once it is there', async () => {
    const { url, drop } = await createTestDatabase('empty');
    const administrator = new Client({ connectionString: url });
    await administrator.connect();
    await administrator.query(
      `create function refuse() returns event_trigger language plpgsql as $$ begin raise 'not on the list'; end $$`,
    );
    await administrator.query(
      `create event trigger refuse on ddl_command_start when tag in ('CREATE EXTENSION') execute function refuse()`,
    );
    const database = await openDatabase({ url, log: silentLog });
    try {
      const list = async (search: string) =>
        (await openMessageLog(database.pool, queue).list({ search }, { limit: 10 })).items.map((row) => row.subject);
      const into = sqlOn(database.pool);
      const [flow] = await into.query<{ id: string }>(`insert into flow (name, draft) values ('Orders', '{}') returning id`);
      await makeDays(database.pool, silentLog);
      await insertMessage(into, { subject: 'Invoice 1', flow: flow?.id ?? '' });
      await insertMessage(into, { subject: 'Invoice 2', flow: flow?.id ?? '', at: daysAgo(9) });
      expect(await list('invo')).toEqual(['Invoice 1', 'Invoice 2']);
      expect(await list('voic')).toEqual([]);
      expect(await makeIndexOfParts(database.pool)).toBe(false);

      await administrator.query('drop event trigger refuse');
      expect(await makeIndexOfParts(database.pool)).toBe(true);
      expect(await list('voic')).toEqual(['Invoice 1', 'Invoice 2']);
      await makeDays(database.pool, silentLog, daysAgo(12));
      expect(await list('voic')).toEqual(['Invoice 1', 'Invoice 2']);
    } finally {
      await database.close();
      await administrator.end();
      await drop();
    }
  });
});

describe('counts', () => {
  const settled = async () => {
    await foldCounts(db.database.pool);
    return (await messages.counts(flowId)).get(flowId);
  };

  test('follow every change at once, folded or not', async () => {
    const ids = [await add({ status: 'PROCESSING' }), await add({ status: 'PROCESSING' }), await add({ status: 'FAILED' })];
    expect((await messages.counts(flowId)).get(flowId)).toEqual({ PROCESSING: 2, FAILED: 1 });
    expect(await settled()).toEqual({ PROCESSING: 2, FAILED: 1 });
    await reruns.cancel([ids[0] ?? '']);
    expect((await messages.counts(flowId)).get(flowId)).toEqual({ PROCESSING: 1, FAILED: 1, CANCELLED: 1 });
    await sql.query('delete from message_log where id = $1', [ids[2]]);
    expect(await settled()).toEqual({ PROCESSING: 1, CANCELLED: 1 });
    expect(await recount(db.database.pool)).toBe(0);
  });

  test('are right whatever many writers and folders do at once, and whoever is cut off', async () => {
    const { pool } = db.database;
    const work = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 10; round += 1) {
        const id = await add({ at: daysAgo(writer / 4), status: 'PROCESSING' });
        if (round % 3 === 0) await reruns.cancel([id]);
        if (round % 5 === 0) {
          // A process that is killed in the middle of its transaction.
          const client = await pool.connect();
          client.on('error', () => undefined);
          await client.query('begin');
          await client.query(`update message_log set status = 'FAILED' where id = $1`, [id]);
          client.release(true);
        }
      }
    });
    const done = new AbortController();
    const folders = [1, 2].map(async () => {
      do await foldCounts(pool);
      while (!done.signal.aborted);
    });
    await Promise.all(work).finally(() => done.abort());
    await Promise.all(folders);
    expect(await settled()).toEqual({ PROCESSING: 48, CANCELLED: 32 });
    expect(await recount(pool)).toBe(0);
    const [open] = await sql.query<{ open: number }>('select count(*)::int as open from message_log where id >= $1 and status = $2', [
      await lowestOpenId(sql),
      'PROCESSING',
    ]);
    expect(open?.open).toBe(48);
  });

  test('that are wrong are put right', async () => {
    await add({ status: 'FAILED' });
    await add({ status: 'FAILED', at: daysAgo(40), id: `c${randomUUID().slice(1)}` });
    await sql.query('delete from message_change');
    expect(await settled()).not.toEqual({ FAILED: 2 });
    expect(await recount(db.database.pool)).toBeGreaterThan(0);
    expect(await settled()).toEqual({ FAILED: 2 });
  });

  test('make a chart of arrivals by the status that they have now', async () => {
    const from = new Date('2026-03-01T00:00:00Z');
    const at = (hour: number) => new Date(from.getTime() + hour * 60 * 60 * 1000 + 1_234);
    for (const hour of [0, 1, 1, 7, 30]) await add({ at: at(hour), status: hour === 7 ? 'FAILED' : 'COMPLETED' });
    const chart = () => messages.chart({ from, to: at(24), stepHours: 6, flowId });
    const expected = [
      { at: from, status: 'COMPLETED', count: 3 },
      { at: new Date(from.getTime() + 6 * 60 * 60 * 1000), status: 'FAILED', count: 1 },
    ];
    expect(await chart()).toEqual(expected);
    await settled();
    expect(await chart()).toEqual(expected);
  });
});

describe('retention', () => {
  const pass = (retention = { endedDays: 90 as number | null, failedDays: 365 as number | null }) =>
    removeExpired({ pool: db.database.pool, retention, now: new Date(), log: silentLog });

  test('removes days whole, and of others what may go, with all that belongs to it', async () => {
    for (const [subject, given] of Object.entries<Given>({
      'day that goes': { at: daysAgo(200) },
      'goes beside one that stays': { at: daysAgo(150) },
      'failed, kept longer': { at: daysAgo(150), status: 'FAILED' },
      'failed too long ago': { at: daysAgo(400), status: 'FAILED' },
      'open for ages': { at: daysAgo(300), status: 'RETRY' },
      'in the queue for ages': { at: daysAgo(301), status: 'PROCESSING' },
      owed: { at: daysAgo(120), owed: 'delete' },
      young: { at: daysAgo(80) },
      'from before': { at: daysAgo(100), id: `b${randomUUID().slice(1)}` },
    }))
      await add({ ...given, subject });
    await makeDays(db.database.pool, silentLog);
    await pass();
    expect(await subjects()).toEqual(['young', 'owed', 'failed, kept longer', 'open for ages', 'in the queue for ages']);
    for (const table of ['message_log', 'message_search', 'effect']) expect(await count(table)).toBe(5);
    expect((await daysOf(sql, 'effect')).map(Number)).not.toContain(Number(dayOf(daysAgo(200))));
    // The mails stay known.
    expect(await count('ledger')).toBe(9);
    expect(await count('ledger where message_id is not null')).toBe(5);
    expect((await messages.counts(flowId)).get(flowId)).toEqual({ COMPLETED: 2, FAILED: 1, RETRY: 1, PROCESSING: 1 });
    expect(await recount(db.database.pool)).toBe(0);
  });

  test('keeps what a person still has to decide', async () => {
    const at = daysAgo(500);
    const aside = await add({ at, status: 'FAILED', subject: 'aside' });
    await sql.query(
      `insert into quarantine (channel_id, flow_id, ledger_id, message_id, reason, size_bytes) select channel_id, $1, id, $2, '{}', 1 from ledger where message_id = $2`,
      [flowId, aside],
    );
    const unread = await add({ at, subject: 'unread again' });
    await sql.query('update ledger set unread_again_at = now() where message_id = $1', [unread]);
    await sql.query(`insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes) values ($1, 'm', '1', 'held', 'held', 1)`, [
      channelId,
    ]);
    await makeDays(db.database.pool, silentLog);
    await pass({ endedDays: 1, failedDays: 1 });
    expect((await subjects()).toSorted()).toEqual(['aside', 'unread again']);
    expect(await count('ledger')).toBe(3);
    expect(await count('quarantine')).toBe(1);

    await sql.query('update quarantine set settled_at = $1', [daysAgo(100)]);
    await sql.query('update ledger set unread_again_at = null');
    await pass();
    expect(await subjects()).toEqual([]);
    expect(await count('quarantine')).toBe(0);
  });

  test('for good removes nothing', async () => {
    await add({ at: daysAgo(4_000), subject: 'ended' });
    await add({ at: daysAgo(4_000), status: 'FAILED', subject: 'failed' });
    expect(await pass({ endedDays: null, failedDays: null })).toEqual({ days: 0, messages: 0, ledgerRows: 0 });
    expect(await subjects()).toHaveLength(2);
  });

  test('forgets only mails that the server has confirmed to be gone', async () => {
    for (const [uid, action, settledDaysAgo] of [
      ['deleted', 'delete', 200],
      ['archived', 'archive', 200],
      ['read', 'mark-read', 200],
      ['just deleted', 'delete', 10],
    ] as const)
      await sql.query(
        `insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes, settled_action, settled_at) values ($1, 'm', '1', $2, 'taken', 1, $3, $4)`,
        [channelId, uid, action, daysAgo(settledDaysAgo)],
      );
    const told = await add({ at: daysAgo(200), status: 'RETRY' });
    await sql.query(`update ledger set settled_action = 'delete', settled_at = $2 where message_id = $1`, [told, daysAgo(200)]);
    expect(await pass()).toMatchObject({ ledgerRows: 2 });
    const left = await sql.query<{ uid: string }>('select uid from ledger order by id');
    expect(left.map((row) => row.uid)).toEqual(['read', 'just deleted', told]);
  });

  test('and a person who runs a message again do not meet', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await add({ at: daysAgo(500), status: 'FAILED', subject: String(round) });
      const wish = { from: 'failed', version: 'same', by: 'Ada' } as const;
      const [, [answer]] = await Promise.all([pass({ endedDays: 1, failedDays: 1 }), reruns.rerun([id], wish)]);
      const again = answer?.refusal === undefined;
      const left = await messages.get(id);
      expect(left?.status).toBe(again ? 'PROCESSING' : undefined);
      if (again) expect(await count(`effect where message_id = '${id}'`)).toBe(1);
    }
  });
});
