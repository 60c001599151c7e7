import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { HandedOutJob } from '../ports/engine.ts';
import type { SuspectStore } from '../ports/suspects.ts';
import { makePlaces } from './places.ts';

/**
 * Messages whose job was handed out before and did not come to an end: most were under way when their worker was stopped or cut off,
 * but one may be what ended it. They are run one at a time and in sight of the database, so that what does not come back is known by
 * name, and not what ran beside it. Messages that are run for the first time cost nothing.
 */
export interface Suspects {
  /**
   * Runs an attempt; of a suspect, one at a time in this process.
   *
   * @param run the attempt, which hands the reading of its mail to `reading`
   * @throws FlowError MAIL_BREAKS_WORKER instead, once the same attempt has not come back too often
   */
  watch<T>(
    job: Pick<HandedOutJob, 'messageId' | 'attempt' | 'handOuts'>,
    signal: AbortSignal,
    run: (reading: <R>(read: () => Promise<R>) => Promise<R>) => Promise<T>,
  ): Promise<T>;
}

/** Tries that did not come back before a mail is set aside. The first, when nobody suspected it, is not among those that are counted. */
const maxTries = 4;

/**
 * A job that was handed out this often is watched to its end. Until then only while its mail is read: receivers take their time,
 * and what waits for them must not keep the others waiting.
 */
const watchedWhollyFrom = 4;

export function makeSuspects({ store, log }: { store: SuspectStore; log: Logger }): Suspects {
  const place = makePlaces(1);

  async function alone<T>(
    { messageId, attempt }: Pick<HandedOutJob, 'messageId' | 'attempt'>,
    signal: AbortSignal,
    work: () => Promise<T>,
  ) {
    const giveBack = await place.take(signal);
    if (!giveBack) throw signal.reason;
    try {
      const losses = await store.begin(messageId, attempt);
      try {
        if (losses >= maxTries - 1) throw new FlowError('MAIL_BREAKS_WORKER', { times: losses + 1 });
        if (losses > 0) log.warn({ messageId, losses: losses + 1 }, 'a mail is read again whose reading did not come back before');
        return await work();
      } finally {
        await store.cameBack(messageId).catch((error: unknown) => {
          // Counts as one that did not come back, then.
          log.warn({ error: String(error), messageId }, 'that an attempt came back could not be written');
        });
      }
    } finally {
      giveBack();
    }
  }

  return {
    watch(job, signal, run) {
      if (job.handOuts === 0) return run((read) => read());
      if (job.handOuts >= watchedWhollyFrom) return alone(job, signal, () => run((read) => read()));
      return run((read) => alone(job, signal, read));
    },
  };
}
