import { expect, test } from 'vitest';
import { splitNewRows } from './new-rows.ts';

/** Letters as rows; a letter later in the alphabet was received later. */
const rows = (letters: string) =>
  letters.split('').map((id) => ({ id, receivedAt: new Date(id.charCodeAt(0) * 1_000).toISOString(), text: 'old' }));
const letters = (list: { id: string }[]) => list.map(({ id }) => id).join('');

function split(fresh: string, held: string) {
  const { shown, waiting } = splitNewRows(rows(fresh), rows(held));
  return { shown: letters(shown), waiting: letters(waiting) };
}

test('the first list is shown at once', () => {
  expect(split('cba', '')).toEqual({ shown: 'cba', waiting: '' });
});

test('new rows wait, those on the screen stay', () => {
  expect(split('edcba', 'cba')).toEqual({ shown: 'cba', waiting: 'ed' });
});

test('a new row that sorts between those on the screen waits as well', () => {
  expect(split('edcba', 'eca')).toEqual({ shown: 'eca', waiting: 'db' });
});

test('rows loaded on request are shown', () => {
  expect(split('edcba', 'ed')).toEqual({ shown: 'edcba', waiting: '' });
});

test('rows that many new ones have pushed out of the list stay on the screen', () => {
  expect(split('hgfed', 'dcba')).toEqual({ shown: 'dcba', waiting: 'hgfe' });
  expect(split('lkjih', 'dcba')).toEqual({ shown: 'dcba', waiting: 'lkjih' });
});

test('a row that the filter no longer lets through goes', () => {
  expect(split('dca', 'dcba')).toEqual({ shown: 'dca', waiting: '' });
});

test('a row on the screen is shown in its newest form', () => {
  const fresh = rows('ba').map((row) => ({ ...row, text: 'new' }));
  expect(splitNewRows(fresh, rows('a')).shown).toEqual([{ ...rows('a')[0], text: 'new' }]);
});
