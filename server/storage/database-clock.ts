import type { Pool } from 'pg';
import type { Clock } from '../ports/common.ts';
import { sqlOn } from './sql.ts';

const measureEveryMs = 60_000;
/** A slower answer says too little about the moment it was given. */
const slowestAnswerMs = 1_000;
/** At the start the best of these counts, however slow. */
const firstMeasures = 3;

/**
 * The database's time, whatever the clock of this machine says, and whenever somebody sets it. Due times that one worker writes
 * are compared with it, so a worker whose clock is behind would poll without a pause, and one whose clock is ahead too late.
 */
export async function openDatabaseClock(pool: Pool): Promise<Clock & { close(): void }> {
  let { aheadMs } = await bestOf(pool);
  const timer = setInterval(() => {
    measure(pool).then(
      (measured) => {
        if (measured.tookMs <= slowestAnswerMs) aheadMs = measured.aheadMs;
      },
      () => undefined,
    );
  }, measureEveryMs);
  return {
    now: () => new Date(performance.now() + aheadMs),
    close: () => clearInterval(timer),
  };
}

interface Measured {
  /** By how much the database is ahead of this process's monotonic clock. */
  aheadMs: number;
  /** Half of it is how far wrong that can be. */
  tookMs: number;
}

async function measure(pool: Pool): Promise<Measured> {
  const asked = performance.now();
  const [row] = await sqlOn(pool).query<{ now: Date }>('select clock_timestamp() as now');
  const answered = performance.now();
  if (!row) throw new Error('the database did not say what time it is');
  return { aheadMs: row.now.getTime() - (asked + answered) / 2, tookMs: answered - asked };
}

async function bestOf(pool: Pool): Promise<Measured> {
  let best = await measure(pool);
  for (let made = 1; made < firstMeasures; made += 1) {
    const next = await measure(pool);
    if (next.tookMs < best.tookMs) best = next;
  }
  return best;
}
