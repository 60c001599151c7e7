import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openQueue } from '../engine/queue.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLog } from '../testing/silent-log.ts';
import { migrationsFolder, openDatabase, type Database } from './database.ts';
import { openExchangeStore } from './exchange-store.ts';
import { makeDays } from './log-partitions.ts';
import { openMessageLog } from './message-log-store.ts';
import { openQuarantineStore } from './quarantine-store.ts';
import { sqlOn } from './sql.ts';

/** A database as the version before the days has left it, with mails in every state, is opened by this one. */

const versionBefore = '0003_selection_and_post_processing';
const flowId = '7a4f2a0e-3c8d-4a55-9d0b-0f1e2d3c4b5a';
const channelId = '8b5f2a0e-3c8d-4a55-9d0b-0f1e2d3c4b5a';
/** Random ids; the first two read as times, the second even as one of these days. */
const ids = {
  queued: '01a3c5d7-1111-4a55-8d0b-0f1e2d3c4b5a',
  failed: `${Date.now()
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-')}-4a55-9d0b-0f1e2d3c4b5b`,
  retrying: 'c0a3c5d7-3333-4a55-8d0b-0f1e2d3c4b5a',
  completed: '5ba3c5d7-4444-4a55-8d0b-0f1e2d3c4b5a',
  repeat: '02a3c5d7-5555-4a55-8d0b-0f1e2d3c4b5a',
};
const after = { ...ids, queued: `f${ids.queued.slice(1)}`, failed: `f${ids.failed.slice(1)}`, repeat: `f${ids.repeat.slice(1)}` };

let database: Database;
let drop: () => Promise<void>;
let queue: Awaited<ReturnType<typeof openQueue>>;

beforeAll(async () => {
  const { url, drop: dropDatabase } = await createTestDatabase('empty');
  drop = dropDatabase;
  await migrateToVersionBefore(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  const before = await openQueue({ database: { url }, log: silentLog });
  await fill(client);
  await before.add(
    [ids.queued, ids.repeat].map((messageId) => ({ messageId, attempt: 1, flowId })),
    { executeSql: (text, values) => client.query(text, values) },
  );
  await before.add([{ messageId: ids.retrying, attempt: 2, flowId }], { executeSql: (text, values) => client.query(text, values) });
  await before.close(0);
  await client.end();

  database = await openDatabase({ url, log: silentLog });
  queue = await openQueue({ database, log: silentLog });
});
afterAll(async () => {
  await queue.close(0);
  await database.close();
  await drop();
});

async function migrateToVersionBefore(url: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mailroom-migrations-'));
  await cp(migrationsFolder, folder, { recursive: true });
  const journalFile = path.join(folder, 'meta', '_journal.json');
  const journal = z
    .looseObject({ entries: z.array(z.looseObject({ tag: z.string() })) })
    .parse(JSON.parse(await readFile(journalFile, 'utf8')));
  const last = journal.entries.findIndex(({ tag }) => tag === versionBefore);
  await writeFile(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, last + 1) }));
  const client = new Client({ connectionString: url });
  await client.connect();
  await migrate(drizzle(client), { migrationsFolder: folder });
  await client.end();
  await rm(folder, { recursive: true });
}

async function fill(client: Client): Promise<void> {
  await client.query(`insert into flow (id, name, draft) values ($1, 'Orders', '{}')`, [flowId]);
  await client.query(
    `insert into channel (id, flow_id, node_id, name, version, type, config) values ($1, $2, 'mail', 'Mail', 1, 'mail-sender', '{}')`,
    [channelId, flowId],
  );
  const statuses = { queued: 'PROCESSING', failed: 'FAILED', retrying: 'RETRY', completed: 'COMPLETED', repeat: 'PROCESSING' } as const;
  for (const [index, name] of (['queued', 'failed', 'retrying', 'completed', 'repeat'] as const).entries()) {
    const ended = ['FAILED', 'COMPLETED'].includes(statuses[name]);
    await client.query(
      `insert into message_log (id, flow_id, version, channel_id, node_id, status, attempt, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at, ended_at, repeat_of)
       values ($1, $2, 1, $3, 'mail', $4, $5, $6, 'ada@example.com', '', '<1@example.com>', 1, 'hash', now() - $7 * interval '1 hour', case when $8 then now() end, $9)`,
      [
        ids[name],
        flowId,
        channelId,
        statuses[name],
        name === 'retrying' ? 2 : 1,
        `Order ${name}`,
        index,
        ended,
        name === 'repeat' ? ids.completed : null,
      ],
    );
    await client.query(
      `insert into ledger (channel_id, mailbox, epoch, uid, state, message_id, size_bytes) values ($1, 'm', '1', $2, 'taken', $3, 1)`,
      [channelId, String(index), ids[name]],
    );
  }
  await client.query(
    `insert into run_step (message_id, attempt, position, node_id, name, type, outcome, started_at) values ($1, 1, 0, 'mail', 'Mail', 'mail-sender', 'failed', now())`,
    [ids.failed],
  );
  for (const id of [ids.queued, ids.retrying])
    await client.query(`insert into effect (message_id, path, summary) values ($1, 'mail/http', '200 OK')`, [id]);
  await client.query(
    `insert into quarantine (channel_id, flow_id, ledger_id, message_id, reason, size_bytes, raw_hash)
     select $1, $2, id, message_id, '{"code":"MAIL_NOT_PARSEABLE","message":"","remedy":""}', 1, 'hash' from ledger where message_id = $3`,
    [channelId, flowId, ids.failed],
  );
}

test('every message is there, in its order of arrival, and counted', async () => {
  const messages = openMessageLog(database.pool, queue);
  const { items } = await messages.list({}, { limit: 10 });
  expect(items.map((row) => row.id)).toEqual([after.queued, after.failed, after.retrying, after.completed, after.repeat]);
  expect((await messages.counts()).get(flowId)).toEqual({ PROCESSING: 2, FAILED: 1, RETRY: 1, COMPLETED: 1 });
  expect(await messages.get(after.completed)).toMatchObject({ subject: 'Order completed', repeatedBy: after.repeat });
  expect(await messages.get(after.repeat)).toMatchObject({ repeatOf: after.completed });
  expect(await messages.steps(after.failed)).toHaveLength(1);
});

test('every row of the ledger and of the quarantine still leads to its message', async () => {
  const sql = sqlOn(database.pool);
  expect(await sql.query('select l.id from ledger l left join message_log m on m.id = l.message_id where m.id is null')).toEqual([]);
  const [aside] = await openQuarantineStore(database.pool, queue).list();
  expect(aside?.messageId).toBe(after.failed);
});

test('days can be made although ids of before are in them by chance', async () => {
  await makeDays(database.pool, silentLog);
  const [days] = await sqlOn(database.pool).query<{ days: number }>(
    `select count(*)::int as days from pg_inherits where inhparent = 'message_log'::regclass`,
  );
  expect(days?.days).toBeGreaterThan(4);
});

test('what was in flight goes on where it was, with the calls that were made', async () => {
  const exchanges = openExchangeStore(database.pool, queue);
  const seen = new Map<string, unknown>();
  queue.work(
    async ({ messageId, attempt }) => {
      const start = await exchanges.begin(messageId, attempt);
      seen.set(
        messageId,
        start?.effects.map(({ path: call }) => call),
      );
      await exchanges.end({ messageId, attempt, isInLine: false, steps: [], status: 'COMPLETED', error: null, owed: null });
    },
    { concurrency: 5, perFlow: 5 },
  );
  await eventually(() => seen.size === 3 || undefined);
  expect(seen).toEqual(
    new Map([
      [after.queued, ['mail/http']],
      [after.repeat, []],
      [after.retrying, ['mail/http']],
    ]),
  );
});
