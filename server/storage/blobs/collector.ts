import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobRef, BlobStore } from '../../ports/blobs.ts';
import type { Clock, Logger } from '../../ports/common.ts';
import { mayRemoveBlobs } from '../backup/blob-hold.ts';
import type { Database } from '../database.ts';
import { sqlOn, transaction, type Sql } from '../sql.ts';

const dayMs = 24 * 60 * 60 * 1000;
const pageSize = 500;

const minuteMs = 60 * 1000;
/** A start is no time for extra work. */
const firstPassAfterMs = 5 * minuteMs;
const passEveryMs = 6 * 60 * minuteMs;

/** Collects in the background until it is closed. Several processes may do so at once. */
export function startBlobCollector({
  clock,
  log,
  ...stores
}: {
  database: Pick<Database, 'pool'>;
  blobs: BlobStore;
  clock: Clock;
  log: Logger;
}): { close(): Promise<void> } {
  const closing = new AbortController();
  const { signal } = closing;

  async function collectForever(): Promise<void> {
    for (let waitMs = firstPassAfterMs; ; waitMs = passEveryMs) {
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        log.info(await collectBlobs({ ...stores, log, now: clock.now(), signal }), 'looked for unused blobs');
      } catch (error) {
        log.warn({ error: String(error) }, 'unused blobs could not be looked for');
      }
    }
  }

  const collecting = collectForever();
  return {
    async close() {
      closing.abort();
      await collecting;
    },
  };
}

/** What a pass did, in blobs. */
export interface Collection {
  /** Files without a row, for which one was made. */
  found: number;
  marked: number;
  removed: number;
}

/**
 * One pass over all blobs: marks those that nothing refers to, removes those marked at least 24 hours ago.
 *
 * Safe against a re-use at the same moment: intake takes the mark off under the row's lock, which a removal holds as well,
 * and content that was put within the last 24 hours is not removed, whether intake has come to its row or not.
 * Files without a row (a put whose intake failed) get a marked one after a day and go the same way.
 *
 * While a backup is being made, nothing is removed.
 *
 * Every statement and transaction covers at most 500 blobs; `signal` ends the pass between two of them.
 */
export async function collectBlobs({
  database,
  blobs,
  log,
  now,
  signal,
  restMs = dayMs,
}: {
  database: Pick<Database, 'pool'>;
  blobs: BlobStore;
  log: Logger;
  now: Date;
  signal?: AbortSignal;
  /** Instead of 24 hours: longer than intake ever takes from a blob to its row. */
  restMs?: number;
}): Promise<Collection> {
  const sql = sqlOn(database.pool);
  const dayAgo = new Date(now.getTime() - restMs);
  const done: Collection = { found: 0, marked: 0, removed: 0 };

  for await (const page of pagesOf(blobs.list())) {
    if (signal?.aborted) return done;
    const old = page.filter((blob) => blob.putAt <= dayAgo);
    if (old.length > 0) done.found += await registerFiles(sql, old, now);
  }

  for (let page = await markPage(sql, '', now); page.last !== null; page = await markPage(sql, page.last, now)) {
    if (signal?.aborted) return done;
    done.marked += page.marked;
  }

  for (let hashes = await markedBefore(sql, dayAgo, ''); hashes.length > 0;) {
    for (const hash of hashes) {
      if (signal?.aborted) return done;
      try {
        const outcome = await removeBlob(database, blobs, hash, dayAgo, now);
        if (outcome === 'held') return done;
        if (outcome === 'removed') done.removed += 1;
      } catch (error) {
        log.warn({ hash, error: String(error) }, 'an unused blob could not be removed; the next pass tries again');
      }
    }
    hashes = await markedBefore(sql, dayAgo, hashes.at(-1) ?? '');
  }
  return done;
}

/** Rows that are there are left out before the insert, which would wait for those that intake has locked. */
async function registerFiles(sql: Sql, files: BlobRef[], now: Date): Promise<number> {
  const rows = await sql.query(
    `insert into blob (hash, size_bytes, marked_at)
     select hash, "sizeBytes", $2 from jsonb_to_recordset($1::jsonb) as f(hash text, "sizeBytes" bigint)
      where not exists (select 1 from blob where blob.hash = f.hash)
      order by hash
     on conflict (hash) do nothing
     returning hash`,
    [JSON.stringify(files), now],
  );
  return rows.length;
}

/** A condition: something refers to the blob with this hash. What is in use, what a backup has to hold, and what may go. */
export const refersTo = (hash: string) =>
  `(exists (select 1 from message_log where raw_hash = ${hash}) or exists (select 1 from quarantine where raw_hash = ${hash}))`;

/** Rows that intake has locked are in use and passed over; waiting for them could block both. */
async function markPage(sql: Sql, after: string, now: Date): Promise<{ last: string | null; marked: number }> {
  const [page] = await sql.query<{ last: string | null; marked: number }>(
    `with page as (select hash from blob where hash > $1 order by hash limit $2),
          unused as (select b.hash from blob b join page using (hash)
                      where b.marked_at is null and not ${refersTo('b.hash')}
                        for update of b skip locked),
          marked as (update blob set marked_at = $3 where hash in (select hash from unused) returning 1)
     select (select max(hash) from page) as last, (select count(*)::int from marked) as marked`,
    [after, pageSize, now],
  );
  return page ?? { last: null, marked: 0 };
}

async function markedBefore(sql: Sql, before: Date, after: string): Promise<string[]> {
  const rows = await sql.query<{ hash: string }>('select hash from blob where marked_at <= $1 and hash > $2 order by hash limit $3', [
    before,
    after,
    pageSize,
  ]);
  return rows.map((row) => row.hash);
}

/** @returns `held` while a backup is being made, which may need what nothing refers to any more */
function removeBlob(
  database: Pick<Database, 'pool'>,
  blobs: BlobStore,
  hash: string,
  dayAgo: Date,
  now: Date,
): Promise<'removed' | 'kept' | 'held'> {
  return transaction(database.pool, async (sql) => {
    if (!(await mayRemoveBlobs(sql))) return 'held';
    const locked = await sql.query('select 1 from blob where hash = $1 and marked_at <= $2 for update skip locked', [hash, dayAgo]);
    if (locked.length === 0) return 'kept';
    // A statement of its own, so that it sees what was committed before the lock was given.
    const [use] = await sql.query<{ isUsed: boolean }>(`select ${refersTo('$1')} as "isUsed"`, [hash]);
    if (use?.isUsed !== false) {
      await sql.query('update blob set marked_at = null where hash = $1', [hash]);
      return 'kept';
    }
    if (!(await blobs.remove(hash, dayAgo))) {
      await sql.query('update blob set marked_at = $2 where hash = $1', [hash, now]);
      return 'kept';
    }
    await sql.query('delete from blob where hash = $1', [hash]);
    return 'removed';
  });
}

async function* pagesOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
