import { expect, test } from 'vitest';
import { between, brushOf, moveEdge } from './time-brush.ts';

const hour = (at: number) => new Date(Date.UTC(2026, 10, 25, at));
const bars = Array.from({ length: 24 }, (_, index) => ({ from: hour(index), to: hour(index + 1) }));
const iso = (at: number) => hour(at).toISOString();

test('dragging to the left chooses the same as dragging to the right', () => {
  expect(between(7, 3)).toEqual(between(3, 7));
});

test('times choose the bars that hold them, and none where they lie outside', () => {
  expect(brushOf(bars, iso(3), iso(5))).toEqual({ first: 3, last: 4 });
  expect(brushOf(bars, '2026-11-25T03:30:00.000Z', '2026-11-25T03:40:00.000Z')).toEqual({ first: 3, last: 3 });
  expect(brushOf(bars, iso(-10), iso(2))).toEqual({ first: 0, last: 1 });
  expect(brushOf(bars, iso(-10), iso(-5))).toBeUndefined();
  expect(brushOf(bars, iso(30), iso(40))).toBeUndefined();
  expect(brushOf(bars, undefined, undefined)).toBeUndefined();
});

test('an edge is moved alone, and not beyond the other one', () => {
  expect(moveEdge({ first: 3, last: 5 }, 'first', 4)).toEqual({ first: 4, last: 5 });
  expect(moveEdge({ first: 3, last: 5 }, 'first', 9)).toEqual({ first: 5, last: 5 });
  expect(moveEdge({ first: 3, last: 5 }, 'last', 23)).toEqual({ first: 3, last: 23 });
  expect(moveEdge({ first: 3, last: 5 }, 'last', 0)).toEqual({ first: 3, last: 3 });
});
