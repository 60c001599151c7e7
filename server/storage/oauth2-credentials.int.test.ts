import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { ChangeEvent } from '../ports/engine.ts';
import type { OAuth2CredentialStore, OAuth2Provider, OAuth2Settings, OAuth2Tokens } from '../ports/oauth2.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openOAuth2Credentials } from './oauth2-credentials.ts';
import { openCredentials } from './credentials.ts';
import { openDatabase, type Database } from './database.ts';
import { sqlOn } from './sql.ts';

/** Against a provider in this process, so that a test decides what it answers and when; the real one is in server/oauth2. */

const keys = { current: randomBytes(32), others: [] };
const office: OAuth2Settings & { name: string } = {
  name: 'office',
  description: 'Orders',
  provider: 'generic',
  tenant: '',
  authorizationUrl: 'https://login.example.com/auth',
  tokenUrl: 'https://login.example.com/token',
  clientId: 'mailroom',
  clientSecret: 'pump & valve',
  sendAs: 'body',
  user: 'ada@example.com',
  scope: 'mail offline_access',
  allowedHosts: ['mail.example.com'],
};
const host = 'mail.example.com';

let fixture: TestDatabase;
let other: Database;
let store: OAuth2CredentialStore;
let published: ChangeEvent[];
let logged: string[];
let refreshes: string[];
let nextTokens: (refreshToken: string) => OAuth2Tokens | Promise<OAuth2Tokens>;
let exchanged: Partial<OAuth2Tokens>;
/** What happens while the code is being exchanged. */
let whileAway: () => Promise<void>;

const provider: OAuth2Provider = {
  authorizationUrl: async (client, { state, redirectUrl }) => `${client.authorizationUrl}?state=${state}&redirect=${redirectUrl}`,
  exchange: async () => {
    await whileAway();
    return { accessToken: 'access 1', expiresIn: 3_600, refreshToken: 'refresh 1', ...exchanged };
  },
  refresh: async (_client, refreshToken) => {
    refreshes.push(refreshToken);
    return nextTokens(refreshToken);
  },
  clientToken: async () => {
    throw new Error('not of this kind of artifact');
  },
};
const write = (facts: object, text: string) => void logged.push(`${text} ${JSON.stringify(facts)}`);
const log: Logger = { debug: write, info: write, warn: write, error: write };

/** A store as another process would have it. */
const openOn = (database: Pick<Database, 'pool'>) =>
  openOAuth2Credentials({ database, keys, provider, publish: (event) => published.push(event), log });

beforeAll(async () => {
  fixture = await testDatabase();
  other = await openDatabase({ url: fixture.database.url, log });
});
afterAll(async () => {
  await other.close();
  await fixture.close();
});
beforeEach(async () => {
  published = [];
  logged = [];
  refreshes = [];
  exchanged = {};
  whileAway = async () => undefined;
  nextTokens = (token) => ({ accessToken: `${token} → access`, expiresIn: 3_600, refreshToken: `${token} → refresh` });
  store = openOn(fixture.database);
  await pool().query('truncate credential, channel, flow, sign_in_pause cascade');
  await store.create(office, 'anna');
});

const pool = () => sqlOn(fixture.database.pool);
const authorize = async (on = store) => {
  const url = await on.authorize('office', 'session 1', 'https://mailroom.example.com/callback');
  return on.complete(new URL(url ?? '').searchParams.get('state') ?? '', { code: 'x' }, 'session 1', 'anna');
};
const row = async () => (await store.list())[0];
const makeDue = () => pool().query(`update oauth2_credential set refresh_at = now() - interval '1 second'`);
const makeExpired = () =>
  pool().query(`update oauth2_credential set refresh_at = now() - interval '1 second', access_token_until = now() - interval '1 second'`);
const endRest = () => pool().query(`update oauth2_credential set retry_at = now() - interval '1 second'`);
const token = async (refused?: string) => (await store.use('office', host, refused)).token;
const unavailable = () => new FlowError('OAUTH2_PROVIDER_UNAVAILABLE', { name: 'office', host: 'login.example.com', reason: 'it is down' });

describe('an artifact', () => {
  test('is listed without secrets, and waits to be authorized', async () => {
    expect(await row()).toEqual({
      ...Object.fromEntries(Object.entries(office).filter(([key]) => key !== 'clientSecret')),
      hasClientSecret: true,
      state: 'Unauthorized',
      error: null,
      authorizedAt: null,
      authorizedBy: null,
      accessTokenUntil: null,
      refreshTokenUntil: null,
      deployedAt: expect.any(Date),
      deployedBy: 'anna',
      usedBy: [],
      refusal: null,
    });
    await expect(token()).rejects.toMatchObject({ code: 'OAUTH2_NOT_AUTHORIZED', details: undefined });
  });

  test('shares its name with no User Credentials artifact, and is none', async () => {
    const credentials = openCredentials({ database: fixture.database, keys, publish: () => undefined });
    const user = { name: 'office', description: '', user: 'u', password: 'p', allowedHosts: [host] };
    await expect(credentials.create(user, 'anna')).rejects.toMatchObject({ code: 'CREDENTIAL_EXISTS' });
    expect(await credentials.list()).toEqual([]);
    expect(await credentials.save('office', user, 'anna')).toBeUndefined();
    expect(await credentials.remove('office')).toBe(false);
    await expect(credentials.use('office', host)).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_DEPLOYED' });
    await credentials.create({ ...user, name: 'plain' }, 'anna');
    await expect(store.create({ ...office, name: 'plain' }, 'anna')).rejects.toMatchObject({ code: 'CREDENTIAL_EXISTS' });
    await expect(store.use('plain', host)).rejects.toThrow("No OAuth2 Authorization Code artifact named 'plain' is deployed.");
    expect(await store.remove('plain')).toBe(false);
  });

  test('keeps nothing readable in the database', async () => {
    await authorize();
    await store.authorize('office', 'session 1', 'https://mailroom.example.com/callback');
    const tables = ['credential', 'oauth2_credential', 'oauth2_request'];
    const texts = await Promise.all(tables.map((table) => pool().query<{ all: string }>(`select ${table}::text as all from ${table}`)));
    const everything = JSON.stringify(texts);
    expect(everything).toContain('office');
    const readable = (text: string) => [text, Buffer.from(text).toString('hex')];
    for (const secret of ['pump & valve', 'access 1', 'refresh 1'].flatMap(readable)) expect(everything).not.toContain(secret);
  });

  test('is authorized anew when client, user or scope are others, and only then', async () => {
    await authorize();
    await store.save(
      'office',
      { ...office, description: 'New', clientSecret: 'fresh', sendAs: 'basic', allowedHosts: ['*.example.com'] },
      'berta',
    );
    expect(await row()).toMatchObject({ state: 'Deployed', description: 'New', deployedBy: 'berta', authorizedBy: 'anna' });
    expect(await token()).toBe('access 1');
    await store.save('office', { ...office, scope: 'mail' }, 'berta');
    expect(await row()).toMatchObject({ state: 'Unauthorized', authorizedAt: null, accessTokenUntil: null });
    await expect(token()).rejects.toMatchObject({ code: 'OAUTH2_NOT_AUTHORIZED' });
    expect(await store.save('none', office, 'berta')).toBeUndefined();
  });

  test('whose secret was sealed with another master key is made right by entering the secret again', async () => {
    await authorize();
    const moved = openOAuth2Credentials({
      database: fixture.database,
      keys: { current: randomBytes(32), others: [] },
      provider,
      publish: () => undefined,
      log,
    });
    await expect(moved.use('office', host)).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
    await moved.save('office', office, 'anna');
    await authorize(moved);
    expect((await moved.use('office', host)).token).toBe('access 1');
  });

  test('is gone with its tokens', async () => {
    await authorize();
    expect(await store.remove('office')).toBe(true);
    expect(await store.remove('office')).toBe(false);
    expect(await pool().query('select 1 from oauth2_credential')).toEqual([]);
    await expect(token()).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_DEPLOYED' });
  });
});

describe('an authorization', () => {
  test('makes it Deployed, lets its channels poll at once, and tells everybody', async () => {
    await pool().query(`insert into flow (name, draft) values ('Orders', '{"nodes":[],"edges":[]}')`);
    await pool().query(
      `insert into channel (flow_id, node_id, name, version, type, config, is_active, health, failures_in_row, next_poll_at)
       select id, 'mail', 'mail', 1, 'mail-sender', '{"credential":"office"}', true, 'failing', 3, now() + interval '20 minutes' from flow`,
    );
    await pool().query(`insert into sign_in_pause values ('mail.example.com/ada', 'office', 3, now() + interval '8 minutes')`);
    exchanged = { refreshExpiresIn: 86_400 };
    published = [];
    const authorized = await authorize();
    expect(authorized).toMatchObject({ state: 'Deployed', authorizedBy: 'anna', error: null });
    const daysLeft = ((authorized.refreshTokenUntil?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(daysLeft).toBeCloseTo(1, 2);
    expect(published).toEqual([{ kind: 'credential', id: 'office' }]);
    expect(await pool().query('select 1 from channel where next_poll_at <= now()')).toHaveLength(1);
    expect(await pool().query('select 1 from sign_in_pause')).toEqual([]);
    expect(await store.use('office', host)).toEqual({ name: 'office', user: 'ada@example.com', token: 'access 1' });
    await expect(store.use('office', 'evil.example.org')).rejects.toMatchObject({ code: 'CREDENTIAL_HOST_NOT_ALLOWED' });
  });

  const begin = async () =>
    new URL((await store.authorize('office', 'session 1', 'https://x/callback')) ?? '').searchParams.get('state') ?? '';
  const unknown = { code: 'OAUTH2_REQUEST_UNKNOWN' };

  test('is ended once, by the session that began it, in any process', async () => {
    const state = await begin();
    await openOn(other).complete(state, { code: 'x' }, 'session 1', 'anna');
    await expect(store.complete(state, { code: 'x' }, 'session 1', 'anna')).rejects.toMatchObject(unknown);
    await expect(store.complete(await begin(), { code: 'x' }, 'session 2', 'eve')).rejects.toMatchObject(unknown);
    await expect(store.complete('made up', { code: 'x' }, 'session 1', 'anna')).rejects.toMatchObject(unknown);
  });

  test('that two ends at once try is ended by one', async () => {
    const state = await begin();
    const ends = await Promise.allSettled([1, 2, 3].map(() => store.complete(state, { code: 'x' }, 'session 1', 'anna')));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  test('is forgotten after ten minutes', async () => {
    const state = await begin();
    await pool().query(`update oauth2_request set expires_at = expires_at - interval '10 minutes'`);
    await expect(store.complete(state, { code: 'x' }, 'session 1', 'anna')).rejects.toMatchObject(unknown);
    await begin();
    await pool().query(`update oauth2_request set expires_at = now() - interval '1 minute'`);
    await begin();
    expect(await pool().query('select 1 from oauth2_request')).toHaveLength(1);
  });

  test('counts for nothing when the artifact was changed meanwhile', async () => {
    const state = await begin();
    whileAway = async () => void (await store.save('office', { ...office, clientId: 'another' }, 'berta'));
    await expect(store.complete(state, { code: 'x' }, 'session 1', 'anna')).rejects.toMatchObject(unknown);
    expect(await row()).toMatchObject({ state: 'Unauthorized', clientId: 'another' });
  });

  test('without a refresh token is refused, since it would end within the hour', async () => {
    exchanged = { refreshToken: undefined };
    await expect(authorize()).rejects.toMatchObject({ code: 'OAUTH2_NO_REFRESH_TOKEN' });
    expect(await row()).toMatchObject({ state: 'Unauthorized' });
  });
});

describe('an access token', () => {
  beforeEach(() => authorize());

  test('is refreshed some minutes before it runs out; the new refresh token is the next one used', async () => {
    expect(await token()).toBe('access 1');
    expect(refreshes).toEqual([]);
    const [times] = await pool().query<{ ahead: number }>(
      'select extract(epoch from access_token_until - refresh_at)::float8 as ahead from oauth2_credential',
    );
    expect(times?.ahead).toBeCloseTo(300, 1);
    await makeDue();
    expect(await token()).toBe('refresh 1 → access');
    await makeDue();
    expect(await token()).toBe('refresh 1 → refresh → access');
  });

  test('of a short life is still used for most of it', async () => {
    nextTokens = () => ({ accessToken: 'short', expiresIn: 8, refreshToken: 'r' });
    await makeDue();
    await token();
    expect(await token()).toBe('short');
    expect(refreshes).toHaveLength(1);
  });

  test('is refreshed with the old refresh token where the provider gives no new one', async () => {
    nextTokens = (refreshToken) => ({ accessToken: `${refreshToken} again`, expiresIn: 3_600 });
    await makeDue();
    await token();
    await makeDue();
    expect(await token()).toBe('refresh 1 again');
    expect(refreshes).toEqual(['refresh 1', 'refresh 1']);
  });

  test('that many want at once, in two processes, is refreshed once', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const normal = nextTokens;
    nextTokens = async (refreshToken) => {
      await answered;
      return normal(refreshToken);
    };
    await makeExpired();
    const elsewhere = openOn(other);
    const asking = [store, elsewhere].flatMap((from) => Array.from({ length: 10 }, async () => (await from.use('office', host)).token));
    // Both are at it: one at the provider, the other waiting for the row.
    await expect
      .poll(() => pool().query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%oauth2_credential%'`))
      .toHaveLength(1);
    answer();
    expect(new Set(await Promise.all(asking))).toEqual(new Set(['refresh 1 → access']));
    expect(refreshes).toEqual(['refresh 1']);
  });

  test('that the server refused is replaced, unless it was already', async () => {
    expect(await token('access 1')).toBe('refresh 1 → access');
    expect(await token('access 1')).toBe('refresh 1 → access');
    expect(refreshes).toEqual(['refresh 1']);
  });

  test('is read while a refresh holds the row, and the list as well', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    nextTokens = async () => {
      await answered;
      return { accessToken: 'new', expiresIn: 3_600 };
    };
    await makeDue();
    const refreshing = token();
    await expect.poll(() => refreshes).toHaveLength(1);
    expect(await row()).toMatchObject({ state: 'Deployed' });
    answer();
    expect(await refreshing).toBe('new');
  });

  test('of many artifacts never takes more than four connections of the pool', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `office-${i}`);
    for (const name of names) await store.create({ ...office, name }, 'anna');
    await pool().query(`update oauth2_credential o set refresh_token = null where name <> 'office'`);
    for (const name of names) {
      const url = await store.authorize(name, 's', 'https://x/callback');
      await store.complete(new URL(url ?? '').searchParams.get('state') ?? '', { code: 'x' }, 's', 'anna');
    }
    await makeExpired();
    let running = 0;
    let most = 0;
    nextTokens = async () => {
      running += 1;
      most = Math.max(most, running);
      await pool().query('select pg_sleep(0.05)');
      running -= 1;
      return { accessToken: 'new', expiresIn: 3_600 };
    };
    await Promise.all(names.map((name) => store.use(name, host)));
    expect(most).toBe(4);
  });
});

describe('a provider', () => {
  beforeEach(() => authorize());

  test('that is away changes no state; the token is used to its end, and tries become rarer', async () => {
    nextTokens = () => Promise.reject(unavailable());
    await makeDue();
    published = [];
    expect(await token()).toBe('access 1');
    expect(await row()).toMatchObject({ state: 'Deployed', error: { code: 'OAUTH2_PROVIDER_UNAVAILABLE' } });
    expect(published).toHaveLength(1);
    expect(await token()).toBe('access 1');
    expect(refreshes).toHaveLength(1);

    await makeExpired();
    await expect(token()).rejects.toMatchObject({
      code: 'OAUTH2_REFRESH_PAUSED',
      retryable: true,
      details: expect.stringContaining('it is down'),
    });
    await endRest();
    await expect(token()).rejects.toMatchObject({ code: 'OAUTH2_PROVIDER_UNAVAILABLE' });
    const rest = await pool().query<{ seconds: number }>(
      'select extract(epoch from retry_at - now())::float8 as seconds from oauth2_credential',
    );
    expect(rest[0]?.seconds).toBeGreaterThan(8);
    expect(rest[0]?.seconds).toBeLessThan(11);

    await endRest();
    nextTokens = () => ({ accessToken: 'back', expiresIn: 3_600 });
    expect(await token()).toBe('back');
    expect(await row()).toMatchObject({ state: 'Deployed', error: null });
  });

  test('that refuses the client makes it Error, until a change helps', async () => {
    nextTokens = () =>
      Promise.reject(
        new FlowError('OAUTH2_PROVIDER_REFUSED', { name: 'office', host: 'login.example.com', reason: 'the secret has expired' }),
      );
    await makeExpired();
    await expect(token()).rejects.toMatchObject({ code: 'OAUTH2_PROVIDER_REFUSED' });
    expect(await row()).toMatchObject({ state: 'Error', error: { message: expect.stringContaining('the secret has expired') } });
    expect(logged.join('\n')).toContain('the secret has expired');
    await store.save('office', { ...office, clientSecret: 'fresh' }, 'anna');
    expect(await row()).toMatchObject({ state: 'Deployed', error: null });
    nextTokens = () => ({ accessToken: 'back', expiresIn: 3_600 });
    expect(await token()).toBe('back');
  });

  test('that calls the grant over makes it Unauthorized until a person authorizes it again', async () => {
    nextTokens = () => Promise.reject(new FlowError('OAUTH2_NOT_AUTHORIZED', { name: 'office' }, { details: 'withdrawn' }));
    await makeDue();
    await expect(token()).rejects.toMatchObject({ code: 'OAUTH2_NOT_AUTHORIZED' });
    expect(await row()).toMatchObject({
      state: 'Unauthorized',
      accessTokenUntil: null,
      error: { code: 'OAUTH2_NOT_AUTHORIZED', details: 'withdrawn' },
    });
    await expect(token()).rejects.toMatchObject({ code: 'OAUTH2_NOT_AUTHORIZED' });
    expect(refreshes).toHaveLength(1);
    await authorize();
    expect(await token()).toBe('access 1');
  });

  test('that the process dies at leaves the tokens as they were', async () => {
    nextTokens = () => Promise.reject(new Error('the database connection was lost'));
    await makeDue();
    await expect(token()).rejects.toThrow('the database connection was lost');
    nextTokens = (refreshToken) => ({ accessToken: `${refreshToken} again`, expiresIn: 3_600 });
    expect(await token()).toBe('refresh 1 again');
  });
});
