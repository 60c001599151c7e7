import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BlobStore } from '../ports/blobs.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { makeDataDirectory } from '../testing/mailroom-process.ts';
import { silentLog } from '../testing/silent-log.ts';
import { tryHoldBlobs } from './backup/blob-hold.ts';
import { openSession } from './backup/session.ts';
import { openFsBlobs } from './blobs/fs.ts';
import { openErasure } from './erasure.ts';
import { messageIdAt } from './message-ids.ts';
import { sqlOn } from './sql.ts';

let fixture: TestDatabase;
let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let blobs: BlobStore;
const channel = randomUUID();
const never = new AbortController().signal;
const masterKey = randomBytes(32);
const sql = () => sqlOn(fixture.database.pool);
const erasure = () => openErasure({ pool: fixture.database.pool, blobs, masterKey });

beforeAll(async () => {
  [fixture, data] = await Promise.all([testDatabase(), makeDataDirectory()]);
  blobs = await openFsBlobs({ directory: path.join(data.path, 'blobs'), log: silentLog });
  await sql().query(`insert into flow (id, name, draft) values ($1, 'Orders', '{"nodes":[],"edges":[]}')`, [channel]);
  await sql().query(
    `insert into channel (id, flow_id, node_id, name, version, type, config) values ($1, $1, 'mail', 'Orders', 1, 'mail-sender', '{}')`,
    [channel],
  );
});
afterAll(async () => {
  await fixture.close();
  await data.remove();
});
beforeEach(async () => {
  for (const table of ['quarantine', 'ledger', 'message_log', 'blob', 'setting']) await sql().query(`delete from ${table}`);
});

interface Taken {
  id: string;
  hash: string;
}

let uid = 0;
/** A mail as intake leaves it, with a step and a receiver call; its log names only From and To, as `head` does. */
async function takeIn(head: string, { status = 'COMPLETED', owed = null }: { status?: string; owed?: string | null } = {}): Promise<Taken> {
  const { hash, sizeBytes } = await blobs.put(Buffer.from(`${head}\r\n\r\nHello ${uid}`));
  const at = new Date();
  const id = messageIdAt(at);
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1]?.trim() ?? '';
  await sql().query('insert into blob (hash, size_bytes) values ($1, $2)', [hash, sizeBytes]);
  await sql().query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at)
     values ($1, $2, 1, $2, 'mail', $3, 'Order', $4, $5, '<1@example.com>', $6, $7, $8)`,
    [id, channel, status, field('From'), field('To'), sizeBytes, hash, at],
  );
  await sql().query(
    `insert into ledger (channel_id, mailbox, epoch, uid, state, message_id, content_hash, mail_message_id, mail_from, mail_date, size_bytes, owed)
     values ($1, 'box', '1', $2, 'taken', $3, $4, '<1@example.com>', $5, '2026-01-01', 1, $6)`,
    [channel, String((uid += 1)), id, hash, field('From'), owed],
  );
  await sql().query(
    `insert into run_step (message_id, attempt, position, node_id, name, type, outcome, started_at) values ($1, 1, 0, 'n', 'n', 'n', 'completed', now())`,
    [id],
  );
  await sql().query(`insert into effect (message_id, path, summary) values ($1, 'n', 'posted')`, [id]);
  return { id, hash };
}

async function setAside({ id, hash }: Taken): Promise<void> {
  await sql().query(
    `insert into quarantine (channel_id, flow_id, ledger_id, message_id, reason, size_bytes, raw_hash)
     select $1, $1, l.id, $2, '{}', 1, $3 from ledger l where l.message_id = $2`,
    [channel, id, hash],
  );
}

const count = async (table: string, column: string, id: string) =>
  (await sql().query(`select 1 from ${table} where ${column} = $1`, [id])).length;

test('mails from, to and with a copy to the person go at once, those of others stay, and the ledger knows them all the same', async () => {
  const hers = [
    await takeIn('From: Ada <Ada@Example.com>\r\nTo: orders@example.com'),
    await takeIn('From: bob@example.com\r\nTo: eve@example.com, "Ada" <ada@example.com>'),
    await takeIn('From: bob@example.com\r\nTo: orders@example.com\r\nCc: eve@example.com,\r\n ada@example.com', { owed: 'archive' }),
    await takeIn('From: bob@example.com\r\nSender: ada@example.com\r\nTo: orders@example.com', { status: 'FAILED' }),
  ];
  const others = [
    await takeIn('From: dada@example.com\r\nTo: orders@example.com'),
    await takeIn('From: bob@example.com\r\nTo: orders@example.com\r\nSubject: about ada@example.com'),
  ];
  await setAside(hers[3] ?? others[0]!);

  const found = await erasure().find('ada@example.com', never);
  expect(found).toMatchObject({ messages: 4, open: 0, quarantined: 1, mails: 4, unreadable: 0 });
  expect(found.mailBytes).toBeGreaterThan(200);
  for (const { id } of hers) expect(await count('message_log', 'id', id)).toBe(1);

  expect(await erasure().erase('ADA@example.com', 'Anna', never)).toEqual(found);
  for (const { id, hash } of hers) {
    for (const [table, column] of [
      ['message_log', 'id'],
      ['run_step', 'message_id'],
      ['effect', 'message_id'],
      ['quarantine', 'message_id'],
    ] as const)
      expect(await count(table, column, id), table).toBe(0);
    expect(await count('blob', 'hash', hash)).toBe(0);
    expect(await blobs.exists(hash)).toBe(false);
    expect(await count('ledger', 'content_hash', hash)).toBe(1);
  }
  expect(
    await sql().query(
      `select distinct mail_from, mail_date, mail_message_id, message_id, owed from ledger where content_hash = any($1) order by owed`,
      [hers.map(({ hash }) => hash)],
    ),
  ).toEqual([
    // Still to be archived: found there by its Message-ID.
    { mail_from: '', mail_date: null, mail_message_id: '<1@example.com>', message_id: null, owed: 'archive' },
    { mail_from: '', mail_date: null, mail_message_id: '', message_id: null, owed: null },
  ]);
  for (const { id, hash } of others) {
    expect(await count('message_log', 'id', id)).toBe(1);
    expect(await blobs.exists(hash)).toBe(true);
  }
  expect(await erasure().find('ada@example.com', never)).toMatchObject({ messages: 0, mails: 0 });

  const records = await sql().query<{ value: object }>(`select value from setting where key like 'erasure/%'`);
  expect(records).toMatchObject([{ value: { by: 'Anna', messages: 4, mails: 4, addressHash: expect.stringMatching(/^[0-9a-f]{64}$/) } }]);
  expect(JSON.stringify(records)).not.toContain('ada');
});

test('what was looked for under the address is forgotten, and nothing of others', async () => {
  const searches = [
    { sender: 'Ada@Example.com' },
    { search: 'order of <ada@example.com>' },
    { sender: 'dada@example.com' },
    { status: 'FAILED' },
  ];
  for (const [index, search] of searches.entries()) {
    await sql().query(`insert into saved_view (name, search, created_by) values ($1, $2, 'Anna')`, [
      `view ${index}`,
      JSON.stringify(search),
    ]);
    await sql().query(`insert into bulk (kind, wish, filter, by, state, ended_at) values ('cancel', 'null', $1, 'Anna', 'done', now())`, [
      JSON.stringify(search),
    ]);
  }
  await sql().query(`insert into bulk (kind, wish, ids, by, state) values ('cancel', 'null', '[]', 'Anna', 'running')`);
  await erasure().erase('ada@example.com', 'Anna', never);
  expect(await sql().query('select name from saved_view order by name')).toEqual([{ name: 'view 2' }, { name: 'view 3' }]);
  const filters = await sql().query<{ filter: object | null }>('select filter from bulk');
  expect(filters.map(({ filter }) => JSON.stringify(filter)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'null',
    '{"sender":"dada@example.com"}',
    '{"status":"FAILED"}',
    '{}',
    '{}',
  ]);
});

test('an address with other letters, and one with marks that patterns use, is found among what was looked for', async () => {
  for (const address of ['jürgen.o+x@example.com', "o'ne{1}|(two)*[x]@example.com"]) {
    await sql().query(`insert into saved_view (name, search, created_by) values ($1, $2, 'Anna')`, [
      address,
      JSON.stringify({ sender: address }),
    ]);
    await erasure().erase(address, 'Anna', never);
    expect(await sql().query('select name from saved_view where name = $1', [address])).toEqual([]);
  }
});

test('nothing is erased while a message of the person has not ended', async () => {
  const mails = [
    await takeIn('From: ada@example.com\r\nTo: orders@example.com'),
    await takeIn('From: ada@example.com\r\nTo: orders@example.com', { status: 'RETRY' }),
  ];
  expect(await erasure().find('ada@example.com', never)).toMatchObject({ messages: 2, open: 1 });
  await expect(erasure().erase('ada@example.com', 'Anna', never)).rejects.toMatchObject({ code: 'ERASE_STILL_OPEN', params: { count: 1 } });
  for (const { id, hash } of mails) {
    expect(await count('message_log', 'id', id)).toBe(1);
    expect(await blobs.exists(hash)).toBe(true);
  }
});

test('a backup that is being made keeps the mails it is about to copy', async () => {
  const { hash } = await takeIn('From: ada@example.com\r\nTo: orders@example.com');
  const backup = await openSession(fixture.database.url, 'mailroom backup');
  expect(await tryHoldBlobs(backup.sql)).toBe(true);
  await expect(erasure().erase('ada@example.com', 'Anna', never)).rejects.toMatchObject({ code: 'BACKUP_RUNNING' });
  expect(await blobs.exists(hash)).toBe(true);
  await backup.end();
  await eventually(async () =>
    erasure()
      .erase('ada@example.com', 'Anna', never)
      .catch(() => false),
  );
  expect(await blobs.exists(hash)).toBe(false);
});

test('a mail whose bytes are lost is found by the log, or counted as unreadable', async () => {
  const [hers, unknown] = [
    await takeIn('From: ada@example.com\r\nTo: orders@example.com'),
    await takeIn('From: bob@example.com\r\nTo: orders@example.com\r\nCc: ada@example.com'),
  ];
  await blobs.remove(hers.hash);
  await blobs.remove(unknown.hash);
  expect(await erasure().find('ada@example.com', never)).toMatchObject({ messages: 1, mails: 1, unreadable: 1 });
});
