import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { SuspectStore } from '../ports/suspects.ts';
import { makePlaces } from './places.ts';

/**
 * Messages whose job was handed out before and did not come to an end: most were under way when their worker was stopped or cut off,
 * but one may be what ended it. They are run one at a time and in sight of the database, so that what does not come back is known by
 * name, and not what ran beside it. Messages that are run for the first time cost nothing.
 */
export interface Suspects {
  /**
   * Runs `work` with no other suspect beside it in this process.
   *
   * @throws FlowError MAIL_BREAKS_WORKER instead, once the same attempt has not come back too often
   */
  alone<T>(of: { messageId: string; attempt: number }, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Tries that did not come back before a mail is set aside. The first, when nobody suspected it, is not among those that are counted. */
const maxTries = 4;

/**
 * A job that was handed out this often is watched to its end. Until then only while its mail is read: receivers take their time,
 * and what waits for them must not keep the others waiting.
 */
const watchedWhollyFrom = 4;

/** @param handOuts how often the job was handed out before */
export function suspicionOf(handOuts: number): 'none' | 'reading' | 'whole' {
  if (handOuts === 0) return 'none';
  return handOuts < watchedWhollyFrom ? 'reading' : 'whole';
}

export function makeSuspects({ store, log }: { store: SuspectStore; log: Logger }): Suspects {
  const place = makePlaces(1);
  return {
    async alone({ messageId, attempt }, signal, work) {
      const giveBack = await place.take(signal);
      if (!giveBack) throw signal.reason;
      try {
        const losses = await store.begin(messageId, attempt);
        try {
          if (losses >= maxTries - 1) throw new FlowError('MAIL_BREAKS_WORKER', { times: losses + 1 });
          if (losses > 0) log.warn({ messageId, losses: losses + 1 }, 'a mail is read again whose reading did not come back before');
          return await work();
        } finally {
          // Where the database does not answer, it counts as one that did not come back.
          await store
            .cameBack(messageId)
            .catch((error: unknown) => log.warn({ error: String(error), messageId }, 'that an attempt came back could not be written'));
        }
      } finally {
        giveBack();
      }
    },
  };
}
