import { expect, test } from 'vitest';
import { attentionOf, byAttention } from './attention.ts';

const tile = (given: Partial<Parameters<typeof attentionOf>[0]>) => ({
  state: 'Started' as const,
  channels: [],
  counts: { COMPLETED: 9 },
  quarantined: 0,
  backlog: { count: 0, oldestAt: null },
  ...given,
});

test('a flow with which all is well needs nobody', () => {
  expect(attentionOf(tile({}))).toEqual([]);
});

test('what is broken is told before what waits', () => {
  const texts = attentionOf(tile({ state: 'Error', counts: { RETRY: 2, FAILED: 1_234 }, quarantined: 3 })).map(({ text }) => text);
  expect(texts).toEqual(['could not be started', `${(1_234).toLocaleString()} failed`, '3 in quarantine', '2 to be tried again']);
});

test('flows that need somebody come first, and the others stay in their order', () => {
  const tiles = [
    { name: 'a', ...tile({}) },
    { name: 'b', ...tile({ quarantined: 1 }) },
    { name: 'c', ...tile({}) },
    { name: 'd', ...tile({ counts: { FAILED: 1 } }) },
  ];
  expect(byAttention(tiles).map(({ name }) => name)).toEqual(['d', 'b', 'a', 'c']);
});
