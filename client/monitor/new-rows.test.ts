import { expect, test } from 'vitest';
import { splitNewRows } from './new-rows.ts';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));

test('the first list is shown whole', () => {
  expect(splitNewRows(rows('b', 'a'), new Set())).toEqual({ shown: rows('b', 'a'), waiting: [] });
});

test('messages that arrive later wait, in order', () => {
  const split = splitNewRows(rows('d', 'c', 'b', 'a'), new Set(['a', 'b']));
  expect(split).toEqual({ shown: rows('b', 'a'), waiting: rows('d', 'c') });
});

test('older messages loaded on request are shown at once', () => {
  expect(splitNewRows(rows('b', 'a', 'older'), new Set(['a', 'b'])).waiting).toEqual([]);
});

test('a row that left the list does not make the others wait', () => {
  const split = splitNewRows(rows('d', 'a'), new Set(['b', 'a']));
  expect(split).toEqual({ shown: rows('a'), waiting: rows('d') });
});

test('when nothing seen is left the list is shown whole', () => {
  expect(splitNewRows(rows('d', 'c'), new Set(['b', 'a']))).toEqual({ shown: rows('d', 'c'), waiting: [] });
});
