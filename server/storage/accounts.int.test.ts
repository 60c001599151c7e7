import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { account, accountLock, apiToken, user } from './accounts-schema.ts';
import { createAccounts, type ManagedAccounts } from './accounts.ts';

const masterKey = randomBytes(32);
const here = { address: '192.0.2.1', userAgent: undefined };
const newToken = { name: 'ci', role: 'administrator' as const, userId: null, expiresAt: null };
const administrator = { name: 'Ada', email: 'Ada@Example.com', password: 'correct horse battery' };

let test: TestDatabase;
let accounts: ManagedAccounts;

beforeAll(async () => {
  test = await testDatabase();
  accounts = openAccounts();
});

afterAll(() => test.close());

beforeEach(async () => {
  await test.database.db.delete(user);
  await test.database.db.delete(apiToken);
  await test.database.db.delete(accountLock);
});

function openAccounts(publicUrl?: string): ManagedAccounts {
  return createAccounts({ database: test.database, masterKey, publicUrl, clock: { now: () => new Date() }, log: silentLog });
}

/** The `Cookie` header a browser would send back. */
function cookieOf(cookies: string[]): Headers {
  return new Headers({ cookie: cookies.map((line) => line.split(';')[0]).join('; ') });
}

it('needs a set-up until the first administrator exists', async () => {
  expect(await accounts.isSetUpNeeded()).toBe(true);
  const { visitor } = await accounts.setUp(accounts.setUpToken, administrator, here);
  expect(visitor).toMatchObject({ kind: 'session', name: 'Ada', email: 'ada@example.com', role: 'administrator' });
  expect(await accounts.isSetUpNeeded()).toBe(false);
  await expect(accounts.setUp(accounts.setUpToken, administrator, here)).rejects.toMatchObject({ code: 'SETUP_DONE' });
});

it('gives every process with the same master key the same set-up token, and another key another one', () => {
  expect(openAccounts().setUpToken).toBe(accounts.setUpToken);
  const other = createAccounts({
    database: test.database,
    masterKey: randomBytes(32),
    publicUrl: undefined,
    clock: { now: () => new Date() },
    log: silentLog,
  });
  expect(other.setUpToken).not.toBe(accounts.setUpToken);
});

it('refuses a set-up with a wrong token', async () => {
  await expect(accounts.setUp('guess', administrator, here)).rejects.toMatchObject({ code: 'SETUP_TOKEN_WRONG' });
  expect(await accounts.isSetUpNeeded()).toBe(true);
});

it('lets exactly one of several set-ups at once win', async () => {
  const tries = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    accounts.setUp(accounts.setUpToken, { ...administrator, email: `${name}@example.com` }, here),
  );
  const results = await Promise.allSettled(tries);
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'SETUP_DONE' });
  expect(await test.database.db.$count(user)).toBe(1);
});

it('creates the administrator of the environment once and leaves an existing one alone', async () => {
  await Promise.all([accounts.ensureAdministrator(administrator), accounts.ensureAdministrator(administrator)]);
  await accounts.ensureAdministrator({ ...administrator, email: 'other@example.com' });
  expect(await test.database.db.select({ email: user.email }).from(user)).toEqual([{ email: 'ada@example.com' }]);
});

it('takes no password from the environment that is guessed first, and leaves one alone that was set before', async () => {
  const weak = { ...administrator, password: 'short one' };
  await expect(accounts.ensureAdministrator(weak)).rejects.toMatchObject({ code: 'ADMIN_PASSWORD_TOO_WEAK' });
  expect(await accounts.isSetUpNeeded()).toBe(true);
  await expect(accounts.setUp(accounts.setUpToken, weak, here)).rejects.toMatchObject({ code: 'PASSWORD_TOO_WEAK' });
  await accounts.ensureAdministrator(administrator);
  await accounts.ensureAdministrator(weak);
});

it('signs in whatever the case of the e-mail, and says the same for a wrong password and an unknown account', async () => {
  await accounts.ensureAdministrator(administrator);
  expect((await accounts.signIn('ADA@example.com', administrator.password, here)).visitor?.name).toBe('Ada');
  for (const email of ['ada@example.com', 'nobody@example.com']) {
    await expect(accounts.signIn(email, 'wrong', here)).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
  }
});

it('keeps passwords and tokens only as hashes', async () => {
  await accounts.ensureAdministrator(administrator);
  const { token } = await accounts.createToken(newToken, 'ada@example.com');
  const kept = JSON.stringify([await test.database.db.select().from(account), await test.database.db.select().from(apiToken)]);
  expect(kept).not.toContain(administrator.password);
  expect(kept).not.toContain(token);
});

it('knows a session by its cookie until it is signed out, and takes no forged one', async () => {
  await accounts.ensureAdministrator(administrator);
  const { cookies } = await accounts.signIn(administrator.email, administrator.password, here);
  const headers = cookieOf(cookies);
  expect((await accounts.visitor(headers))?.email).toBe('ada@example.com');
  expect(await accounts.visitor(new Headers({ cookie: 'mailroom.session_token=abc.def' }))).toBeUndefined();

  const signedOut = await accounts.signOut(headers);
  expect(signedOut.cookies.join()).toMatch(/mailroom\.session_token=;.*Max-Age=0/);
  expect(await accounts.visitor(headers)).toBeUndefined();
});

it('makes cookies that scripts and other sites can not use, Secure behind TLS', async () => {
  await accounts.ensureAdministrator(administrator);
  const [plain] = (await accounts.signIn(administrator.email, administrator.password, here)).cookies;
  expect(plain).toMatch(/^mailroom\.session_token=.*; HttpOnly; SameSite=Strict$/i);
  const behindTls = openAccounts('https://mailroom.example');
  const [secure] = (await behindTls.signIn(administrator.email, administrator.password, here)).cookies;
  expect(secure).toMatch(/^__Secure-mailroom\.session_token=.*; Secure/i);
});

it('knows a token until it is revoked', async () => {
  const { token, id, start } = await accounts.createToken(newToken, 'ada@example.com');
  const headers = new Headers({ authorization: `Bearer ${token}` });
  expect(await accounts.visitor(headers)).toMatchObject({ kind: 'token', name: 'token ci' });
  expect(token.startsWith(start)).toBe(true);
  expect((await accounts.listTokens()).map((row) => row.lastUsedAt)).toEqual([expect.any(Date)]);
  expect(await accounts.deleteToken(id)).toMatchObject({ id });
  expect(await accounts.visitor(headers)).toBeUndefined();
});

it('does not fall back to the cookie when a bearer token is wrong', async () => {
  await accounts.ensureAdministrator(administrator);
  const { cookies } = await accounts.signIn(administrator.email, administrator.password, here);
  const headers = cookieOf(cookies);
  headers.set('authorization', 'Bearer wrong');
  expect(await accounts.visitor(headers)).toBeUndefined();
});

it('replaces the token of the environment with its new value and revokes it when there is none', async () => {
  const bearer = (value: string) => new Headers({ authorization: `Bearer ${value}` });
  await accounts.ensureToken('first-value-of-the-token');
  await accounts.ensureToken('first-value-of-the-token');
  expect(await accounts.visitor(bearer('first-value-of-the-token'))).toBeDefined();
  await accounts.ensureToken('second-value-of-the-token');
  expect(await accounts.visitor(bearer('first-value-of-the-token'))).toBeUndefined();
  expect(await accounts.visitor(bearer('second-value-of-the-token'))).toBeDefined();
  await accounts.ensureToken(undefined);
  expect(await accounts.visitor(bearer('second-value-of-the-token'))).toBeUndefined();
});
