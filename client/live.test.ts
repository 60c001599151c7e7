import { expect, test } from 'vitest';
import { eventSchema } from '../shared/api/events.ts';
import { staleRoutes } from './live.ts';

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
