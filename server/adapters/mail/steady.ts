import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work on one piece is to take a few milliseconds at most. */
const maxPieceBytes = 256 * 1024;

/**
 * The bytes in pieces that leave time for everything else this process does, until `signal` aborts:
 * then it throws the signal's reason, also where the source never answers again.
 */
export async function* steady(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const chunks = source[Symbol.asyncIterator]();
  let isRead = false;
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), aborted.promise]);
      if (next.done) break;
      for (let at = 0; at < next.value.length; at += maxPieceBytes) {
        if (at > 0) await nextTurn();
        signal.throwIfAborted();
        yield next.value.subarray(at, at + maxPieceBytes);
      }
    }
    isRead = true;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that is waiting for something can't end before that has come.
    if (!isRead) void Promise.resolve(chunks.return?.()).catch(() => {});
  }
}
