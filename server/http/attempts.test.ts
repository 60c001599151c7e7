import { expect, it } from 'vitest';
import { createAttempts } from './attempts.ts';

function attemptsAt(start: number) {
  const time = { ms: start };
  return { time, attempts: createAttempts({ max: 3, windowMs: 60_000 }, { now: () => new Date(time.ms) }) };
}

it('refuses once the limit is reached, and says how many seconds are left', () => {
  const { time, attempts } = attemptsAt(0);
  expect([1, 2, 3].map(() => attempts.begin('a'))).toEqual([0, 0, 0]);
  time.ms = 20_000;
  expect(attempts.begin('a')).toBe(40);
  expect(attempts.begin('b')).toBe(0);
});

it('admits attempts again after the window', () => {
  const { time, attempts } = attemptsAt(0);
  for (let i = 0; i < 4; i++) attempts.begin('a');
  time.ms = 60_000;
  expect(attempts.begin('a')).toBe(0);
});

it('forgets failures after a success, and takes back what was nobody’s fault', () => {
  const { attempts } = attemptsAt(0);
  for (let i = 0; i < 3; i++) attempts.begin('a');
  attempts.forgive('a');
  expect(attempts.begin('a')).toBe(0);
  expect(attempts.begin('a')).toBeGreaterThan(0);
  attempts.clear('a');
  expect(attempts.begin('a')).toBe(0);
});

it('keeps a bounded number of names', () => {
  const { attempts } = attemptsAt(0);
  for (let i = 0; i < 3; i++) attempts.begin('first');
  for (let i = 0; i < 10_000; i++) attempts.begin(`made up ${i}`);
  expect(attempts.begin('first')).toBe(0);
});
