import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../ports/common.ts';
import { removeOldAudit } from './audit-store.ts';
import type { Database } from './database.ts';
import { foldCounts, recount } from './log-counts.ts';
import { makeDays } from './log-partitions.ts';
import { removeExpired } from './log-retention.ts';
import { makeIndexOfParts, sortIn } from './message-search.ts';
import { removeOldRequests } from './request-store.ts';
import { openRetention } from './retention-store.ts';
import { sqlOn } from './sql.ts';
import { removeExpiredPayloads } from './trace-store.ts';

const foldEveryMs = 2_000;
/** A start is no time for extra work. */
const firstTidyMs = 4 * 60 * 1000;
/** What has expired is hidden already. */
const removePayloadsEveryMs = 60 * 1000;
const tidyEveryMs = 60 * 60 * 1000;
const checkEveryMs = 24 * tidyEveryMs;

const remedy =
  'The search of the log finds words and their beginnings. For parts of words have an administrator run CREATE EXTENSION pg_trgm in the database, then start again.';

/**
 * Keeps the log in days, its counts folded, and nothing longer than the retention says, in the background until it is closed.
 * Several processes may do so at once.
 */
export async function startLogKeeper({
  database,
  log,
}: {
  database: Pick<Database, 'pool'>;
  log: Logger;
}): Promise<{ close(): Promise<void> }> {
  const { pool } = database;
  const closing = new AbortController();
  const { signal } = closing;

  async function forever(work: () => Promise<void>, firstMs: number, everyMs: number): Promise<void> {
    for (let waitMs = firstMs; ; waitMs = everyMs) {
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await work().catch((error: unknown) => log.warn({ error: String(error) }, 'the log could not be kept in order; trying again later'));
    }
  }

  async function tidy(): Promise<void> {
    await makeDays(pool, log);
    const [now] = await sqlOn(pool).query<{ at: Date }>('select now() as at');
    if (!now) return;
    const removed = await removeExpired({ pool, retention: await openRetention(pool).get(), now: now.at, log, signal });
    await removeOldRequests(pool);
    const oldLines = await removeOldAudit(pool, signal);
    if (oldLines > 0) log.info({ lines: oldLines }, 'removed lines of the audit log that are older than it is kept');
    if (Object.values(removed).some((count) => count > 0)) log.info({ ...removed }, 'removed what is older than the retention');
  }

  async function checkCounts(): Promise<void> {
    const wrong = await recount(pool, signal);
    if (wrong > 0) log.warn({ messages: wrong }, 'the counts of the log were wrong and have been put right');
  }

  async function searchParts(): Promise<void> {
    if (await makeIndexOfParts(pool)) return;
    log.warn({ remedy }, 'parts of words are not searched: the database has no extension pg_trgm');
  }

  // The days that the first mails will need are there before them.
  await makeDays(pool, log);
  const keeping: Promise<void>[] = [
    searchParts().catch((error: unknown) =>
      log.warn({ error: String(error) }, 'the index on parts of words could not be made; the next start tries again'),
    ),
    forever(() => foldCounts(pool), foldEveryMs, foldEveryMs),
    forever(() => sortIn(pool, new Date()), foldEveryMs, foldEveryMs),
    forever(() => removeExpiredPayloads(pool), removePayloadsEveryMs, removePayloadsEveryMs),
    forever(tidy, firstTidyMs, tidyEveryMs),
    forever(checkCounts, firstTidyMs, checkEveryMs),
  ];
  return {
    async close() {
      closing.abort();
      await Promise.all(keeping);
    },
  };
}
