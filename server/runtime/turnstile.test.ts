import { expect, test } from 'vitest';
import { makeTurnstile } from './turnstile.ts';

const never = new AbortController().signal;

/** Work of given sizes, and the names of those that run. */
function bench() {
  const turnstile = makeTurnstile({ budgetBytes: 100, smallBytes: 10 });
  const running = new Set<string>();
  const ends = new Map<string, () => void>();
  const start = (name: string, bytes: number, signal = never) =>
    turnstile.pass(bytes, signal, async () => {
      running.add(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.delete(name);
    });
  const end = async (name: string) => {
    await new Promise(setImmediate);
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { start, end, running: () => [...running] };
}

test('as much runs as fits, the rest in the order it came, each when there is room', async () => {
  const { start, end, running } = bench();
  for (const [name, bytes] of Object.entries({ first: 60, second: 60, third: 20, fourth: 40 })) void start(name, bytes);
  await new Promise(setImmediate);
  // The third would fit, but would overtake.
  expect(running()).toEqual(['first']);
  await end('first');
  expect(running()).toEqual(['second', 'third']);
  await end('third');
  expect(running()).toEqual(['second', 'fourth']);
});

test('small work waits for nobody', async () => {
  const { start, running } = bench();
  void start('large', 100);
  void start('waiting', 100);
  void start('small', 10);
  await new Promise(setImmediate);
  expect(running().sort()).toEqual(['large', 'small']);
});

test('what is larger than the budget runs alone', async () => {
  const { start, end, running } = bench();
  for (const [name, bytes] of Object.entries({ first: 20, huge: 1_000, next: 20 })) void start(name, bytes);
  await end('first');
  expect(running()).toEqual(['huge']);
  await end('huge');
  expect(running()).toEqual(['next']);
});

test('work that fails makes room, and work that is stopped while it waits leaves its place', async () => {
  const { start, running } = bench();
  const turnstile = makeTurnstile({ budgetBytes: 100, smallBytes: 10 });
  await expect(turnstile.pass(100, never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turnstile.pass(100, never, async () => 'done')).toBe('done');

  const stop = new AbortController();
  void start('first', 60);
  const second = start('second', 90, stop.signal);
  void start('third', 30);
  stop.abort(new Error('stopped'));
  await expect(second).rejects.toThrow('stopped');
  await new Promise(setImmediate);
  expect(running()).toEqual(['first', 'third']);
  await expect(start('late', 20, stop.signal)).rejects.toThrow('stopped');
});
