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

test('a set names no more mails than one answer may hold', () => {
  const uids = Array.from({ length: 50_001 }, (_, index) => index + 1);
  const sets = uidSets(uids);
  expect(sets.map(({ set }) => set)).toEqual(['1:10000,10001:20000', '20001:30000,30001:40000', '40001:50000,50001']);
  expect(sets.flatMap((part) => part.uids)).toEqual(uids);
});
