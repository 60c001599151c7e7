import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes, streamRoutes, type RouteName, type StreamName } from '../../shared/api.ts';
import { eventually } from '../testing/eventually.ts';
import { cookieAfter, httpClient, rawRequest } from '../testing/http-client.ts';
import { administrator, startTestServer, type TestServer } from '../testing/http-server.ts';
import { createHttpApp } from './app.ts';
import { openApiDocument, openApiPath } from './openapi.ts';

/** Who gets in, and who does not. */

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const anyId = '01890000-0000-7000-8000-000000000000';
const filled = (path: string) => path.replace(':version', '1').replace(':index', '0').replace(/:\w+/g, anyId);

async function signIn() {
  await server.accounts.ensureAdministrator(administrator);
  const { email, password } = administrator;
  const { response } = await httpClient(server.url).callWithResponse('signIn', { body: { email, password } });
  return httpClient(server.url, { cookie: cookieAfter(response) });
}

describe('without session or token', () => {
  const guarded = Object.entries({ ...routes, ...streamRoutes }).filter(([, route]) => route.may !== 'anyone');

  it.each(guarded)('%s answers 401', async (_name, route) => {
    const response = await httpClient(server.url).send(route.method, filled(route.path));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'NOT_SIGNED_IN', requestId: response.headers.get('x-request-id') });
  });

  it('an unknown route answers 401', async () => {
    expect((await httpClient(server.url).send('GET', '/no-such-route')).status).toBe(401);
  });

  it('a body is not even read', async () => {
    const response = await httpClient(server.url).send('POST', '/flows', { name: 'x'.repeat(3_000_000) });
    expect(response.status).toBe(401);
  });

  it('only what comes before signing in and the way back from a provider is public', () => {
    const open = Object.keys({ ...routes, ...streamRoutes }).filter((name) => !guarded.some(([other]) => other === name));
    expect(open).toEqual(['getSession', 'setUp', 'signIn', 'readWelcome', 'welcome', 'returnFromProvider'] satisfies (
      RouteName | StreamName
    )[]);
  });

  it('health answers, and tells nothing else', async () => {
    expect(await (await fetch(`${server.url}/healthz`)).text()).toBe('ok\n');
    expect(await (await fetch(`${server.url}/readyz`)).text()).toBe('ready\n');
  });
});

describe('with a token', () => {
  it('every documented path is there', async () => {
    const program = await server.program();
    const answer = await program.send('GET', '/openapi.json');
    const { paths } = (await answer.json()) as { paths: Record<string, object> };
    for (const route of Object.values(routes))
      expect(Object.keys(paths[openApiPath(route.path)] ?? {})).toContain(route.method.toLowerCase());
    const response = await program.send('GET', '/no-such-route');
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', message: "There is no API route 'GET /no-such-route'." });
  });

  it('nothing works any more once it is revoked', async () => {
    const program = await server.program();
    const { token, id } = await program.call('createToken', { body: { name: 'short-lived' } });
    const other = httpClient(server.url, { token });
    expect((await other.call('getSession')).user?.name).toBe('token short-lived');
    await program.call('deleteToken', { params: { id } });
    await expect(other.call('listFlows')).rejects.toMatchObject({ status: 401 });
    expect((await program.call('listTokens')).items.map((item) => item.name)).not.toContain('short-lived');
  });
});

describe('a session', () => {
  it('begins with sign-in and ends with sign-out', async () => {
    const browser = await signIn();
    expect(await browser.call('getSession')).toMatchObject({ isSetUpNeeded: false, user: { email: administrator.email } });
    await browser.call('listFlows');
    expect((await browser.call('signOut')).user).toBeNull();
    await expect(browser.call('listFlows')).rejects.toMatchObject({ status: 401 });
  });

  it('can not be used by a page of another site', async () => {
    const browser = await signIn();
    const flow = { name: 'Not theirs' };
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      const response = await browser.send('POST', '/flows', flow, headers);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'CROSS_ORIGIN_REFUSED' });
    }
    const ours: Record<string, string>[] = [{ origin: server.url }, { 'sec-fetch-site': 'same-origin', origin: server.url }];
    for (const headers of ours) expect((await browser.send('POST', '/flows', flow, headers)).status).toBe(200);
  });

  it('ends its event streams with it', async () => {
    const browser = await signIn();
    const stream = await browser.send('GET', '/events');
    const ended = stream.text();
    await browser.call('signOut');
    expect(await ended).toContain('retry:');
  });
});

describe('failed sign-ins', () => {
  it('are refused after five of them, for that account, with the time to wait', async () => {
    await server.accounts.ensureAdministrator(administrator);
    const client = httpClient(server.url);
    const guess = () => client.send('POST', '/sign-in', { email: 'victim@example.com', password: 'guess' });
    const guesses = await Promise.all(Array.from({ length: 14 }, guess));
    expect(guesses.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([...Array(5).fill(401), ...Array(9).fill(429)]);
    const refused = await guess();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(await refused.json()).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    await signIn();
  });
});

describe('the Host header', () => {
  it.each(['evil.example', 'localhost:1', '127.0.0.1.nip.io'])('%s is not answered', async (host) => {
    for (const path of ['/', '/api/v1/session', '/assets/x.js']) {
      const answer = await rawRequest(`${server.url}${path}`, { headers: { host } });
      expect(answer.status).toBe(421);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'HOST_NOT_ALLOWED' });
    }
  });

  it('localhost with our port is answered', async () => {
    const answer = await rawRequest(`${server.url}/api/v1/session`, { headers: { host: `localhost:${server.port}` } });
    expect(answer.status).toBe(200);
  });
});

describe('set-up', () => {
  it('needs the token of the start, signs in, and works once', async () => {
    const fresh = await startTestServer();
    try {
      const client = httpClient(fresh.url);
      expect(await client.call('getSession')).toEqual({ isSetUpNeeded: true, user: null, version: '0.0.0-test' });
      await expect(client.call('setUp', { body: { token: 'guess', ...administrator } })).rejects.toMatchObject({ status: 403 });
      const body = { token: fresh.accounts.setUpToken, ...administrator };
      const { answer, response } = await client.callWithResponse('setUp', { body });
      expect(answer).toMatchObject({ isSetUpNeeded: false, user: { email: administrator.email } });
      await httpClient(fresh.url, { cookie: cookieAfter(response) }).call('listFlows');
      await expect(client.call('setUp', { body })).rejects.toMatchObject({ status: 409, answer: { code: 'SETUP_DONE' } });
    } finally {
      await fresh.close();
    }
  });
});

describe('every answer', () => {
  it('tells the browser to be careful', async () => {
    const { headers } = await fetch(`${server.url}/api/v1/session`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('stopping', () => {
  it('ends open event streams at once', async () => {
    const stopping = await startTestServer();
    try {
      const program = await stopping.program();
      const stream = await program.send('GET', '/events');
      const startedAt = Date.now();
      const [text] = await Promise.all([stream.text(), stopping.stopHttp()]);
      expect(text).toContain('retry:');
      expect(Date.now() - startedAt).toBeLessThan(4_000);
      const isDown = () =>
        fetch(`${stopping.url}/healthz`).then(
          () => false,
          () => true,
        );
      await eventually(isDown, { what: 'the closed port' });
    } finally {
      await stopping.close();
    }
  });
});

describe('a role', () => {
  it('is told with the session, and what it does not allow is refused before the body is read', async () => {
    const viewer = await server.as('viewer');
    expect((await viewer.call('getSession')).user).toMatchObject({ role: 'viewer', may: ['see'] });
    await viewer.call('listFlows');
    await expect(viewer.call('createFlow', { body: { name: 'Not theirs' } })).rejects.toMatchObject({
      status: 403,
      answer: { code: 'NOT_ALLOWED' },
    });
    const answer = await viewer.send('POST', '/flows', { name: 'x'.repeat(3_000_000) });
    expect(answer.status).toBe(403);
  });
});

describe('what is mounted', () => {
  interface Layer {
    route?: { path: string; methods: Record<string, boolean> };
    handle: { stack?: Layer[] };
  }
  const mounted = (stack: Layer[]): string[] =>
    stack.flatMap(({ route, handle }) =>
      route
        ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`)
        : handle.stack
          ? mounted(handle.stack)
          : [],
    );

  it('is what the two tables name, what they describe, and nothing else', () => {
    const http = createHttpApp({ ...server.parts, clientDirectory: server.directory });
    try {
      const stack = (http.app as unknown as { router: { stack: Layer[] } }).router.stack;
      const tables = Object.values({ ...routes, ...streamRoutes }).map(({ method, path }) => `${method} ${path}`);
      expect(new Set(tables).size).toBe(tables.length);
      const beside = ['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /{*path}'];
      expect(mounted(stack).toSorted()).toEqual([...tables, ...beside].toSorted());
      const { paths } = openApiDocument('');
      const described = Object.entries(paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(described.toSorted()).toEqual(
        Object.values({ ...routes, ...streamRoutes })
          .map(({ method, path }) => `${method} ${openApiPath(path)}`)
          .toSorted(),
      );
    } finally {
      http.close();
    }
  });
});
