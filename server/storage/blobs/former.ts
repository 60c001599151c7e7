import { setTimeout as sleep } from 'node:timers/promises';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobStore } from '../../ports/blobs.ts';
import type { Logger } from '../../ports/common.ts';

/** A store whose driver was changed: new content goes to the one of today, what the former one holds is found as before. */
export function withFormer(today: BlobStore, former: BlobStore): BlobStore {
  return {
    put: (content, options) => today.put(content, options),
    sync: () => today.sync(),

    async *open(hash) {
      // Looked for once more at the end: it may have been moved between the first two looks.
      for (const store of [today, former]) if (await store.exists(hash)) return yield* store.open(hash);
      yield* today.open(hash);
    },

    exists: async (hash) => (await today.exists(hash)) || (await former.exists(hash)),

    async *list() {
      yield* today.list();
      yield* former.list();
    },

    async remove(hash, unlessPutSince) {
      const isGone = await today.remove(hash, unlessPutSince);
      return (await former.remove(hash, unlessPutSince)) && isGone;
    },
  };
}

const passEveryMs = 10 * 60 * 1000;

/**
 * Moves what the former driver holds, and what processes that are still to be restarted add to it, until it is closed.
 * Content is removed there once it is here; several processes may move at once.
 */
export function startMover({ from, to, log }: { from: BlobStore; to: BlobStore; log: Logger }): { close(): Promise<void> } {
  const closing = new AbortController();
  const { signal } = closing;

  const moving = (async () => {
    while (!signal.aborted) {
      try {
        await moveBlobs({ from, to, log, signal });
      } catch (error) {
        log.warn({ error: String(error) }, 'stored mails could not be moved; the next pass goes on');
      }
      await sleep(passEveryMs, undefined, { signal }).catch(() => undefined);
    }
  })();

  return {
    async close() {
      closing.abort();
      await moving;
    },
  };
}

/** @returns how many were moved */
export async function moveBlobs({
  from,
  to,
  log,
  signal,
}: {
  from: BlobStore;
  to: BlobStore;
  log: Logger;
  signal?: AbortSignal;
}): Promise<number> {
  let moved = 0;
  for await (const { hash } of from.list()) {
    if (signal?.aborted) break;
    try {
      const put = await to.put(from.open(hash));
      await to.sync();
      if (put.hash !== hash) {
        // What was put under its true hash belongs to nobody: the collector takes it.
        log.warn({ hash }, 'a stored mail is damaged: it is left where it is');
        continue;
      }
      await from.remove(hash);
      moved += 1;
    } catch (error) {
      // Another process was faster.
      if (error instanceof FlowError && error.code === 'BLOB_MISSING' && (await to.exists(hash))) continue;
      throw error;
    }
  }
  if (moved > 0) log.info({ moved }, 'moved stored mails to where this process keeps them');
  return moved;
}
