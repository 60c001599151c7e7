import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../ports/common.ts';
import type { Database } from './database.ts';
import { foldCounts } from './log-counts.ts';
import { makeDays } from './log-partitions.ts';

const foldEveryMs = 2_000;
const tidyEveryMs = 60 * 60 * 1000;

/** Keeps the log in days and its counts folded, in the background until it is closed. Several processes may do so at once. */
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

  async function forever(everyMs: number, what: string, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await work().catch((error: unknown) => log.warn({ error: String(error) }, `${what}; trying again later`));
    }
  }

  // The days that the first mails will need are there before them.
  await makeDays(pool, log);
  const keeping = [
    forever(foldEveryMs, 'the counts of the log could not be added up', () => foldCounts(pool)),
    forever(tidyEveryMs, 'the days of the log could not be made', () => makeDays(pool, log)),
  ];
  return {
    async close() {
      closing.abort();
      await Promise.all(keeping);
    },
  };
}
