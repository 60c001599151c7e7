import { isOfQuarantine } from '../../shared/bulk-kinds.ts';
import type { BulkStore, BulkWork, ClaimedBulk } from '../ports/bulks.ts';
import type { Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import { pause } from './deadline.ts';

/** Does what people asked for many messages or mails, one bulk action after the other; of several workers each takes another. */

/** A worker that does nothing of it for so long is dead. */
const leaseMs = 10_000;
/** Where no event told of a new one. */
const lookEveryMs = 5_000;
/** How many between two looks at whether it was stopped; progress is told as often. */
const partSize = 25;
const keepMs = 30 * 24 * 60 * 60_000;
const forgetEveryMs = 60 * 60_000;

export interface BulkParts {
  bulkWork: BulkWork;
  bulks: Pick<BulkStore, 'forget'>;
  events: Events;
  worker: string;
  log: Logger;
}

/** Another lease is for tests. */
export function startBulks({ bulkWork, bulks, events, worker, log }: BulkParts, lease = leaseMs): { close(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  let rung = new AbortController();
  let forgotAt = -Infinity;
  const unsubscribe = events.subscribe(({ kind }) => {
    if (kind === 'bulk') rung.abort();
  });

  async function doAll(bulk: ClaimedBulk): Promise<void> {
    for (let isOver = false; !isOver && !signal.aborted;) {
      const part = await bulkWork.doNext(bulk, worker, lease, partSize, signal);
      ({ isOver } = part);
      for (const id of part.changed) {
        events.publish({ kind: isOfQuarantine(bulk.kind) ? 'quarantine' : 'message', id });
        if (bulk.kind === 'cancel') events.publish({ kind: 'cancel', id });
      }
      events.publish({ kind: 'bulk', id: bulk.id });
    }
    if (signal.aborted) await bulkWork.letGo(bulk, worker);
  }

  async function look(): Promise<void> {
    if (performance.now() - forgotAt > forgetEveryMs) {
      forgotAt = performance.now();
      await bulks.forget(keepMs);
    }
    for (let bulk = await bulkWork.claim(worker, lease); bulk; bulk = await bulkWork.claim(worker, lease)) {
      await doAll(bulk);
      if (signal.aborted) return;
    }
  }

  const loop = (async () => {
    while (!signal.aborted) {
      rung = new AbortController();
      await look().catch((error: unknown) => log.warn({ error: String(error) }, 'a bulk action could not go on; trying again'));
      await pause(Math.min(lookEveryMs, lease), AbortSignal.any([rung.signal, signal]));
    }
  })();

  return {
    async close() {
      unsubscribe();
      stopping.abort();
      await loop;
    },
  };
}
