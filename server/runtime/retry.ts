/** When an attempt that failed is made again. */

const secondsUntilNext = [10, 60, 5 * 60, 15 * 60];

/** Attempts in all before a message is FAILED. */
export const maxTries = secondsUntilNext.length + 1;

/**
 * @param tries attempts made so far, at least 1
 * @param random 0 to 1; spreads messages that failed together over a fifth of the wait
 * @returns undefined when the attempts are used up
 */
export function nextAttemptAt(tries: number, now: Date, random = Math.random()): Date | undefined {
  const seconds = secondsUntilNext[tries - 1];
  return seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1_000 * (0.9 + random * 0.2));
}

const pollWaitsMs = [5_000, 15_000, 45_000, 120_000, 300_000];

/** How long to wait after the nth failed poll in a row, in ms. */
export function pollBackOffMs(failuresInRow: number, random = Math.random()): number {
  const wait = pollWaitsMs[Math.min(failuresInRow, pollWaitsMs.length) - 1] ?? 0;
  return wait * (0.9 + random * 0.2);
}
