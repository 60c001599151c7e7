import { createHmac, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Erasure, ErasureCounts } from '../ports/erasure.ts';
import { mayRemoveBlobs } from './backup/blob-hold.ts';
import { eachOf } from './backup/blob-copies.ts';
import { refersTo } from './blobs/collector.ts';
import { addressFieldsOf, addressTest } from './mail-addresses.ts';
import { forgetAnswers } from './request-store.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';

/** Heads are read side by side: each waits for its disk or database. */
const readsAtOnce = 16;
const pageSize = 500;

/** What is kept of one person. */
interface Kept {
  /** Raw mails. */
  hashes: string[];
  /** Mails in quarantine whose bytes are not here. */
  quarantineIds: string[];
  unreadable: number;
}

/** @param masterKey keys the hash of the address that stays in the record, so that it can't be guessed from it */
export function openErasure({ pool, blobs, masterKey }: { pool: Pool; blobs: BlobStore; masterKey: Buffer }): Erasure {
  const sql = sqlOn(pool);

  async function look(address: string, signal: AbortSignal): Promise<Kept> {
    const isHers = addressTest(address);
    const kept: Kept = { hashes: [], quarantineIds: [], unreadable: 0 };
    await eachOf(allMails(sql), readsAtOnce, signal, async ({ hash, people }) => {
      try {
        if (isHers(people) || isHers(await addressFieldsOf(blobs.open(hash)))) kept.hashes.push(hash);
      } catch (error) {
        if (!(error instanceof FlowError) || error.code !== 'BLOB_MISSING') throw error;
        kept.unreadable += 1;
      }
    });
    const withoutBytes = await sql.query<{ id: string; from: string }>('select id, "from" from quarantine where raw_hash is null');
    kept.quarantineIds = withoutBytes.filter(({ from }) => isHers(from)).map(({ id }) => id);
    return kept;
  }

  async function count({ hashes, quarantineIds, unreadable }: Kept): Promise<ErasureCounts> {
    const [counts] = await sql.query<Omit<ErasureCounts, 'mails' | 'unreadable'>>(
      `select (select count(*)::int from message_log where raw_hash = any($1)) as messages,
              (select count(*)::int from message_log where raw_hash = any($1) and status in ('PROCESSING', 'RETRY')) as open,
              (select count(*)::int from quarantine where raw_hash = any($1) or id = any($2::uuid[])) as quarantined,
              (select coalesce(sum(size_bytes), 0)::float8 from blob where hash = any($1)) as "mailBytes"`,
      [hashes, quarantineIds],
    );
    return { messages: 0, open: 0, quarantined: 0, mailBytes: 0, ...counts, mails: hashes.length, unreadable };
  }

  return {
    find: async (address, signal) => count(await look(address, signal)),

    async erase(address, by, signal) {
      const kept = await look(address, signal);
      const counts = await count(kept);
      if (counts.open > 0) throw new FlowError('ERASE_STILL_OPEN', { count: counts.open });
      for (const hash of kept.hashes) {
        signal.throwIfAborted();
        await transaction(pool, (tx) => eraseMail(tx, blobs, hash));
      }
      await transaction(pool, async (tx) => {
        await forgetInLedger(tx, 'id in (select ledger_id from quarantine where id = any($1::uuid[]))', [kept.quarantineIds]);
        await tx.query('delete from quarantine where id = any($1::uuid[])', [kept.quarantineIds]);
        await forgetSearches(tx, address);
        await record(tx, masterKey, address, by, counts);
      });
      return counts;
    },
  };
}

/** Every raw mail that is kept, with what the log says of who it is from and to. */
async function* allMails(sql: Sql): AsyncGenerator<{ hash: string; people: string }> {
  for (let after = ''; ;) {
    const page = await sql.query<{ hash: string; people: string }>(
      `select b.hash, coalesce((select string_agg(m."from" || E'\\n' || m."to", E'\\n') from message_log m where m.raw_hash = b.hash), '') as people
         from blob b where b.hash > $1 and ${refersTo('b.hash')} order by b.hash limit $2`,
      [after, pageSize],
    );
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.hash;
  }
}

/** The same bytes are the same mail: all messages of it go, and its bytes at once. */
async function eraseMail(sql: Sql, blobs: BlobStore, hash: string): Promise<void> {
  if (!(await mayRemoveBlobs(sql))) throw new FlowError('BACKUP_RUNNING', {});
  // Intake of the same bytes waits for this lock and finds them gone, or was first and is seen here.
  await sql.query('select 1 from blob where hash = $1 for update', [hash]);
  const messages = await sql.query<{ id: string; status: string }>('select id, status from message_log where raw_hash = $1 for update', [
    hash,
  ]);
  const open = messages.filter(({ status }) => status === 'PROCESSING' || status === 'RETRY').length;
  if (open > 0) throw new FlowError('ERASE_STILL_OPEN', { count: open });
  const ids = messages.map(({ id }) => id);
  await forgetInLedger(
    sql,
    'content_hash = $1 or message_id = any($2::uuid[]) or id in (select ledger_id from quarantine where raw_hash = $1)',
    [hash, ids],
  );
  await sql.query('delete from quarantine where raw_hash = $1 or message_id = any($2::uuid[])', [hash, ids]);
  for (const table of await tablesOfMessages(sql)) await sql.query(`delete from ${table} where message_id = any($1::uuid[])`, [ids]);
  await deleteSearchText(sql, ids);
  await forgetAnswers(sql, ids);
  await sql.query('delete from message_log where id = any($1::uuid[])', [ids]);
  await sql.query('delete from blob where hash = $1', [hash]);
  await blobs.remove(hash);
}

/**
 * What tells the mail from others stays, so that it is not taken in again: its id on the server and its hash. Its Message-ID stays
 * until what is owed to the server has been done, since a copy in an archive is found by it.
 */
async function forgetInLedger(sql: Sql, where: string, values: unknown[]): Promise<void> {
  await sql.query(
    `update ledger
        set mail_from = '', mail_date = null, mail_message_id = case when owed is null then '' else mail_message_id end,
            message_id = null, settle_error = null, unread_again_at = null,
            state = case when state in ('quarantined', 'held', 'failing') then 'discarded' else state end
      where ${where}`,
    values,
  );
}

/** What somebody has looked for: views that were saved, and filters of what was done to many. */
async function forgetSearches(sql: Sql, address: string): Promise<void> {
  const escaped = address.toLowerCase().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // Not as a part of another address.
  const whole = `(^|[^a-z0-9._%+-])${escaped}($|[^a-z0-9.-])`;
  const names = (column: string) =>
    `jsonb_typeof(${column}) = 'object' and exists (select 1 from jsonb_each_text(${column}) part where lower(part.value) ~ $1)`;
  await sql.query(`delete from saved_view where ${names('search')}`, [whole]);
  await sql.query(`update bulk set filter = '{}' where state <> 'running' and ${names('filter')}`, [whole]);
}

/** Tables that keep something of messages by their id, whichever there are. */
async function tablesOfMessages(sql: Sql): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and a.attname = 'message_id' and a.atttypid = 'uuid'::regtype and not a.attisdropped
        and c.relname not in ('ledger', 'quarantine')
      order by 1`,
  );
  return tables.map(({ name }) => name);
}

async function deleteSearchText(sql: Sql, ids: string[]): Promise<void> {
  const [found] = await sql.query<{ isThere: boolean }>(`select to_regclass('public.message_search') is not null as "isThere"`);
  if (found?.isThere) await sql.query('delete from message_search where id = any($1::uuid[])', [ids]);
}

/** That something was erased, when, by whom and how much; of whom can only be checked by who knows the address and has the key. */
async function record(
  sql: Sql,
  masterKey: Buffer,
  address: string,
  by: string,
  { messages, quarantined, mails }: ErasureCounts,
): Promise<void> {
  const addressHash = createHmac('sha256', masterKey).update(`erasure ${address.trim().toLowerCase()}`).digest('hex');
  await sql.query('insert into setting (key, value) values ($1, $2)', [
    `erasure/${randomUUID()}`,
    json({ at: new Date().toISOString(), by, addressHash, messages, quarantined, mails }),
  ]);
}
