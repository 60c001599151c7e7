import type { Pool } from 'pg';
import type { Clock } from '../ports/common.ts';
import { sqlOn } from './sql.ts';

const measureEveryMs = 60_000;
/** A slower answer says too little about the moment it was given. */
const slowestAnswerMs = 1_000;

/**
 * The database's time, whatever the clock of this machine says. Due times that one worker writes are compared with it, so
 * a worker whose clock is behind would poll without a pause, and one whose clock is ahead too late.
 */
export async function openDatabaseClock(pool: Pool): Promise<Clock & { close(): void }> {
  let aheadMs = (await measure(pool)) ?? 0;
  const timer = setInterval(() => {
    measure(pool).then(
      (measured) => (aheadMs = measured ?? aheadMs),
      () => undefined,
    );
  }, measureEveryMs);
  return {
    now: () => new Date(Date.now() + aheadMs),
    close: () => clearInterval(timer),
  };
}

/** @returns by how much the database is ahead of this machine, in ms */
async function measure(pool: Pool): Promise<number | undefined> {
  const asked = Date.now();
  const [row] = await sqlOn(pool).query<{ now: Date }>('select clock_timestamp() as now');
  const answered = Date.now();
  if (!row || answered - asked > slowestAnswerMs) return undefined;
  return row.now.getTime() - Math.round((asked + answered) / 2);
}
