/** A fixed number of places for work that is done side by side; whoever finds none waits in line. */
export interface Places {
  free(): number;
  /** @returns gives the place back; undefined when `signal` aborted first */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function makePlaces(count: number): Places {
  let taken = 0;
  const waiting = new Set<() => void>();

  function occupy(): () => void {
    taken += 1;
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      taken -= 1;
      const [next] = waiting;
      next?.();
    };
  }

  return {
    free: () => Math.max(0, count - taken - waiting.size),
    take(signal) {
      if (signal.aborted) return Promise.resolve(undefined);
      if (taken < count) return Promise.resolve(occupy());
      return new Promise((resolve) => {
        const end = (place: (() => void) | undefined) => {
          waiting.delete(onFree);
          signal.removeEventListener('abort', onAbort);
          resolve(place);
        };
        const onFree = () => end(occupy());
        const onAbort = () => end(undefined);
        waiting.add(onFree);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
