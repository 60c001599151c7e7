import { setTimeout as sleep } from 'node:timers/promises';

export interface Batches<T> {
  add(item: T): void;
  /** Sends what waits, with one last try, and ends. */
  close(): Promise<void>;
}

/**
 * Sends items one batch after the other: what comes within `gatherMs`, or while a batch is under way, goes together.
 * A batch that failed is sent again after `retryMs`, together with what has come since.
 */
export function openBatches<T>({
  send,
  gatherMs = 0,
  retryMs,
  onError,
}: {
  send: (items: T[]) => Promise<unknown>;
  gatherMs?: number;
  retryMs: number;
  onError: (error: unknown, items: T[]) => void;
}): Batches<T> {
  const closing = new AbortController();
  let waiting: T[] = [];
  let sending: Promise<void> | undefined;

  async function sendWaiting(): Promise<void> {
    while (waiting.length > 0) {
      if (gatherMs > 0) await sleep(gatherMs, undefined, { signal: closing.signal }).catch(() => undefined);
      const items = waiting;
      waiting = [];
      const isLastTry = closing.signal.aborted;
      try {
        await send(items);
      } catch (error) {
        onError(error, items);
        if (isLastTry) continue;
        waiting = [...items, ...waiting];
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    sending = undefined;
  }

  return {
    add(item) {
      waiting.push(item);
      sending ??= sendWaiting();
    },
    async close() {
      closing.abort();
      await sending;
    },
  };
}
