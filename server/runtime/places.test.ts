import { expect, test } from 'vitest';
import { makePlaces } from './places.ts';

const never = new AbortController().signal;

test('whoever finds no place gets the next that comes free, in the order of asking', async () => {
  const places = makePlaces(1);
  const giveBack = await places.take(never);
  const order: string[] = [];
  const first = places.take(never).then((back) => (order.push('first'), back));
  const second = places.take(never).then((back) => (order.push('second'), back));
  expect(places.free()).toBe(0);
  giveBack?.();
  giveBack?.();
  (await first)?.();
  (await second)?.();
  expect(order).toEqual(['first', 'second']);
  expect(places.free()).toBe(1);
});

test('whoever gives up waiting leaves the line to the others', async () => {
  const places = makePlaces(1);
  const giveBack = await places.take(never);
  const leaving = new AbortController();
  const left = places.take(leaving.signal);
  const stayed = places.take(never);
  leaving.abort();
  expect(await left).toBeUndefined();
  giveBack?.();
  expect(await stayed).toBeTypeOf('function');
});
