import { expect, test } from 'vitest';
import { uidSets } from './imap-sets.ts';

test('neighbouring UIDs become a range, others stand alone', () => {
  expect(uidSets([1, 2, 3, 7, 9, 10])).toEqual([{ set: '1:3,7,9:10', uids: [1, 2, 3, 7, 9, 10] }]);
});

test('no UIDs make no set', () => {
  expect(uidSets([])).toEqual([]);
});

test('many scattered UIDs are spread over sets that fit into a command, and none is lost', () => {
  const uids = Array.from({ length: 5_000 }, (_, index) => index * 2 + 1_000_000);
  const sets = uidSets(uids);
  expect(Math.max(...sets.map(({ set }) => set.length))).toBeLessThanOrEqual(6_000);
  expect(sets.flatMap((part) => part.uids)).toEqual(uids);
  expect(sets.flatMap(({ set }) => set.split(',').map(Number))).toEqual(uids);
});
