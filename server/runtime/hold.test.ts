import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Locks } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import { ChannelStopped, holdMailbox, leaseMs, type HoldParts } from './hold.ts';

const channel = { id: 'c1', version: 1 } as ChannelRow;
const mailbox = { host: 'mail.example.com', user: 'ada', folder: 'INBOX' };
const minuteMs = 60_000;

/** A database that gives every lease, and answers the rest as the test says. */
function database(answers: { renew?: Locks['renew']; keepClaim?: () => Promise<boolean> } = {}) {
  const released: string[] = [];
  let token = 0n;
  const parts = {
    worker: 'test',
    locks: {
      acquire: () => Promise.resolve({ token: (token += 1n) }),
      renew: answers.renew ?? (() => Promise.resolve(true)),
      release: (key: string) => Promise.resolve(void released.push(key)),
      list: () => Promise.resolve([]),
    } satisfies Locks,
    schedule: { keepClaim: answers.keepClaim ?? (() => Promise.resolve(true)) },
  } as unknown as HoldParts;
  return {
    released,
    hold: (lockTimeoutMs = minuteMs) => holdMailbox(parts, channel, mailbox, lockTimeoutMs, new AbortController().signal),
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a mailbox is held as long as there is progress, and then given back with its connection', async () => {
  const { hold, released } = database();
  const held = await hold();
  for (let minutes = 0; minutes < 5; minutes++) {
    await vi.advanceTimersByTimeAsync(minuteMs);
    held.progress();
  }
  expect(held.signal.aborted).toBe(false);
  await held.release();
  expect(released).toEqual(['connection 1 of mail.example.com/ada', 'mail.example.com/ada/INBOX']);
});

test('a visit without progress is cut off after the lock timeout', async () => {
  const held = await database().hold();
  await vi.advanceTimersByTimeAsync(minuteMs + 2 * leaseMs);
  expect(held.signal.reason).toMatchObject({ code: 'MAIL_POLL_OVERRAN' });
  await held.release();
});

test('a visit ends when its lease has passed on', async () => {
  const held = await database({ renew: () => Promise.resolve(false) }).hold();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(held.signal.reason).toMatchObject({ code: 'MAIL_LOCK_LOST' });
  await held.release();
});

test('a visit ends when its channel was stopped or redeployed', async () => {
  const held = await database({ keepClaim: () => Promise.resolve(false) }).hold();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(held.signal.reason).toBeInstanceOf(ChannelStopped);
  await held.release();
});

test('a database that stops answering ends the visit before its lease can pass on, and does not hold up its end', async () => {
  const held = await database({ renew: () => new Promise(() => undefined) }).hold();
  await vi.advanceTimersByTimeAsync(leaseMs - 1);
  expect(held.signal.reason).toMatchObject({ code: 'MAIL_LOCK_LOST' });
  await held.release();
});
