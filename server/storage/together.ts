import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

export interface TogetherOptions {
  /** Items of one statement at most. */
  limit?: number;
  /** From the start of one statement to that of the next: where calls come all the time, those of this time go together. */
  gatherMs?: number;
}

/**
 * Makes one statement of calls that come close together: those that arrive while one is under way go with the next.
 * A lone call waits for nobody. When a shared statement fails, each of its calls is made alone, so that one bad row
 * fails one call.
 *
 * @param run gets 1 to `limit` items, resolves with one result each, in their order
 */
export function together<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  { limit = 200, gatherMs = 0 }: TogetherOptions = {},
): (item: Item) => Promise<Result> {
  let waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  let isRunning = false;
  let startedAt = -Infinity;

  async function runAll(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      const calls = waiting.slice(0, limit);
      waiting = waiting.slice(limit);
      startedAt = performance.now();
      const results = await runEach(
        run,
        calls.map((call) => call.item),
      );
      calls.forEach((call, index) => {
        const result = results[index];
        if (result?.status === 'fulfilled') call.resolve(result.value);
        else call.reject(result?.reason);
      });
    }
    isRunning = false;
  }

  async function gather(): Promise<void> {
    const waitMs = startedAt + gatherMs - performance.now();
    // At least until this turn of the event loop has ended, so that what comes in one turn goes together.
    await (waitMs >= 1 && waiting.length < limit ? sleep(waitMs) : turn());
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      void runAll();
    });
}

async function runEach<Item, Result>(run: (items: Item[]) => Promise<Result[]>, items: Item[]): Promise<PromiseSettledResult<Result>[]> {
  try {
    return (await run(items)).map((value) => ({ status: 'fulfilled', value }));
  } catch (reason) {
    if (items.length === 1) return [{ status: 'rejected', reason }];
    return (await Promise.all(items.map((item) => runEach(run, [item])))).flat();
  }
}
