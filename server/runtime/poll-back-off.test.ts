import { expect, test } from 'vitest';
import { pollBackOffMs } from './poll-back-off.ts';

test('a failed poll is repeated after seconds at first, then after minutes, and never given up', () => {
  const waits = [1, 2, 3, 4, 5, 6, 1_000].map((failures) => pollBackOffMs(failures, 0.5));
  expect(waits).toEqual([5_000, 15_000, 45_000, 120_000, 300_000, 300_000, 300_000]);
});
