import { expect, test } from 'vitest';
import { nextRun, nextRuns, type Schedule } from './schedule.ts';

const fiveMinutes: Schedule = { kind: 'interval', every: 5, unit: 'minutes' };

test('runs lie on a grid that a late poll does not move', () => {
  const [first, second] = nextRuns(fiveMinutes, new Date('2026-11-22T10:02:30Z'), 2);
  expect(first?.toISOString()).toBe('2026-11-22T10:05:00.000Z');
  expect(second?.toISOString()).toBe('2026-11-22T10:10:00.000Z');
  expect(nextRun(fiveMinutes, new Date('2026-11-22T10:05:00Z')).toISOString()).toBe('2026-11-22T10:10:00.000Z');
});

test('an offset spreads channels over the interval', () => {
  const run = nextRun(fiveMinutes, new Date('2026-11-22T10:02:30Z'), 90_000 + 5 * 300_000);
  expect(run.toISOString()).toBe('2026-11-22T10:06:30.000Z');
});

test('the next run is always later than now', () => {
  const now = new Date('2026-11-22T10:06:30Z');
  expect(nextRun(fiveMinutes, now, 90_000).getTime()).toBeGreaterThan(now.getTime());
});
