import { describe, expect, test } from 'vitest';
import { pause, withDeadline } from './deadline.ts';

const late = () => new Error('too late');
const never = () => new AbortController().signal;
/** Work that only an abort ends. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true }));

describe('work with a deadline', () => {
  test('gives what the work gives, and leaves its signal alone', async () => {
    let seen: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      seen = signal;
      return Promise.resolve(17);
    };
    expect(await withDeadline(10_000, never(), late, work)).toBe(17);
    expect(seen?.aborted).toBe(false);
  });

  test('fails as the work fails, also when that throws at once', async () => {
    const work = () => {
      throw new Error('broken');
    };
    await expect(withDeadline(10_000, never(), late, work)).rejects.toThrow('broken');
  });

  test('fails when the time is up, and tells the work why', async () => {
    let reason: unknown;
    const work = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => (reason = signal.reason));
      return endless(signal);
    };
    await expect(withDeadline(5, never(), late, work)).rejects.toThrow('too late');
    expect(reason).toMatchObject({ message: 'too late' });
  });

  test('does not wait for work that hears nothing', async () => {
    await expect(withDeadline(5, never(), late, () => new Promise(() => undefined))).rejects.toThrow('too late');
  });

  test('fails with the reason of an abort, without beginning after one', async () => {
    const controller = new AbortController();
    const running = withDeadline(10_000, controller.signal, late, endless);
    controller.abort(new Error('shutdown'));
    await expect(running).rejects.toThrow('shutdown');

    let isBegun = false;
    const work = () => Promise.resolve((isBegun = true));
    await expect(withDeadline(10_000, controller.signal, late, work)).rejects.toThrow('shutdown');
    expect(isBegun).toBe(false);
  });
});

test('a pause ends early when it is cut short, before or during', async () => {
  const controller = new AbortController();
  const pausing = pause(60_000, controller.signal);
  controller.abort();
  await pausing;
  await pause(60_000, controller.signal);
});
