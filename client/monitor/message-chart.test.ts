import { expect, test } from 'vitest';
import { chartBars, chartQuery, chartTop } from './message-chart.ts';

const now = new Date(2026, 10, 25, 14, 35, 12);
const local = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();

test('each span ends with the step that it is now', () => {
  expect(chartQuery('day', now)).toEqual({ from: local(24, 15), to: local(25, 15), stepHours: 1 });
  expect(chartQuery('week', now)).toEqual({ from: local(18, 18), to: local(25, 18), stepHours: 6 });
  expect(chartQuery('month', now)).toEqual({
    from: new Date(Date.parse(local(26, 0)) - 30 * 86_400_000).toISOString(),
    to: local(26, 0),
    stepHours: 24,
  });
});

test('statuses are put together, and steps without messages are bars of nothing', () => {
  const from = '2026-11-25T00:00:00.000Z';
  const steps = [{ at: '2026-11-25T01:00:00.000Z', counts: { COMPLETED: 5, DISCARDED: 1, ESCALATED: 2, RETRY: 1, FAILED: 3 } }];
  const bars = chartBars({ from, to: '2026-11-25T03:00:00.000Z', stepHours: 1, steps });
  expect(bars.map((bar) => bar.total)).toEqual([0, 12, 0]);
  expect(bars[1]?.counts).toEqual({ completed: 5, other: 3, open: 1, failed: 3 });
});

test.each([
  [0, 2],
  [7, 8],
  [10, 10],
  [11, 20],
  [4_321, 6_000],
])('a highest bar of %i is drawn below %i', (total, top) => {
  expect(chartTop([{ from: now, to: now, total, counts: { completed: total, other: 0, open: 0, failed: 0 } }])).toBe(top);
});
