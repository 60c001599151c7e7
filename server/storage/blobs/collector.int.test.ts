import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BlobRef, BlobStore } from '../../ports/blobs.ts';
import { testDatabase, type TestDatabase } from '../../testing/database.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { messageIdAt } from '../message-ids.ts';
import { sqlOn, transaction, type Sql } from '../sql.ts';
import { collectBlobs } from './collector.ts';
import { openFsBlobs } from './fs.ts';

const dayMs = 24 * 60 * 60 * 1000;
let fixture: TestDatabase;
let directory: string;
let blobs: BlobStore;

beforeEach(async () => {
  fixture = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'mailroom-collector-'));
  blobs = await openFsBlobs({ directory, log: silentLog });
});
afterEach(async () => {
  await fixture.close();
  await rm(directory, { recursive: true });
});

const inDays = (days: number) => new Date(Date.now() + days * dayMs);
const collect = (now = new Date()) => collectBlobs({ database: fixture.database, blobs, log: silentLog, now });
const put = (text: string) => blobs.put(Buffer.from(text));
const pool = () => sqlOn(fixture.database.pool);
const rowOf = async (hash: string) => (await pool().query('select marked_at as "markedAt" from blob where hash = $1', [hash]))[0];
/** As if it had been put some days ago and not since. */
const age = (hash: string, days: number) => utimes(join(directory, hash.slice(0, 2), hash.slice(2)), inDays(-days), inDays(-days));

/** What intake does with a blob, in its transaction. */
async function refer(sql: Sql, { hash, sizeBytes }: BlobRef): Promise<void> {
  await sql.query('insert into blob (hash, size_bytes) values ($1, $2) on conflict (hash) do update set marked_at = null', [
    hash,
    sizeBytes,
  ]);
  const at = new Date();
  await sql.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at)
     values ($1, $2, 1, $2, 'mail', 'COMPLETED', '', '', '', '', $3, $4, $5)`,
    [messageIdAt(at), randomUUID(), sizeBytes, hash, at],
  );
}
const intake = (blob: BlobRef) => transaction(fixture.database.pool, (sql) => refer(sql, blob));
const forgetMessages = () => pool().query('delete from message_log');

test('what a message refers to stays; once it is unused it is marked, and removed a day later', async () => {
  const blob = await put('mail');
  await intake(blob);
  await age(blob.hash, 10);
  expect(await collect()).toEqual({ found: 0, marked: 0, removed: 0 });

  await forgetMessages();
  expect(await collect()).toEqual({ found: 0, marked: 1, removed: 0 });
  expect(await collect(inDays(0.9))).toEqual({ found: 0, marked: 0, removed: 0 });
  expect(await blobs.exists(blob.hash)).toBe(true);
  expect(await collect(inDays(1.1))).toEqual({ found: 0, marked: 0, removed: 1 });
  expect(await blobs.exists(blob.hash)).toBe(false);
  expect(await rowOf(blob.hash)).toBeUndefined();
});

test('what only the quarantine refers to stays', async () => {
  const blob = await put('unreadable');
  await intake(blob);
  await pool().query(
    `with f as (insert into flow (name, draft) values ('Orders', '{}') returning id),
          c as (insert into channel (flow_id, node_id, name, version, type, config) select id, 'mail', 'Mail', 1, 'mail-sender', '{}' from f returning id, flow_id),
          l as (insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes) select id, 'm', '1', '1', 'quarantined', 1 from c returning id)
     insert into quarantine (channel_id, flow_id, ledger_id, reason, size_bytes, raw_hash) select c.id, c.flow_id, l.id, '{}', 1, $1 from c, l`,
    [blob.hash],
  );
  await forgetMessages();
  await age(blob.hash, 10);
  await collect(inDays(2));
  await collect(inDays(4));
  expect(await blobs.exists(blob.hash)).toBe(true);
});

test('a file that no row knows is removed in the end, but not on its first day', async () => {
  const [old, fresh] = [await put('intake failed'), await put('intake to come')];
  await age(old.hash, 2);
  expect(await collect()).toMatchObject({ found: 1, removed: 0 });
  expect(await rowOf(fresh.hash)).toBeUndefined();
  expect(await collect(inDays(1.1))).toMatchObject({ removed: 1 });
  expect(await blobs.exists(old.hash)).toBe(false);
  expect(await blobs.exists(fresh.hash)).toBe(true);
});

test('a marked blob that is taken in again loses its mark', async () => {
  const blob = await put('newsletter');
  await intake(blob);
  await forgetMessages();
  await age(blob.hash, 10);
  await collect(inDays(-2));
  await intake(blob);
  await collect();
  expect(await blobs.exists(blob.hash)).toBe(true);
  expect(await rowOf(blob.hash)).toEqual({ markedAt: null });
});

test('an intake that is not committed yet keeps its blob', async () => {
  const blob = await put('newsletter');
  await intake(blob);
  await forgetMessages();
  await age(blob.hash, 10);
  await collect(inDays(-2));
  await transaction(fixture.database.pool, async (sql) => {
    await refer(sql, blob);
    await age(blob.hash, 10);
    expect(await collect()).toMatchObject({ removed: 0 });
  });
  expect(await blobs.exists(blob.hash)).toBe(true);
});

test('content put again but not yet taken in is not removed', async () => {
  const blob = await put('newsletter');
  await intake(blob);
  await forgetMessages();
  await age(blob.hash, 10);
  await collect(inDays(-2));
  await put('newsletter');
  expect(await collect()).toMatchObject({ removed: 0 });
  await intake(blob);
  expect(await blobs.exists(blob.hash)).toBe(true);
});

test('however intake and collector meet, what was taken in is there', async () => {
  for (let round = 0; round < 15; round += 1) {
    const texts = Array.from({ length: 5 }, (_, index) => `newsletter ${index}`);
    const marked = await Promise.all(texts.map(put));
    for (const { hash, sizeBytes } of marked) {
      await pool().query(
        'insert into blob (hash, size_bytes, marked_at) values ($1, $2, $3) on conflict (hash) do update set marked_at = $3',
        [hash, sizeBytes, inDays(-3)],
      );
      await age(hash, 3);
    }
    const [, ...taken] = await Promise.all([
      collect(),
      ...texts.map(async (text) => {
        const blob = await put(text);
        await intake(blob);
        return blob;
      }),
    ]);
    for (const { hash } of taken) {
      expect(await blobs.exists(hash)).toBe(true);
      expect(await rowOf(hash)).toEqual({ markedAt: null });
    }
    await forgetMessages();
  }
});
