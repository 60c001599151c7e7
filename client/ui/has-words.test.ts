import { expect, test } from 'vitest';
import { hasWords } from './has-words.ts';

test.each(['', 'new york', 'York', 'america new', 'America/New_York', 'new_y'])('“%s” finds America/New_York', (query) => {
  expect(hasWords('America/New_York', query)).toBe(true);
});

test.each(['newyork', 'new jersey', 'x'])('“%s” does not', (query) => {
  expect(hasWords('America/New_York', query)).toBe(false);
});
