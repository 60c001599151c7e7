import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openLockReleases } from './lock-releases.ts';
import { openLocks } from './locks.ts';
import { requireLease, transaction } from './sql.ts';

const key = 'mail.example.com/orders/INBOX';
let fixture: TestDatabase;

beforeEach(async () => {
  fixture = await testDatabase();
});
afterEach(() => fixture.close());

async function take(holder: string, of = key): Promise<bigint> {
  const taken = await openLocks(fixture.database).acquire(of, holder, 60_000, '00000000-0000-4000-8000-000000000001');
  if ('heldBy' in taken) throw new Error(`held by ${taken.heldBy}`);
  return taken.token;
}
const open = () => ({ locks: openLocks(fixture.database), releases: openLockReleases(fixture.database.pool) });
const write = (token: bigint) => transaction(fixture.database.pool, (sql) => requireLease(sql, { key, token }));

test('a released lock belongs to nobody: its holder can neither renew it nor write under it, and hears who took it away', async () => {
  const { locks, releases } = open();
  const token = await take('worker 1');
  await write(token);
  const release = await releases.release(token, 'ada@example.com', 'stuck since noon');
  expect(release).toMatchObject({ key, holder: 'worker 1', token, releasedBy: 'ada@example.com', reason: 'stuck since noon' });

  expect(await locks.list()).toEqual([]);
  expect(await locks.renew([{ key, token }], 60_000)).toEqual(new Set());
  await expect(write(token)).rejects.toMatchObject({
    code: 'MAIL_LOCK_RELEASED',
    message: `The lock on ${key} was released by ada@example.com: stuck since noon`,
  });
  expect(await releases.of(token)).toEqual(release);
  expect(await releases.list()).toEqual([release]);
  expect(await take('worker 2')).toBeGreaterThan(token);
});

test('its place among the connections of the account goes with it, and that of another worker stays', async () => {
  const { locks, releases } = open();
  const token = await take('worker 1');
  await take('worker 1', 'connection 1 of mail.example.com/orders');
  await take('worker 2', 'connection 2 of mail.example.com/orders');
  await releases.release(token, 'ada@example.com', 'stuck');
  expect((await locks.list()).map((lock) => lock.holder)).toEqual(['worker 2']);
});

test('a lock that has passed on since somebody saw it is not released', async () => {
  const { locks, releases } = open();
  const old = await take('worker 1');
  await locks.release(key, old);
  const current = await take('worker 2');
  expect(await releases.release(old, 'ada@example.com', 'stuck')).toBeUndefined();
  expect(await releases.list()).toEqual([]);
  await write(current);
});

test('of two people who release it at once, one does', async () => {
  const { releases } = open();
  const token = await take('worker 1');
  const answers = await Promise.all(['ada', 'bob'].map((name) => releases.release(token, name, 'stuck')));
  expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  expect(await releases.list()).toHaveLength(1);
});
