/**
 * Lets only as much work run at once as fits into a budget, in the order it came. What is larger than the budget runs alone.
 * Small work is never held up: it waits behind nobody.
 */
export interface Turnstile {
  /** Runs `work` when its turn has come. @throws the reason of `signal` when that aborts before */
  pass<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  bytes: number;
  letIn: () => void;
}

export function makeTurnstile({ budgetBytes, smallBytes }: { budgetBytes: number; smallBytes: number }): Turnstile {
  let usedBytes = 0;
  const waiting: Waiting[] = [];

  function letIn(): void {
    for (let [next] = waiting; next && (usedBytes === 0 || usedBytes + next.bytes <= budgetBytes); [next] = waiting) {
      waiting.shift();
      usedBytes += next.bytes;
      next.letIn();
    }
  }

  async function turn(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const own: Waiting = { bytes, letIn: resolve };
    const giveUp = () => {
      const place = waiting.indexOf(own);
      if (place === -1) return;
      waiting.splice(place, 1);
      reject(signal.reason);
      letIn();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    waiting.push(own);
    letIn();
    await promise.finally(() => signal.removeEventListener('abort', giveUp));
  }

  return {
    async pass(bytes, signal, work) {
      if (bytes <= smallBytes) return work();
      await turn(bytes, signal);
      try {
        return await work();
      } finally {
        usedBytes -= bytes;
        letIn();
      }
    },
  };
}
