import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { FlowError } from '../../shared/errors.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openAccountLocks, type AccountLocks } from './account-locks.ts';

/** What is counted in the database: shared by processes, the same for people who do not exist. */

let test: TestDatabase;
let locks: AccountLocks;

beforeAll(async () => {
  test = await testDatabase();
  locks = openAccountLocks(test.database.pool);
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.database.pool.query('delete from account_lock');
});

const isRefusal = (error: unknown) => error instanceof FlowError && error.code === 'SIGN_IN_FAILED';
const refuse = () => Promise.reject(new FlowError('SIGN_IN_FAILED', {}));
const admit = () => Promise.resolve('in');

/** What an attempt comes to: `in`, or the code of its error. */
async function tried(who: { email?: string; address?: string }, make: () => Promise<string> = refuse, by = locks): Promise<string> {
  return by
    .attempt({ address: '', ...who }, make, isRefusal)
    .catch((error: unknown) => (error instanceof FlowError ? error.code : String(error)));
}

/** As if so many seconds had passed. */
async function pass(seconds: number): Promise<void> {
  await test.database.pool.query(
    `update account_lock set first_at = first_at - make_interval(secs => $1), last_at = last_at - make_interval(secs => $1),
       until = until - make_interval(secs => $1)`,
    [seconds],
  );
}

it('makes an account wait whatever the address, and refuses the right password in the wait', async () => {
  for (let i = 0; i < 5; i++) expect(await tried({ email: 'ada@example.com', address: `192.0.2.${i}` })).toBe('SIGN_IN_FAILED');
  expect(await tried({ email: 'ADA@example.com', address: '198.51.100.1' }, admit)).toBe('TOO_MANY_ATTEMPTS');
  expect(await tried({ email: 'bob@example.com', address: '192.0.2.1' }, admit)).toBe('in');
  await pass(31);
  expect(await tried({ email: 'ada@example.com' }, admit)).toBe('TOO_MANY_ATTEMPTS');
  await pass(1);
  expect(await tried({ email: 'ada@example.com' }, admit)).toBe('in');
  expect(await tried({ email: 'ada@example.com' })).toBe('SIGN_IN_FAILED');
});

it('lets no more through when many are made at once in two processes', async () => {
  const other = openAccountLocks(test.database.pool);
  const made: string[] = [];
  const guess = async () => {
    made.push('made');
    return refuse();
  };
  const results = await Promise.all(
    Array.from({ length: 30 }, (_, i) => tried({ email: 'ada@example.com' }, guess, i % 2 ? locks : other)),
  );
  expect(made).toHaveLength(5);
  expect(results.filter((result) => result === 'TOO_MANY_ATTEMPTS')).toHaveLength(25);
});

it('locks an account after a hundred failures until somebody unlocks it', async () => {
  for (let i = 0; i < 100; i++) {
    expect(await tried({ email: 'ada@example.com' })).toBe('SIGN_IN_FAILED');
    await pass(900);
  }
  await pass(365 * 86_400);
  expect(await tried({ email: 'ada@example.com' }, admit)).toBe('ACCOUNT_LOCKED');
  expect(await locks.unlock('Ada@example.com')).toBe(true);
  expect(await tried({ email: 'ada@example.com' }, admit)).toBe('in');
  expect(await locks.unlock('ada@example.com')).toBe(false);
});

it('makes an address wait that tries one password on many accounts, and its neighbours of the same /64', async () => {
  for (let i = 0; i < 50; i++)
    expect(await tried({ email: `p${i}@example.com`, address: `2001:db8:1:2::${i + 1}` })).toBe('SIGN_IN_FAILED');
  expect(await tried({ email: 'ada@example.com', address: '2001:db8:1:2::ffff' }, admit)).toBe('TOO_MANY_ATTEMPTS');
  expect(await tried({ email: 'ada@example.com', address: '2001:db8:1:3::1' }, admit)).toBe('in');
  await pass(15 * 60);
  expect(await tried({ email: 'ada@example.com', address: '2001:db8:1:2::1' }, admit)).toBe('in');
});

it('counts nothing that is not the visitor’s fault, and nothing that ends well', async () => {
  for (let i = 0; i < 20; i++) {
    expect(await tried({ email: 'ada@example.com', address: '192.0.2.1' }, () => Promise.reject(new Error('database away')))).toContain(
      'away',
    );
    expect(await tried({ email: 'ada@example.com', address: '192.0.2.1' }, admit)).toBe('in');
  }
  const { rows } = await test.database.pool.query('select sum(failures)::int as failures from account_lock');
  expect(rows[0].failures).toBe(0);
});

it('forgets addresses and made-up accounts after a day, and not the failures of people', async () => {
  await test.database.pool.query(`insert into "user" (id, name, email) values ('ada', 'Ada', 'ada@example.com')`);
  await tried({ email: 'ada@example.com', address: '192.0.2.1' });
  await tried({ email: 'nobody@example.com', address: '192.0.2.1' });
  await pass(86_401);
  await tried({ address: '192.0.2.9' });
  const { rows } = await test.database.pool.query('select key, failures from account_lock order by key');
  expect(rows).toEqual([
    { key: expect.stringMatching(/^account:[0-9a-f]{64}$/), failures: 1 },
    { key: 'address:192.0.2.9', failures: 1 },
  ]);
});
