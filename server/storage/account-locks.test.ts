import { expect, it } from 'vitest';
import { addressKey, beginAttempt, lockedAt, type Failures } from './account-locks.ts';

const start = new Date('2026-03-01T10:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

/** Attempts that fail one after the other, each as soon as it may be made. @returns the seconds waited before each */
function failing(times: number): { waits: number[]; last: Failures } {
  let failures: Failures | undefined;
  let now = start;
  const waits: number[] = [];
  for (let i = 0; i < times; i++) {
    let next = beginAttempt('account', failures, now);
    const wait = typeof next === 'number' ? next : 0;
    if (wait > 0) {
      now = new Date(now.getTime() + wait * 1_000);
      next = beginAttempt('account', failures, now);
    }
    if (next === null || typeof next === 'number') throw new Error(`attempt ${i + 1} was not let through: ${next}`);
    waits.push(wait);
    failures = next;
  }
  if (!failures) throw new Error('no attempt was made');
  return { waits, last: failures };
}

it('lets an account fail five times, then doubles the wait up to a quarter of an hour', () => {
  expect(failing(13).waits).toEqual([0, 0, 0, 0, 0, 32, 64, 128, 256, 512, 900, 900, 900]);
});

it('locks an account after a hundred failures in a row, however long nobody tries', () => {
  const { last } = failing(lockedAt);
  expect(last.count).toBe(100);
  expect(beginAttempt('account', last, after(365 * 86_400))).toBeNull();
});

it('needs at least twenty hours for the hundred', () => {
  const { waits } = failing(lockedAt);
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(20 * 3_600);
});

it('lets an address fail fifty times in a quarter of an hour, then again', () => {
  let failures: Failures | undefined;
  for (let i = 0; i < 50; i++) {
    const next = beginAttempt('address', failures, after(i));
    if (next === null || typeof next === 'number') throw new Error(`attempt ${i + 1} was not let through`);
    failures = next;
  }
  expect(beginAttempt('address', failures, after(60))).toBe(14 * 60);
  expect(beginAttempt('address', failures, after(15 * 60))).toEqual({ count: 1, firstAt: after(15 * 60), until: null });
});

it.each([
  ['192.0.2.7', 'address:192.0.2.7'],
  ['::ffff:192.0.2.7', 'address:192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', 'address:2001:db8:1:2::/64'],
  ['2001:db8::1', 'address:2001:db8:0:0::/64'],
  ['2001:0db8:0000:0000:ffff::', 'address:2001:db8:0:0::/64'],
  ['::1', 'address:0:0:0:0::/64'],
  ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
])('takes %s as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});
