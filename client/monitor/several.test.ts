import { expect, test } from 'vitest';
import { bulkWish, countOf, progressText, type Tally } from './several.ts';

const tally = (change: Partial<Tally>): Tally => ({ done: 0, refused: 0, reasons: [], state: 'running', total: 0, ...change });

test('messages are counted in words', () => {
  expect(countOf({ ids: ['a'] })).toBe('1 message');
  expect(countOf({ ids: ['a', 'b'] })).toBe('2 messages');
  expect(countOf({ filters: {}, count: 10_000, isMore: true })).toBe('more than 10,000 messages');
});

test('progress counts those that were refused as well', () => {
  expect(progressText(tally({ done: 1_200, refused: 34, total: 5_000 }))).toBe('1,234 of 5,000');
  expect(progressText(tally({ done: 3, total: null }))).toBe('3 so far');
});

test('a filter is asked for as the list asks for it, with a time counted back from now as it is now', () => {
  const now = new Date('2026-03-02T12:00:00.000Z');
  expect(bulkWish({ filters: { status: 'FAILED', last: '1h' }, count: 1, isMore: false }, now)).toEqual({
    filter: { status: 'FAILED', from: '2026-03-02T11:00:00.000Z' },
  });
  expect(bulkWish({ ids: ['a'] }, now)).toEqual({ ids: ['a'] });
});
