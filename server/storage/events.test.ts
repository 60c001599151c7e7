import { expect, test } from 'vitest';
import type { ChangeEvent } from '../ports/engine.ts';
import { packEvents } from './events.ts';

test('events are packed into payloads that stay below the limit and lose none', () => {
  const events = Array.from({ length: 1_000 }, (_, index): ChangeEvent => ({ kind: 'message', id: `ä${index}-3f2504e0-4f89-41d3` }));
  const payloads = packEvents(events, 7_900);
  expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThanOrEqual(7_900);
  expect(payloads.length).toBeLessThan(12);
  expect(payloads.flatMap((payload): unknown => JSON.parse(payload))).toEqual(events);
});

test('nothing is packed into no payload', () => {
  expect(packEvents([], 7_900)).toEqual([]);
});
