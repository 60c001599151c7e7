import { expect, test } from 'vitest';
import { defaultRetry, nextAttemptAt, noRetry, retryText, secondsText, waitSeconds } from './retry.ts';

const now = new Date('2026-11-22T10:00:00Z');
const middle = 0.5;
const secondsUntil = (at: Date | undefined) => at && (at.getTime() - now.getTime()) / 1_000;

test('an attempt that failed is made again after ever longer waits up to the longest, and then no more', () => {
  const waits = [1, 2, 3, 4, 5, 6].map((failures) => secondsUntil(nextAttemptAt(defaultRetry, failures, now, {}, middle)));
  expect(waits).toEqual([10, 30, 90, 270, 810, undefined]);
});

test('messages that failed together are not tried again at one moment', () => {
  const waits = [0, 1].map((random) => secondsUntil(nextAttemptAt(defaultRetry, 1, now, {}, random)));
  expect(waits).toEqual([9, 11]);
});

test('a receiver that asks for more time gets it, up to the longest wait, and never less than the plan says', () => {
  const after = (afterMs: number) => secondsUntil(nextAttemptAt(defaultRetry, 1, now, { afterMs }, middle));
  expect([after(2_000), after(120_000), after(86_400_000)]).toEqual([10, 120, 900]);
});

test('without retries the first failure is the last, whatever the receiver asks for', () => {
  expect(waitSeconds(noRetry, 1)).toBeUndefined();
  expect(nextAttemptAt(noRetry, 1, now, { afterMs: 1_000 })).toBeUndefined();
});

test('the text says the waits that are made, and when it is over', () => {
  expect(retryText(defaultRetry)).toBe('Tries again after 10 s, 30 s, 1.5 min … (5 times). FAILED after about 20 min without success.');
  expect(retryText({ ...defaultRetry, attempts: 2 })).toBe('Tries again after 10 s. FAILED after about 10 s without success.');
  expect(retryText({ ...defaultRetry, attempts: 30, factor: 1 })).toBe(
    'Tries again after 10 s, 10 s, 10 s … (29 times). FAILED after about 4.8 min without success.',
  );
  expect(retryText(noRetry)).toBe('Tried once: FAILED at the first error.');
});

test('spans are written as people say them', () => {
  expect([1, 45, 60, 75, 90, 600, 3_600, 5_400, 7_200, 86_400, 259_200].map(secondsText)).toEqual([
    '1 s',
    '45 s',
    '1 min',
    '75 s',
    '1.5 min',
    '10 min',
    '1 h',
    '1.5 h',
    '2 h',
    '24 h',
    '3 days',
  ]);
});
