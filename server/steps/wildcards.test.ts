import { expect, test } from 'vitest';
import { matchesWildcards } from './wildcards.ts';

test.each([
  ['', '', true],
  ['a', '', false],
  ['', '*', true],
  ['abc', 'abc', true],
  ['abc', 'ab', false],
  ['abc', '*c', true],
  ['abc', 'a*', true],
  ['abc', 'a*c', true],
  ['ac', 'a*c', true],
  ['a', 'a*a', false],
  ['abc', '?b?', true],
  ['abc', '??', false],
  ['aXbXc', 'a*b*c', true],
  ['aXcXb', 'a*b*c', false],
  ['ababab', '*ab', true],
  ['price 👍', 'price ?', true],
  ['👍👎', '*?', true],
  ['👍', '??', false],
  ['a.c', 'a.c', true],
  ['abc', 'a.c', false],
  ['one\ntwo', 'one*two', true],
])('%j fits %j: %s', (text, pattern, expected) => {
  expect(matchesWildcards(text, pattern)).toBe(expected);
});

test('a pattern made to run away ends at once', () => {
  const startedAt = performance.now();
  expect(matchesWildcards('a'.repeat(100_000), `${'*a'.repeat(400)}*b`)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
