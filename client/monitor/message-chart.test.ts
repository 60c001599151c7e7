import { expect, test } from 'vitest';
import { chartBars, chartQuery, chartTop, stepText } from './message-chart.ts';

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

test('a part of the time that lies further back is shown in a span of its own', () => {
  const chosen = { from: local(20, 3), to: local(20, 6) };
  expect(chartQuery('day', now, chosen)).toEqual({ from: local(19, 6), to: local(20, 6), stepHours: 1 });
  expect(chartQuery('week', now, chosen)).toEqual(chartQuery('week', now));
});

test('steps without messages are bars of nothing', () => {
  const from = '2026-11-25T00:00:00.000Z';
  const counts = { COMPLETED: 5, DISCARDED: 1, ESCALATED: 2, RETRY: 1, FAILED: 3 };
  const bars = chartBars({ from, to: '2026-11-25T03:00:00.000Z', stepHours: 1, steps: [{ at: '2026-11-25T01:00:00.000Z', counts }] });
  expect(bars.map((bar) => bar.total)).toEqual([0, 12, 0]);
  expect(bars[1]?.counts).toEqual(counts);
});

test('a time is told as shortly as it can be', () => {
  const text = (from: [number, number], to: [number, number]) =>
    stepText({ from: new Date(2026, 10, ...from), to: new Date(2026, 10, ...to) });
  const day = (number: number) => new Date(2026, 10, number).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  expect(text([25, 0], [26, 0])).toBe(day(25));
  expect(text([23, 0], [26, 0])).toBe(`${day(23)} – ${day(25)}`);
  expect(text([25, 14], [25, 15]).split(day(25))).toHaveLength(2);
  expect(text([24, 18], [25, 6])).toContain(`– ${day(25)}`);
});

test.each([
  [0, 2],
  [7, 8],
  [10, 10],
  [11, 20],
  [4_321, 6_000],
])('a highest bar of %i is drawn below %i', (total, top) => {
  expect(chartTop([{ total }])).toBe(top);
});
