import { expect, test } from 'vitest';
import { maxTries, nextAttemptAt, pollBackOffMs } from './retry.ts';

const now = new Date('2026-11-22T10:00:00Z');
const middle = 0.5;

test('an attempt that failed is made again after ever longer waits, and then no more', () => {
  const waits = Array.from({ length: maxTries }, (_, index) => nextAttemptAt(index + 1, now, middle)?.getTime());
  expect(waits.map((at) => at && (at - now.getTime()) / 1_000)).toEqual([10, 60, 300, 900, undefined]);
});

test('messages that failed together are not tried again at one moment', () => {
  const seconds = [0, 1].map((random) => Number(nextAttemptAt(1, now, random)) - now.getTime());
  expect(seconds).toEqual([9_000, 11_000]);
});

test('a failed poll is repeated after seconds at first, then after minutes, and never given up', () => {
  const waits = [1, 2, 3, 4, 5, 6, 1_000].map((failures) => pollBackOffMs(failures, middle));
  expect(waits).toEqual([5_000, 15_000, 45_000, 120_000, 300_000, 300_000, 300_000]);
});
