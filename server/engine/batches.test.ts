import { expect, test } from 'vitest';
import { openBatches } from './batches.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what comes while a batch is under way goes together with the next', async () => {
  const sent: number[][] = [];
  let release = (): void => undefined;
  const batches = openBatches<number>({
    async send(items) {
      sent.push(items);
      await new Promise<void>((resolve) => (release = resolve));
    },
    retryMs: 1,
    onError: () => undefined,
  });
  for (const item of [1, 2, 3]) batches.add(item);
  expect(sent).toEqual([[1]]);
  release();
  await turn();
  expect(sent).toEqual([[1], [2, 3]]);
  release();
  await batches.close();
});

test('a failed batch is sent again with what has come since, in its order', async () => {
  const sent: number[][] = [];
  const failures: number[] = [];
  const { promise: isSent, resolve: markSent } = Promise.withResolvers<void>();
  const batches = openBatches<number>({
    async send(items) {
      sent.push(items);
      await turn();
      if (sent.length === 1) throw new Error('the database is away');
      markSent();
    },
    retryMs: 1,
    onError: (_, items) => failures.push(items.length),
  });
  batches.add(1);
  batches.add(2);
  await isSent;
  await batches.close();
  expect(sent).toEqual([[1], [1, 2]]);
  expect(failures).toEqual([1]);
});

test('closing tries once more without waiting, then gives up', async () => {
  let tries = 0;
  const batches = openBatches<number>({
    async send() {
      tries += 1;
      await turn();
      throw new Error('the database is away');
    },
    retryMs: 3_600_000,
    onError: () => undefined,
  });
  batches.add(1);
  await turn();
  await batches.close();
  expect(tries).toBe(2);
});
