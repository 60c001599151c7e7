/**
 * Runs `work` with a signal that aborts on `signal` or after `timeoutMs`.
 * Rejects at once in both cases, also when `work` ignores the signal: nothing waits for ever.
 *
 * @param onTimeout the error to reject with when the time is up
 */
export async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal,
  onTimeout: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  let onAbort: (() => void) | undefined;
  const cut = new Promise<never>((_, reject) => {
    const end = (reason: Error) => {
      // First, so that what the work says about being aborted does not hide why.
      reject(reason);
      controller.abort(reason);
    };
    const timer = setTimeout(() => end(onTimeout()), timeoutMs);
    const abort = () => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    onAbort = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([work(controller.signal), cut]);
  } finally {
    onAbort?.();
  }
}

/** For work that can't be stopped, such as a call to a file system that hangs: waits for it no longer than until the signal aborts. */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
