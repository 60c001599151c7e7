import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Locks } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { LockRelease } from '../ports/lock-releases.ts';
import type { ChannelNews, ScheduleStore } from '../ports/runtime.ts';
import { silentLog } from '../testing/silent-log.ts';
import { ChannelStopped, leaseMs, openHolds, type HoldParts, type Holds } from './hold.ts';

const channel = { id: 'c1', version: 1 } as ChannelRow;
const mailbox = { host: 'mail.example.com', user: 'ada', folder: 'INBOX' };
const minuteMs = 60_000;
const nothingNew: ChannelNews = { nextPollAt: null, hasOwed: false, credentialDeployedAt: null };
const opened: Holds[] = [];

/** A database that gives every lease, and answers the rest as the test says. */
function database(
  answers: { renew?: Locks['renew']; keepClaims?: ScheduleStore['keepClaims']; releasedBy?: HoldParts['lockReleases']['of'] } = {},
) {
  const released: string[] = [];
  let token = 0n;
  let statements = 0;
  const everyLease: Locks['renew'] = async (leases) => new Set(leases.map((lease) => lease.token));
  const everyChannel: ScheduleStore['keepClaims'] = async (channels) => new Map(channels.map(({ id }) => [id, nothingNew]));
  const holds = openHolds({
    worker: 'test',
    log: silentLog,
    locks: {
      acquire: () => Promise.resolve({ token: (token += 1n) }),
      renew: (...args) => {
        statements += 1;
        return (answers.renew ?? everyLease)(...args);
      },
      release: (key: string) => Promise.resolve(void released.push(key)),
      list: () => Promise.resolve([]),
    },
    lockReleases: { of: answers.releasedBy ?? (() => Promise.resolve(undefined)) },
    schedule: { keepClaims: answers.keepClaims ?? everyChannel },
  });
  opened.push(holds);
  return {
    holds,
    released,
    statements: () => statements,
    hold: (lockTimeoutMs = minuteMs) => holds.take(channel, mailbox, lockTimeoutMs, new AbortController().signal),
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((holds) => holds.close()));
  vi.useRealTimers();
});

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
  const held = await database({ renew: async () => new Set() }).hold();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(held.signal.reason).toMatchObject({ code: 'MAIL_LOCK_LOST' });
  await held.release();
});

test('a visit whose lock a person has released ends at the next look, naming the person and the reason', async () => {
  const release = { releasedBy: 'ada@example.com', reason: 'stuck since noon' } as LockRelease;
  const { hold, holds } = database({ renew: async () => new Set(), releasedBy: async () => release });
  const held = await hold();
  holds.look();
  await vi.advanceTimersByTimeAsync(1);
  expect(held.signal.reason).toMatchObject({
    code: 'MAIL_LOCK_RELEASED',
    message: expect.stringContaining('by ada@example.com: stuck since noon'),
  });
  await held.release();
});

test('a database that does not say who released the lock does not hold up the end of the visit', async () => {
  const held = await database({ renew: async () => new Set(), releasedBy: () => new Promise(() => undefined) }).hold();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(held.signal.reason).toMatchObject({ code: 'MAIL_LOCK_LOST' });
  await held.release();
});

test('a visit ends when its channel was stopped or redeployed', async () => {
  const held = await database({ keepClaims: async () => new Map() }).hold();
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

test('of two holds on one mailbox in one process only the newer is renewed', async () => {
  let newest = 0n;
  const renew: Locks['renew'] = async (leases) => new Set(leases.map(({ token }) => token).filter((token) => token > newest));
  const { hold } = database({ renew });
  const older = await hold();
  newest = older.fence.token + 1n;
  const newer = await hold();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(older.signal.reason).toMatchObject({ code: 'MAIL_LOCK_LOST' });
  expect(newer.signal.aborted).toBe(false);
  await Promise.all([older.release(), newer.release()]);
});

test('one renewal that fails is made again, and ends nothing', async () => {
  let tries = 0;
  const renew: Locks['renew'] = async (leases) => {
    tries += 1;
    if (tries === 1) throw new Error('connection terminated');
    return new Set(leases.map(({ token }) => token));
  };
  const held = await database({ renew }).hold();
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(tries).toBeGreaterThan(2);
  expect(held.signal.aborted).toBe(false);
  await held.release();
});

test('all mailboxes are renewed in one statement, and a look makes it now', async () => {
  const { hold, holds, statements } = database();
  const all = await Promise.all(Array.from({ length: 50 }, () => hold()));
  const heard: ChannelNews[] = [];
  all[0]?.onNews((news) => heard.push(news));
  holds.look();
  await vi.advanceTimersByTimeAsync(1);
  expect(statements()).toBe(1);
  expect(heard).toEqual([nothingNew]);
  await Promise.all(all.map((held) => held.release()));
});

test('a server that drips is left once its poll has taken too long, and not while it waits for mail', async () => {
  const { hold } = database();
  const { limit, progress, signal } = await hold();
  const drip = setInterval(progress, 5_000);
  const lift = limit(3 * minuteMs);
  lift();
  await vi.advanceTimersByTimeAsync(10 * minuteMs);
  expect(signal.aborted).toBe(false);
  limit(3 * minuteMs);
  await vi.advanceTimersByTimeAsync(2.9 * minuteMs);
  expect(signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(0.2 * minuteMs);
  clearInterval(drip);
  expect(signal.reason).toMatchObject({ code: 'MAIL_POLL_TOO_LONG', params: { minutes: 3 } });
});
