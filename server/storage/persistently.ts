import { setTimeout as sleep } from 'node:timers/promises';
import { FlowError } from '../../shared/errors.ts';

const longestMs = 60_000;
const againMs = 500;

/**
 * Makes a write again while the database is away or its disk is full, for a minute: for what has happened outside and must not be
 * forgotten. That is sooner than the job of a message can be handed out again once the database is back.
 */
export async function persistently<T>(write: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + longestMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const isPassing = error instanceof FlowError && (error.code === 'DATABASE_UNAVAILABLE' || error.code === 'DATABASE_DISK_FULL');
      if (!isPassing || Date.now() > giveUpAt) throw error;
    }
    await sleep(againMs);
  }
}
