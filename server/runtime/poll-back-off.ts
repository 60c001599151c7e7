const pollWaitsMs = [5_000, 15_000, 45_000, 120_000, 300_000];

/** How long to wait after the nth failed poll in a row, in ms. */
export function pollBackOffMs(failuresInRow: number, random = Math.random()): number {
  const wait = pollWaitsMs[Math.min(failuresInRow, pollWaitsMs.length) - 1] ?? 0;
  return wait * (0.9 + random * 0.2);
}
