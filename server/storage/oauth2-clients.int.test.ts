import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OAuth2ClientStore } from '../ports/oauth2.ts';
import { oauth2Provider } from '../oauth2/provider.ts';
import { startAuthorizationServer, type AuthorizationServer } from '../testing/authorization-server.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openOAuth2Clients } from './oauth2-clients.ts';

/** OAuth2 Client Credentials against a real authorization server, used by two processes. */

const keys = { current: randomBytes(32), others: [] };
const host = 'api.example.com';

let db: TestDatabase;
let service: AuthorizationServer;
/** As two processes have them. */
let near: OAuth2ClientStore;
let far: OAuth2ClientStore;
let name: string;
let count = 0;

const open = () => openOAuth2Clients({ database: db.database, keys, provider: oauth2Provider, publish: () => undefined, log: silentLog });

beforeAll(async () => {
  [db, service] = await Promise.all([testDatabase(), startAuthorizationServer({ redirectUrls: ['http://localhost/'] })]);
  [near, far] = [open(), open()];
});
afterAll(async () => {
  await service.close();
  await db.close();
});
beforeEach(() => {
  count += 1;
  name = `shop-${count}`;
  service.grants.client = 0;
});
afterEach(() => {
  service.misbehave = undefined;
});

const settings = () => ({
  description: '',
  tokenUrl: service.tokenUrl,
  clientId: service.clientId,
  clientSecret: service.clientSecret,
  sendAs: 'body' as const,
  scope: 'mail',
  audience: '',
  resource: '',
  allowedHosts: [host],
});
const create = (change: Partial<ReturnType<typeof settings>> = {}) => near.create({ name, ...settings(), ...change }, 'anna');
const stored = async () => (await near.list()).find((row) => row.name === name);

test('fifty calls at once in two processes share one token', async () => {
  await create();
  const uses = Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? near : far).use(name, host));
  const tokens = new Set(await Promise.all(uses));
  expect(tokens.size).toBe(1);
  expect(service.handedOut).toContain([...tokens][0]);
  expect(service.grants.client).toBe(1);
  expect(await stored()).toMatchObject({ state: 'Deployed', error: null, accessTokenUntil: expect.any(Date) });
});

test('a token is replaced before it runs out', async () => {
  const brief = await startAuthorizationServer({ redirectUrls: ['http://localhost/'], accessTokenS: 4 });
  try {
    await create({ tokenUrl: brief.tokenUrl, clientSecret: brief.clientSecret });
    const first = await near.use(name, host);
    const until = (await stored())?.accessTokenUntil;
    const second = await eventually(
      async () => {
        const token = await near.use(name, host);
        return token === first ? undefined : token;
      },
      { what: 'another token' },
    );
    expect(brief.handedOut).toContain(second);
    expect(Date.now()).toBeLessThan(Number(until) + 200);
    expect(brief.grants.client).toBe(2);
  } finally {
    await brief.close();
  }
});

test('a token that a receiver refuses is replaced, once for all who were refused', async () => {
  await create();
  const refused = await near.use(name, host);
  const renewed = await Promise.all([near.use(name, host, refused), far.use(name, host, refused), near.use(name, host, refused)]);
  expect(new Set(renewed).size).toBe(1);
  expect(renewed[0]).not.toBe(refused);
  expect(service.grants.client).toBe(2);
});

test('who refuses every token does not make the token service give one for each message', async () => {
  await create();
  let token = await near.use(name, host);
  for (let message = 0; message < 10; message += 1) token = await near.use(name, host, token);
  expect(service.grants.client).toBe(2);
});

test('a token goes to no host but those of the artifact, and is not even asked for', async () => {
  await create();
  await expect(near.use(name, 'evil.example.com')).rejects.toMatchObject({ code: 'CREDENTIAL_HOST_NOT_ALLOWED' });
  await expect(near.tryOut(name, 'evil.example.com', 'secret')).rejects.toMatchObject({ code: 'CREDENTIAL_HOST_NOT_ALLOWED' });
  await expect(near.use('unknown', host)).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_DEPLOYED' });
  expect(service.grants.client).toBe(0);
});

test('a wrong client secret is an error of the artifact, is not tried again and again, and is over when it is corrected', async () => {
  await create({ clientSecret: 'not the secret' });
  let asked = 0;
  service.misbehave = () => {
    asked += 1;
    return false;
  };
  await expect(near.use(name, host)).rejects.toMatchObject({ code: 'OAUTH2_PROVIDER_REFUSED' });
  const whole = await stored();
  expect(whole).toMatchObject({
    state: 'Error',
    error: { code: 'OAUTH2_PROVIDER_REFUSED', remedy: expect.stringContaining('Client Secret') },
  });
  expect(JSON.stringify(whole)).not.toContain('not the secret');
  await expect(far.use(name, host)).rejects.toMatchObject({ code: 'OAUTH2_REFRESH_PAUSED' });
  expect(asked).toBe(1);

  await expect(near.save(name, settings(), 'anna')).resolves.toMatchObject({ state: 'Deployed', error: null });
  expect(service.handedOut).toContain(await far.use(name, host));
});

test('another secret can be tried without being deployed', async () => {
  await create({ clientSecret: 'not the secret' });
  expect(service.handedOut).toContain(await near.tryOut(name, host, service.clientSecret));
  await expect(near.tryOut(name, host, 'nor this')).rejects.toMatchObject({ code: 'OAUTH2_PROVIDER_REFUSED' });
  expect(await stored()).toMatchObject({ state: 'Deployed', accessTokenUntil: null });
});

describe('while the token service is down', () => {
  const down = () => {
    service.misbehave = (_, response) => {
      response.writeHead(503).end('down');
      return true;
    };
  };

  test('a call fails for now, and the state stays', async () => {
    await create();
    down();
    await expect(near.use(name, host)).rejects.toMatchObject({ code: 'OAUTH2_PROVIDER_UNAVAILABLE', retryable: true });
    expect(await stored()).toMatchObject({ state: 'Deployed', error: { code: 'OAUTH2_PROVIDER_UNAVAILABLE' } });
  });

  test('the token at hand is used to its end', async () => {
    await create();
    const token = await near.use(name, host);
    await db.database.pool.query('update oauth2_credential set refresh_at = now() where name = $1', [name]);
    down();
    await expect(near.use(name, host)).resolves.toBe(token);
  });
});

test('what its token is for is asked for as it is typed', async () => {
  await create({ audience: 'https://shop.example.com', resource: 'https://api.example.com' });
  const bodies: string[] = [];
  service.misbehave = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"one","token_type":"bearer","expires_in":60}');
    return true;
  };
  await expect(near.use(name, host)).resolves.toBe('one');
  expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toMatchObject({
    grant_type: 'client_credentials',
    scope: 'mail',
    audience: 'https://shop.example.com',
    resource: 'https://api.example.com',
  });
});

test('secret and token lie in the database encrypted', async () => {
  await create();
  const token = await near.use(name, host);
  const { rows } = await db.database.pool.query<{ secret: Buffer; access_token: Buffer }>(
    'select secret, access_token from credential join oauth2_credential using (name) where name = $1',
    [name],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.secret.includes(service.clientSecret)).toBe(false);
  expect(rows[0]?.access_token.includes(token)).toBe(false);
});

test('a name stands for one artifact, of whatever kind, and is free again when it is deleted', async () => {
  await create();
  await expect(create()).rejects.toMatchObject({ code: 'CREDENTIAL_EXISTS' });
  await expect(near.remove(name)).resolves.toBe(true);
  await expect(near.remove(name)).resolves.toBe(false);
  await create();
});
