import { expect, test } from 'vitest';
import { makeReceiverTurns } from './receiver-turns.ts';

const never = new AbortController().signal;
const isTurn = (answer: (() => void) | number): answer is () => void => typeof answer === 'function';

test('a receiver is called at most so many times at once, and turns go on in the order of waiting', async () => {
  const turns = makeReceiverTurns();
  const first = [await turns.take('http', 8, never), await turns.take('http', 8, never)];
  const full = await Promise.all(Array.from({ length: 6 }, () => turns.take('http', 8, never)));
  expect([...first, ...full].every(isTurn)).toBe(true);

  const order: number[] = [];
  const waiting = [0, 1].map(async (index) => {
    const turn = await turns.take('http', 8, never);
    order.push(index);
    return turn;
  });
  const sentAway = await turns.take('http', 8, never);
  expect(sentAway).toBeTypeOf('number');
  for (const turn of full.slice(0, 2)) if (isTurn(turn)) turn();
  expect((await Promise.all(waiting)).every(isTurn)).toBe(true);
  expect(order).toEqual([0, 1]);
});

test('those that are sent away come again one after the other, as fast as the receiver takes them', async () => {
  let now = 1_000_000;
  const turns = makeReceiverTurns({ now: () => now, waitInPlaceMs: 1 });
  const turn = await turns.take('http', 1, never);
  now += 3_000;
  if (isTurn(turn)) turn();
  await turns.take('http', 1, never);
  void turns.take('http', 1, never).catch(() => undefined);
  const away = [await turns.take('http', 1, never), await turns.take('http', 1, never), await turns.take('http', 1, never)];
  expect(away.map((at) => Number(at) - now)).toEqual([500, 3_500, 6_500]);
});

test('another receiver is not held up, and neither is one without a limit', async () => {
  const turns = makeReceiverTurns();
  await turns.take('slow', 1, never);
  expect(isTurn(await turns.take('fast', 1, never))).toBe(true);
  expect(isTurn(await turns.take('free', 0, never))).toBe(true);
  expect(isTurn(await turns.take('free', 0, never))).toBe(true);
});

test('who is cancelled while waiting leaves its turn to the next', async () => {
  const turns = makeReceiverTurns();
  const turn = await turns.take('http', 1, never);
  const cancelled = new AbortController();
  const waiting = turns.take('http', 1, cancelled.signal);
  cancelled.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  const next = turns.take('http', 1, never);
  if (isTurn(turn)) turn();
  expect(isTurn(await next)).toBe(true);
});

test('who waits too long gives its place back', async () => {
  const turns = makeReceiverTurns({ waitInPlaceMs: 5 });
  await turns.take('http', 1, never);
  expect(await turns.take('http', 1, never)).toBeTypeOf('number');
});
