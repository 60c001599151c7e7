import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/**
 * What failed sign-ins lead to, the same in every process. An account waits longer with each failure whatever the address, so that
 * many machines guess no faster than one, and is locked after a hundred in a row (NIST SP 800-63B-4, 3.2.2); an address that tries one
 * password on many accounts waits, too. An account that does not exist is treated alike, so that nobody learns which do.
 */
export interface AccountLocks {
  /**
   * Makes one attempt. It is counted before it is made, so that many at once can't slip through, and taken back when it ends well or
   * fails for a reason that is not the visitor's.
   *
   * @param email undefined where the attempt is for no account
   * @param isRefusal whether an error means that something was guessed wrong
   * @throws TOO_MANY_ATTEMPTS, ACCOUNT_LOCKED before anything is looked at: the right password is refused the same way
   */
  attempt<T>(who: Attempter, make: () => Promise<T>, isRefusal: (error: unknown) => boolean): Promise<T>;
  /** Forgets the failures of an account. False when there were none. */
  unlock(email: string): Promise<boolean>;
}

export interface Attempter {
  email?: string | undefined;
  /** IP address; empty where it is not known. */
  address: string;
}

export interface Failures {
  count: number;
  /** Of the first one that still counts. */
  firstAt: Date;
  /** No attempt before. */
  until: Date | null;
}

/** Failures in a row that lock an account until an administrator unlocks it. */
export const lockedAt = 100;
/** Until when a locked account is locked, for those who read the table. */
const never = new Date('9999-12-31T00:00:00Z');
const waitsFrom = 5;
const longestWaitMs = 15 * 60_000;
const addressWindowMs = 15 * 60_000;
const maxPerAddress = 50;
/** Failures of accounts that do not exist, and of addresses, are forgotten then. */
const forgottenAfter = '1 day';

export type LockKind = 'account' | 'address';

/**
 * The failures as they are when an attempt has begun.
 *
 * @returns the seconds to wait when there may be none now; null: somebody must unlock it
 */
export function beginAttempt(kind: LockKind, failures: Failures | undefined, now: Date): Failures | number | null {
  const first: Failures = { count: 1, firstAt: now, until: null };
  if (kind === 'address') {
    const endsAt = (failures?.firstAt.getTime() ?? 0) + addressWindowMs;
    if (!failures || endsAt <= now.getTime()) return first;
    return failures.count >= maxPerAddress ? secondsUntil(endsAt, now) : { ...failures, count: failures.count + 1 };
  }
  if (!failures) return first;
  if (failures.count >= lockedAt) return null;
  if (failures.until && failures.until > now) return secondsUntil(failures.until.getTime(), now);
  const count = failures.count + 1;
  return { count, firstAt: failures.firstAt, until: waitAfter(count, now) };
}

function waitAfter(count: number, now: Date): Date | null {
  if (count < waitsFrom) return null;
  return count >= lockedAt ? never : new Date(now.getTime() + Math.min(longestWaitMs, 1_000 * 2 ** count));
}

function secondsUntil(endMs: number, now: Date): number {
  return Math.max(1, Math.ceil((endMs - now.getTime()) / 1_000));
}

export function openAccountLocks(pool: Pool): AccountLocks {
  const sql = sqlOn(pool);

  async function begin(keys: string[]): Promise<void> {
    await transaction(pool, async (tx) => {
      // In one order, so that two attempts can't wait for each other.
      const rows = await lockedRows(tx, keys);
      const begun = rows.map(({ key, now, failures }) => {
        const kind: LockKind = key.startsWith('address:') ? 'address' : 'account';
        const next = beginAttempt(kind, failures, now);
        if (next === null) throw new FlowError('ACCOUNT_LOCKED', {});
        if (typeof next === 'number') throw new FlowError('TOO_MANY_ATTEMPTS', { seconds: next });
        return { key, now, next };
      });
      for (const { key, now, next } of begun) {
        await tx.query('update account_lock set failures = $2, first_at = $3, last_at = $4, until = $5 where key = $1', [
          key,
          next.count,
          next.firstAt,
          now,
          next.until,
        ]);
      }
    });
    await sql.query(
      `delete from account_lock where key in (
         select key from account_lock l
          where last_at < clock_timestamp() - $1::interval
            and not exists (select 1 from "user" u where l.key = ${accountKeySql('u.email')})
            for update skip locked)`,
      [forgottenAfter],
    );
  }

  const takeBack = (keys: string[]) =>
    sql.query('update account_lock set failures = greatest(failures - 1, 0), until = null where key = any($1)', [keys]);

  return {
    async attempt({ email, address }, make, isRefusal) {
      const ofAddress = address === '' ? [] : [addressKey(address)];
      const ofAccount = email === undefined ? [] : [accountKey(email)];
      const keys = [...ofAccount, ...ofAddress];
      await begin(keys);
      try {
        const made = await make();
        await takeBack(ofAddress);
        if (email !== undefined) await forget(sql, email);
        return made;
      } catch (error) {
        // When the database is away this fails like the attempt did; what the attempt met is what counts.
        if (!isRefusal(error)) await takeBack(keys).catch(() => undefined);
        throw error;
      }
    },

    unlock: (email) => forget(sql, email),
  };
}

interface Counted {
  key: string;
  now: Date;
  failures: Failures | undefined;
}

async function lockedRows(tx: Sql, keys: string[]): Promise<Counted[]> {
  await tx.query(
    `insert into account_lock (key, failures, first_at, last_at)
     select key, 0, clock_timestamp(), clock_timestamp() from unnest($1::text[]) as key order by key
     on conflict (key) do nothing`,
    [keys],
  );
  const rows = await tx.query<{ key: string; failures: number; firstAt: Date; until: Date | null; now: Date }>(
    `select key, failures, first_at as "firstAt", until, clock_timestamp() as now
       from account_lock where key = any($1) order by key for update`,
    [keys],
  );
  return rows.map(({ key, now, failures, firstAt, until }) => ({
    key,
    now,
    failures: failures === 0 ? undefined : { count: failures, firstAt, until },
  }));
}

async function forget(sql: Sql, email: string): Promise<boolean> {
  const removed = await sql.query('delete from account_lock where key = $1 and failures > 0 returning key', [accountKey(email)]);
  return removed.length > 0;
}

/** Hashed, so that what strangers type, a password in the wrong field for one, is not kept. */
function accountKey(email: string): string {
  return `account:${createHash('sha256').update(email.toLowerCase()).digest('hex')}`;
}

/** The same in SQL, of a column with a lower-case address. */
export function accountKeySql(column: string): string {
  return `'account:' || encode(sha256(convert_to(${column}, 'UTF8')), 'hex')`;
}

/** An IPv6 visitor has a whole /64 to choose addresses from (RFC 6177). */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.groups?.['v4'];
  if (mapped !== undefined) return `address:${mapped}`;
  const [bare = ''] = address.split('%');
  if (isIPv4(bare) || !isIPv6(bare)) return `address:${bare.slice(0, 100)}`;
  const [head = '', tail] = bare.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - groups(tail).length);
  const all = [...left, ...Array<string>(zeros).fill('0'), ...groups(tail ?? '')];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `address:${network.join(':')}::/64`;
}
