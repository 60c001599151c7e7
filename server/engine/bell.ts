import { randomUUID } from 'node:crypto';
import type { Db } from 'pg-boss';
import type { Logger } from '../ports/common.ts';

const channel = 'mailroom_jobs';
/** Rings of this long become one: a NOTIFY takes a lock that all committing notifiers share. */
const gatherMs = 20;

export interface Bell {
  /** Says to the workers of other processes that jobs may be waiting. */
  ring(): void;
  close(): Promise<void>;
}

/**
 * LISTEN/NOTIFY between processes; only a hint, since every worker also looks by itself.
 * pg-boss keeps the listening connection and opens it again when it breaks.
 *
 * @param onRing somebody else has rung, or may have while the connection was broken
 */
export async function openBell(db: Db, log: Logger, onRing: () => void): Promise<Bell> {
  if (!db.listen) throw new Error('This connection of pg-boss does not listen.');
  const self = randomUUID();
  const listening = await db.listen(
    channel,
    (ringer) => {
      if (ringer !== self) onRing();
    },
    onRing,
  );
  let timer: NodeJS.Timeout | undefined;

  function notify(): void {
    timer = undefined;
    db.executeSql('select pg_notify($1, $2)', [channel, self]).catch((error: unknown) => {
      log.debug({ error: String(error) }, 'other workers could not be told of new jobs; they look by themselves');
    });
  }

  return {
    ring() {
      timer ??= setTimeout(notify, gatherMs);
    },
    async close() {
      clearTimeout(timer);
      await listening.close();
    },
  };
}
