import { expect, test } from 'vitest';
import { makeWaiters, shareOf } from './share.ts';

const work = { workers: 2, claimed: 0, due: 0, standing: 0 };

test('one worker alone takes whatever is due', () => {
  expect(shareOf({ ...work, workers: 1, due: 500 }, 100, 0)).toEqual({ take: Infinity, letGo: 0 });
  // Before its first sign of life is written.
  expect(shareOf({ ...work, workers: 0, due: 500 }, 100, 0)).toEqual({ take: Infinity, letGo: 0 });
});

test('of eight mailboxes two workers take four each, and three workers three at most', () => {
  expect(shareOf({ ...work, due: 8 }, 0, 0).take).toBe(4);
  expect(shareOf({ ...work, due: 4, claimed: 4 }, 4, 0).take).toBe(0);
  expect(shareOf({ ...work, workers: 3, due: 8 }, 0, 0).take).toBe(3);
});

test('a single mailbox may be taken by anybody', () => {
  expect(shareOf({ ...work, workers: 4, due: 1 }, 0, 0).take).toBe(1);
});

test('a worker that holds more than its share of waiting connections lets go of the surplus, some at a time', () => {
  expect(shareOf({ ...work, claimed: 8, standing: 8 }, 8, 8)).toEqual({ take: 1, letGo: 4 });
  expect(shareOf({ ...work, claimed: 1_000, standing: 1_000 }, 1_000, 1_000).letGo).toBe(10);
  expect(shareOf({ ...work, claimed: 8, standing: 8, workers: 3 }, 3, 3).letGo).toBe(0);
});

test('what a worker let go of it does not take again', () => {
  for (let held = 5; held <= 8; held += 1) {
    const { letGo } = shareOf({ ...work, claimed: 8, standing: 8 }, held, held);
    const after = held - letGo;
    expect(shareOf({ ...work, claimed: 8 - letGo, due: letGo, standing: 8 }, after, after).take).toBe(0);
  }
});

test('short polls beside an even number of waiting connections move nothing', () => {
  expect(shareOf({ ...work, claimed: 12, standing: 8 }, 8, 4).letGo).toBe(0);
});

test('waits end once, the longest first', () => {
  const waiters = makeWaiters();
  const left: number[] = [];
  const stops = [1, 2, 3].map((number) => waiters.add(() => left.push(number)));
  stops[0]?.();
  waiters.letGo(1);
  expect([left, waiters.count()]).toEqual([[2], 1]);
  waiters.letGo(5);
  expect([left, waiters.count()]).toEqual([[2, 3], 0]);
});
