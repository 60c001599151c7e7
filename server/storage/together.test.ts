import { expect, test } from 'vitest';
import { together } from './together.ts';

test('calls that come while one statement is under way go together with the next', async () => {
  const batches: number[][] = [];
  const double = together(async (items: number[]) => {
    batches.push(items);
    await new Promise(setImmediate);
    return items.map((item) => item * 2);
  });
  const first = double(1);
  const rest = new Promise(setImmediate).then(() => Promise.all([double(2), double(3)]));
  expect(await first).toBe(2);
  expect(await rest).toEqual([4, 6]);
  expect(batches).toEqual([[1], [2, 3]]);
});

test('no statement carries more than the limit', async () => {
  const sizes: number[] = [];
  const same = together(
    async (items: number[]) => {
      sizes.push(items.length);
      return items;
    },
    { limit: 2 },
  );
  expect(await Promise.all([1, 2, 3, 4, 5].map(same))).toEqual([1, 2, 3, 4, 5]);
  expect(sizes).toEqual([2, 2, 1]);
});

test('one bad row fails one call', async () => {
  const run = together(async (items: number[]) => {
    if (items.includes(13)) throw new Error('bad row');
    return items;
  });
  const results = await Promise.allSettled([run(1), run(13), run(2)]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('calls that keep coming are gathered, and the first of them waits for nobody', async () => {
  const sizes: number[] = [];
  const gatherMs = 100;
  const same = together(
    async (items: number[]) => {
      sizes.push(items.length);
      return items;
    },
    { gatherMs },
  );
  const late = new Promise((resolve) => setTimeout(resolve, gatherMs - 1, 'late'));
  expect(await Promise.race([same(1), late])).toBe(1);
  const second = same(2);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all([second, same(3)]);
  expect(sizes).toEqual([1, 2]);
});
