import { expect, test } from 'vitest';
import { eventSchema } from '../shared/api/events.ts';
import { createMissed, staleRoutes } from './live.ts';

test('a taken in message renews the log, the open message and the counts', () => {
  const names = staleRoutes(['message']);
  expect([...names]).toEqual(expect.arrayContaining(['listMessages', 'getMessage', 'listDeployments']));
  expect(names.has('listTokens')).toBe(false);
});

test('several events renew each route once', () => {
  const names = [...staleRoutes(['poll', 'message', 'deployment'])];
  expect(names.length).toBe(new Set(names).size);
});

test.each(eventSchema.shape.kind.options)('an event of kind %s renews something', (kind) => {
  expect(staleRoutes([kind]).size).toBeGreaterThan(0);
});

test('what a hidden tab misses is told once, and as a whole when it is too much', () => {
  const missed = createMissed();
  missed.add({ kind: 'message', ids: ['a', 'b'] });
  missed.add({ kind: 'poll', ids: ['p'] });
  missed.add({ kind: 'message', ids: ['b', 'c'] });
  expect(missed.take()).toEqual({
    isAll: false,
    events: [
      { kind: 'message', ids: ['a', 'b', 'c'] },
      { kind: 'poll', ids: ['p'] },
    ],
  });
  expect(missed.take()).toEqual({ isAll: false, events: [] });
  missed.add({ kind: 'message', ids: Array.from({ length: 5_000 }, (_, index) => String(index)) });
  missed.add({ kind: 'poll', ids: ['p'] });
  expect(missed.take()).toEqual({ isAll: true, events: [] });
});
