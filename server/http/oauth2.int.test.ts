import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Logger } from '../ports/common.ts';
import { answerAtProvider, startAuthorizationServer, type AuthorizationServer } from '../testing/authorization-server.ts';
import { cookieAfter, httpClient, type HttpClient } from '../testing/http-client.ts';
import { administrator, startTestServer, type TestServer } from '../testing/http-server.ts';

/** The way of an authorization through the API, with a real authorization server. */

const written: string[] = [];
const write = (facts: object, text: string) => void written.push(`${text} ${JSON.stringify(facts)}`);
const log: Logger = { debug: write, info: write, warn: write, error: write };

let server: TestServer;
let provider: AuthorizationServer;
let browser: HttpClient;
let redirectUrl: string;

beforeAll(async () => {
  server = await startTestServer({ log });
  await server.accounts.ensureAdministrator(administrator);
  browser = await signedIn();
  redirectUrl = (await browser.call('listOAuth2Credentials')).redirectUrl;
  provider = await startAuthorizationServer({ redirectUrls: [redirectUrl] });
});
afterAll(async () => {
  await provider.close();
  await server.close();
});

async function signedIn(): Promise<HttpClient> {
  const { email, password } = administrator;
  const { response } = await httpClient(server.url).callWithResponse('signIn', { body: { email, password } });
  return httpClient(server.url, { cookie: cookieAfter(response) });
}

const settings = () => ({
  provider: 'generic' as const,
  authorizationUrl: provider.authorizationUrl,
  tokenUrl: provider.tokenUrl,
  clientId: provider.clientId,
  clientSecret: provider.clientSecret,
  user: 'ada@example.com',
  scope: 'openid offline_access mail',
  allowedHosts: ['localhost'],
});
const create = (name: string) => browser.call('createOAuth2Credential', { body: { name, ...settings() } });

/** What the page of the client gets: the parameters behind the "#". */
async function comeBack(from: URL): Promise<{ state: string; code?: string; error?: string; errorDescription?: string }> {
  const response = await fetch(from, { redirect: 'manual', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } });
  expect(response.status).toBe(303);
  const location = new URL(response.headers.get('location') ?? '', server.url);
  expect(location.origin + location.pathname + location.search).toBe(`${server.url}/oauth2/authorized`);
  const { error_description: errorDescription, ...given } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return { state: '', ...given, ...(errorDescription === undefined ? {} : { errorDescription }) };
}

async function begin(name: string): Promise<string> {
  return (await browser.call('authorizeOAuth2Credential', { params: { name } })).url;
}

it('an artifact is created, authorized at the provider, and shown as Deployed, without a secret anywhere', async () => {
  expect(redirectUrl).toBe(`${server.url}/api/v1/oauth2/callback`);
  expect(await create('office')).toMatchObject({
    name: 'office',
    state: 'Unauthorized',
    hasClientSecret: true,
    deployedBy: 'ada@example.com',
  });
  const answer = await comeBack(await answerAtProvider(await begin('office'), 'ada@example.com'));
  const authorized = await browser.call('completeOAuth2Authorization', { body: answer });
  expect(authorized).toMatchObject({ name: 'office', state: 'Deployed', authorizedBy: 'ada@example.com', error: null });

  const { token } = await server.parts.secrets.useAccessToken('office', 'localhost');
  const again = await browser.send('POST', '/oauth2/complete', answer);
  expect(again.status).toBe(409);
  const saved = await browser.call('saveOAuth2Credential', {
    params: { name: 'office' },
    body: { ...settings(), clientSecret: 'planted secret' },
  });
  expect(saved.state).toBe('Deployed');
  const wrong = await browser.send('PUT', '/oauth2-credentials/office', { ...settings(), clientSecret: 'planted secret', scope: 7 });
  const list = await browser.call('listOAuth2Credentials');
  const everything = JSON.stringify([list, authorized, saved, await again.text(), await wrong.text(), written]);
  expect(everything).toContain('office');
  for (const secret of [token, provider.clientSecret, 'planted secret', answer.code ?? 'no code']) expect(everything).not.toContain(secret);
});

it('a person who declines is told so, and the artifact stays as it was', async () => {
  await create('declined');
  const answer = await comeBack(await answerAtProvider(await begin('declined'), 'ada@example.com', 'decline'));
  await expect(browser.call('completeOAuth2Authorization', { body: answer })).rejects.toMatchObject({
    status: 409,
    answer: {
      code: 'OAUTH2_AUTHORIZATION_REFUSED',
      message: expect.stringContaining('the request was declined at the provider ("The person said no")'),
    },
  });
  expect((await browser.call('listOAuth2Credentials')).items.find(({ name }) => name === 'declined')?.state).toBe('Unauthorized');
});

it('only the session that began an authorization can end it, and nobody without one', async () => {
  await create('bound');
  const answer = await comeBack(await answerAtProvider(await begin('bound'), 'ada@example.com'));
  await expect(httpClient(server.url).call('completeOAuth2Authorization', { body: answer })).rejects.toMatchObject({ status: 401 });
  const other = await signedIn();
  await expect(other.call('completeOAuth2Authorization', { body: answer })).rejects.toMatchObject({
    answer: { code: 'OAUTH2_REQUEST_UNKNOWN' },
  });
  // Used up by that: nobody gets a second guess.
  await expect(browser.call('completeOAuth2Authorization', { body: answer })).rejects.toMatchObject({
    answer: { code: 'OAUTH2_REQUEST_UNKNOWN' },
  });
});

it('a page of another site can neither begin nor end an authorization', async () => {
  const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.org' };
  for (const [path, body] of [['/oauth2-credentials/office/authorize'], ['/oauth2/complete', { state: 'x', code: 'y' }]] as const) {
    const response = await browser.send('POST', path, body, elsewhere);
    expect(await response.json()).toMatchObject({ code: 'CROSS_ORIGIN_REFUSED' });
  }
});

it('what comes to the redirect URL is only led on, whatever it is', async () => {
  const callback = async (query: string) => {
    const response = await fetch(`${redirectUrl}${query}`, { redirect: 'manual' });
    return response.headers.get('location');
  };
  expect(await callback('')).toBe('/oauth2/authorized#');
  expect(await callback('?state=a&code=b&code=c&next=//evil.example.org&error=%3Cscript%3E')).toBe(
    '/oauth2/authorized#state=a&error=%3Cscript%3E',
  );
  expect((await callback(`?code=${'x'.repeat(9_000)}`))?.length).toBeLessThan(8_100);
});

it('addresses must be protected, and are typed only where the provider has none of its own', async () => {
  const problemsOf = async (change: object) => {
    const response = await browser.send('POST', '/oauth2-credentials', { name: 'wrong', ...settings(), ...change });
    const { problems } = (await response.json()) as { problems?: { path: string; message: string }[] };
    return problems?.map(({ path, message }) => `${path} ${message}`);
  };
  expect(await problemsOf({ tokenUrl: 'http://login.example.com/token' })).toEqual([
    'tokenUrl must begin with https:// (http:// only for this machine)',
  ]);
  expect(await problemsOf({ tokenUrl: 'https://u:p@login.example.com/', authorizationUrl: '' })).toEqual([
    'authorizationUrl must be an address such as https://login.example.com/token',
    'tokenUrl must not hold a user or password',
  ]);
  expect(await problemsOf({ provider: 'microsoft' })).toEqual(['tenant must not be empty']);
  expect(await problemsOf({ provider: 'microsoft', tenant: 'a/../b' })).toEqual(['tenant letters, digits, "." and "-" only']);
  const google = await browser.call('createOAuth2Credential', {
    body: { name: 'google', provider: 'google', clientId: 'x', user: 'u', allowedHosts: [] },
  });
  expect(google).toMatchObject({ authorizationUrl: '', tokenUrl: '', hasClientSecret: false });
});

it('an artifact that is not there is not found', async () => {
  const params = { name: 'none' };
  await expect(browser.call('authorizeOAuth2Credential', { params })).rejects.toMatchObject({ status: 404 });
  await expect(browser.call('deleteOAuth2Credential', { params })).rejects.toMatchObject({ status: 404 });
  await expect(browser.call('saveOAuth2Credential', { params, body: settings() })).rejects.toMatchObject({ status: 404 });
  await browser.call('deleteOAuth2Credential', { params: { name: 'declined' } });
});
