import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { openLocks } from './locks.ts';
import { requireLease, transaction } from './sql.ts';

const key = 'mail.example.com/orders/INBOX';
let fixture: TestDatabase;

beforeEach(async () => {
  fixture = await testDatabase();
});
afterEach(() => fixture.close());

/** @throws unless it was free */
async function take(holder: string, ttlMs: number): Promise<bigint> {
  const taken = await openLocks(fixture.database).acquire(key, holder, ttlMs);
  if ('heldBy' in taken) throw new Error(`held by ${taken.heldBy}`);
  return taken.token;
}
const takeWhenFree = (holder: string) => eventually(() => take(holder, 60_000).catch(() => undefined));

test('one holds it, the next hears who does, and gets it after the release', async () => {
  const locks = openLocks(fixture.database);
  const token = await take('worker 1', 60_000);
  expect(await locks.acquire(key, 'worker 2', 60_000)).toEqual({ heldBy: 'worker 1' });
  expect(await locks.list()).toMatchObject([{ key, holder: 'worker 1', token }]);
  await locks.release(key, token);
  expect(await locks.list()).toEqual([]);
  expect(await take('worker 2', 60_000)).toBeGreaterThan(token);
});

test('a lease that is not renewed passes on, and its old holder can neither renew nor release nor write', async () => {
  const locks = openLocks(fixture.database);
  const old = await take('worker 1', 100);
  const current = await takeWhenFree('worker 2');
  expect(current).toBeGreaterThan(old);
  expect(await locks.renew([{ key, token: old }], 60_000)).toEqual(new Set());
  await locks.release(key, old);
  expect(await locks.list()).toMatchObject([{ holder: 'worker 2', token: current }]);
  const write = (token: bigint) => transaction(fixture.database.pool, (sql) => requireLease(sql, { key, token }));
  await expect(write(old)).rejects.toMatchObject({ code: 'MAIL_LOCK_LOST' });
  await write(current);
});

test('a renewed lease stays', async () => {
  const locks = openLocks(fixture.database);
  const token = await take('worker 1', 300);
  const until = Date.now() + 900;
  await eventually(async () => {
    expect(await locks.renew([{ key, token }], 300)).toEqual(new Set([token]));
    expect(await locks.acquire(key, 'worker 2', 300)).toEqual({ heldBy: 'worker 1' });
    return Date.now() > until;
  });
});

test('a lease does not pass on while a transaction writes under it', async () => {
  const token = await take('worker 1', 300);
  let takenAt = 0;
  let taking: Promise<void> | undefined;
  const committedAt = await transaction(fixture.database.pool, async (sql) => {
    await requireLease(sql, { key, token });
    taking = takeWhenFree('worker 2').then(() => void (takenAt = performance.now()));
    // Until the lease has run out and worker 2 stands at the row's lock.
    await eventually(async () => {
      const { rows } = await fixture.database.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
    expect(takenAt).toBe(0);
    return performance.now();
  });
  await taking;
  expect(takenAt).toBeGreaterThan(committedAt);
});

test('four contenders, some of whom vanish, never hold it at the same time', async () => {
  const locks = openLocks(fixture.database);
  let [acquisitions, overlaps] = [0, 0];
  /** Until when, by this process's clock, the current holder may think that it holds. */
  let heldUntil = 0;
  const tokens: bigint[] = [];
  async function contend(name: string): Promise<void> {
    while (acquisitions < 200) {
      // Before the question, so never later than the database's own time.
      const ttlMs = 100;
      const latestEnd = performance.now() + ttlMs;
      const taken = await locks.acquire(key, name, ttlMs);
      if ('heldBy' in taken) continue;
      if (performance.now() < heldUntil) overlaps += 1;
      tokens.push(taken.token);
      acquisitions += 1;
      const vanishes = acquisitions % 20 === 0;
      heldUntil = latestEnd;
      if (vanishes) continue;
      await sleep(1);
      // Past its end it may have been taken over; what it believes no longer counts.
      if (performance.now() < latestEnd) heldUntil = 0;
      await locks.release(key, taken.token);
    }
  }
  await Promise.all(['1', '2', '3', '4'].map(contend));
  expect(overlaps).toBe(0);
  expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
});
