import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `state` gives something other than undefined or false, which it returns; fails after `deadlineMs`. */
export async function eventually<T>(
  state: () => T | Promise<T>,
  { what = 'the expected state', deadlineMs = 10_000 } = {},
): Promise<Exclude<T, undefined | false>> {
  const giveUpAt = Date.now() + deadlineMs;
  for (;;) {
    const value = await state();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (Date.now() > giveUpAt) throw new Error(`${what} did not come within ${deadlineMs} ms`);
    await sleep(20);
  }
}
