import { expect, it } from 'vitest';
import { readCompared, versionIn, writeCompared } from './drawing-names.ts';

it('reads from the address what it wrote there', () => {
  for (const compared of [
    { from: '3', to: 'draft' },
    { from: 'theirs', to: 'draft' },
    { from: 'kept-0192f0c1-1111-7000-8000-000000000000', to: 'deployed' },
  ])
    expect(readCompared(writeCompared(compared))).toEqual(compared);
});

it.each(['', '3', '3..', '0..draft', '-1..2', '3..draft..4', 'kept-..draft', '3..DRAFT', '9999999999..1'])('understands no %j', (text) => {
  expect(readCompared(text)).toBeUndefined();
});

it('knows which version is meant', () => {
  expect(versionIn('deployed', 4)).toBe(4);
  expect(versionIn('3', 4)).toBe(3);
  expect(versionIn('draft', 4)).toBeUndefined();
  expect(versionIn('deployed', undefined)).toBeUndefined();
});
