import { expect, it } from 'vitest';
import { timelineOf } from './timeline.ts';

const at = (ms: number) => new Date(1_000_000 + ms).toISOString();
const step = (position: number, fromMs: number, toMs: number | null) => ({
  position,
  startedAt: at(fromMs),
  endedAt: toMs === null ? null : at(toMs),
});

it('puts all steps of an attempt on one axis', () => {
  const { bars, ticks } = timelineOf([step(0, 0, 100), step(1, 100, 300), step(2, 300, 400)], 0);
  expect([...bars.values()]).toEqual([
    { start: 0, width: 25 },
    { start: 25, width: 50 },
    { start: 75, width: 25 },
  ]);
  expect(ticks).toEqual(['0', '200 ms', '400 ms']);
});

it('lets what still runs go on until now', () => {
  expect(timelineOf([step(0, 0, 100), step(1, 100, null)], Date.parse(at(1_000))).bars.get(1)).toEqual({ start: 10, width: 90 });
});

it('shows what took no time at all, inside of the axis', () => {
  const { bars } = timelineOf([step(0, 0, 0), step(1, 1_000, 1_000)], 0);
  for (const { start, width } of bars.values()) {
    expect(width).toBeGreaterThan(0);
    expect(start + width).toBeLessThanOrEqual(100);
  }
});

it('has no negative bar where a clock was set back', () => {
  expect(timelineOf([step(0, 500, 100)], 0).bars.get(0)?.width).toBeGreaterThan(0);
});

it('is empty without steps', () => {
  expect(timelineOf([], 0)).toEqual({ bars: new Map(), ticks: [] });
});
