import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { OAuth2Client } from '../ports/oauth2.ts';
import { answerAtProvider, startAuthorizationServer, type AuthorizationServer } from '../testing/authorization-server.ts';
import { oauth2Provider } from './provider.ts';

const redirectUrl = 'http://127.0.0.1:8025/api/v1/oauth2/callback';
const request = { redirectUrl, state: 'the-state', codeVerifier: 'v'.repeat(43) };

let server: AuthorizationServer;
let client: OAuth2Client;

beforeAll(async () => {
  server = await startAuthorizationServer({ redirectUrls: [redirectUrl] });
  client = clientOf(server);
});
afterAll(() => server.close());
afterEach(() => {
  server.misbehave = undefined;
});

function clientOf({ authorizationUrl, tokenUrl, clientId, clientSecret }: AuthorizationServer): OAuth2Client {
  return {
    name: 'office',
    provider: 'generic',
    tenant: '',
    authorizationUrl,
    tokenUrl,
    clientId,
    clientSecret,
    sendAs: 'body',
    user: 'ada@example.com',
    scope: 'openid offline_access mail',
  };
}

async function authorized(who = client) {
  const back = await answerAtProvider(await oauth2Provider.authorizationUrl(who, request), 'ada@example.com');
  expect(back.searchParams.get('state')).toBe('the-state');
  return oauth2Provider.exchange(who, { code: back.searchParams.get('code') ?? '', iss: back.searchParams.get('iss') ?? '' }, request);
}

test('a code that a person allowed becomes tokens, and those are refreshed', async () => {
  const tokens = await authorized();
  expect(tokens).toEqual({ accessToken: expect.any(String), expiresIn: 3_600, refreshToken: expect.any(String) });
  const refreshed = await oauth2Provider.refresh(client, tokens.refreshToken ?? '');
  expect(refreshed.refreshToken).not.toBe(tokens.refreshToken);
  expect(refreshed.accessToken).not.toBe(tokens.accessToken);
});

test.each(['body', 'basic'] as const)('the secret goes into %s, as the artifact says', async (sendAs) => {
  const other = await startAuthorizationServer({ redirectUrls: [redirectUrl], secretIn: sendAs });
  onTestFinished(() => other.close());
  const seen: (string | undefined)[] = [];
  other.misbehave = ({ headers }) => {
    seen.push(headers.authorization?.slice(0, 6));
    return false;
  };
  await expect(authorized({ ...clientOf(other), sendAs })).resolves.toMatchObject({ expiresIn: 3_600 });
  expect(seen).toEqual([sendAs === 'basic' ? 'Basic ' : undefined]);
});

test('a person who declines is told so', async () => {
  const back = await answerAtProvider(await oauth2Provider.authorizationUrl(client, request), 'ada@example.com', 'decline');
  const answer = { error: back.searchParams.get('error') ?? '', errorDescription: back.searchParams.get('error_description') ?? '' };
  await expect(oauth2Provider.exchange(client, answer, request)).rejects.toThrow(
    /'office' was not authorized: the request was declined at the provider \("The person said no"\)\./,
  );
});

test('a code is worth nothing with another verifier, nor a second time', async () => {
  const back = await answerAtProvider(await oauth2Provider.authorizationUrl(client, request), 'ada@example.com');
  const code = back.searchParams.get('code') ?? '';
  const stolen = oauth2Provider.exchange(client, { code }, { ...request, codeVerifier: 'x'.repeat(43) });
  await expect(stolen).rejects.toMatchObject({ code: 'OAUTH2_AUTHORIZATION_REFUSED' });
  await oauth2Provider.exchange(client, { code }, request);
  await expect(oauth2Provider.exchange(client, { code }, request)).rejects.toMatchObject({ code: 'OAUTH2_AUTHORIZATION_REFUSED' });
});

test('a grant that was withdrawn is over; a wrong secret is not', async () => {
  const { refreshToken = '' } = await authorized();
  await expect(oauth2Provider.refresh({ ...client, clientSecret: 'wrong-secret' }, refreshToken)).rejects.toMatchObject({
    code: 'OAUTH2_PROVIDER_REFUSED',
    message: expect.stringMatching(/^localhost:\d+ refuses the OAuth2 artifact 'office': it does not accept Client ID or Client Secret/),
  });
  await server.revokeAll();
  await expect(oauth2Provider.refresh(client, refreshToken)).rejects.toMatchObject({ code: 'OAUTH2_NOT_AUTHORIZED' });
});

test('Microsoft and Google are asked as they want it', async () => {
  const microsoft = new URL(
    await oauth2Provider.authorizationUrl({ ...client, provider: 'microsoft', tenant: 'contoso.com', scope: 'IMAP' }, request),
  );
  expect(microsoft.origin + microsoft.pathname).toBe('https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize');
  expect(microsoft.searchParams.get('scope')).toBe('IMAP offline_access');
  expect(microsoft.searchParams.get('code_challenge_method')).toBe('S256');
  const google = new URL(
    await oauth2Provider.authorizationUrl({ ...client, provider: 'google', scope: 'https://mail.google.com/' }, request),
  );
  expect(Object.fromEntries(google.searchParams)).toMatchObject({
    access_type: 'offline',
    prompt: 'consent',
    login_hint: 'ada@example.com',
  });
  const answer = { code: 'x', iss: 'https://evil.example.com' };
  await expect(oauth2Provider.exchange({ ...client, provider: 'google' }, answer, request)).rejects.toThrow(/came from another provider/);
});

describe('a token service that does not do what it should', () => {
  const secrets = ['the-refresh-token', 'the client&secret', 'the-code', request.codeVerifier];

  /** Asks it to refresh; the answer is an error, which holds nothing secret. */
  async function failure(handler: (request: IncomingMessage, response: ServerResponse) => unknown) {
    const http = createServer((request, response) => void handler(request, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      http.close();
      http.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/token`;
    return failureAt(url);
  }

  async function failureAt(tokenUrl: string) {
    const asked = { ...client, tokenUrl, clientSecret: 'the client&secret' };
    const errors = await Promise.all([
      oauth2Provider.refresh(asked, 'the-refresh-token').catch((error: unknown) => error),
      oauth2Provider.exchange(asked, { code: 'the-code' }, request).catch((error: unknown) => error),
    ]);
    for (const error of errors) {
      const everything = shown(error);
      for (const secret of secrets) {
        expect(everything).not.toContain(secret);
        expect(everything).not.toContain(encodeURIComponent(secret));
      }
    }
    return errors[0] as { code: string; message: string; details?: string };
  }

  function shown(error: unknown): string {
    const lines: string[] = [];
    for (let part = error; part instanceof Error; part = part.cause) lines.push(JSON.stringify(part, Object.getOwnPropertyNames(part)));
    return lines.join('\n');
  }

  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  test('that is out of order is unavailable', async () => {
    expect(await failure((_, response) => json(response, 503, { error: 'invalid_grant' }))).toMatchObject({
      code: 'OAUTH2_PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('it answered with status 503'),
    });
    expect(await failure((_, response) => json(response, 429, {}))).toMatchObject({ code: 'OAUTH2_PROVIDER_UNAVAILABLE' });
  });

  test('that is not there is unavailable', async () => {
    expect(await failureAt('http://127.0.0.1:1/token')).toMatchObject({
      code: 'OAUTH2_PROVIDER_UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1: (it refused the connection|it could not be reached)/),
    });
    expect(await failureAt('https://no-such-host.invalid/token')).toMatchObject({ code: 'OAUTH2_PROVIDER_UNAVAILABLE' });
  });

  test('that answers with something else is unavailable', async () => {
    const texts = ['<html>sign in to the hotel network</html>', '{"access_token":', '[]', '{"access_token":7,"token_type":"Bearer"}', '{}'];
    for (const text of texts) {
      const error = await failure((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(text));
      expect(error).toMatchObject({
        code: 'OAUTH2_PROVIDER_UNAVAILABLE',
        message: expect.stringContaining('not that of an OAuth2 token service'),
      });
    }
  });

  test('that does not know the address says so with its status', async () => {
    const error = await failure((_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>'));
    expect(error).toMatchObject({ code: 'OAUTH2_PROVIDER_UNAVAILABLE', message: expect.stringContaining('it answered with status 404') });
  });

  test('that sends the request elsewhere is not followed', async () => {
    let followed = 0;
    const error = await failure((request, response) => {
      if (request.url !== '/token') followed += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(error.message).toContain('it sends the request elsewhere');
    expect(followed).toBe(0);
  });

  test('that answers without end is cut off', async () => {
    const error = await failure((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const write = () => void (response.destroyed || response.write('x'.repeat(10_000), () => setImmediate(write)));
      write();
    });
    expect(error.message).toContain('longer than 64 KiB');
  });

  test('that says nothing is given up after 15 s', async () => {
    const error = await failure(() => undefined);
    expect(error.message).toContain('it did not answer within 15 s');
  });

  test('that repeats secrets in its words is quoted without them', async () => {
    const error = await failure(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const form = Buffer.concat(chunks).toString();
      json(response, 400, { error: 'invalid_client', error_description: `got ${form} and ${decodeURIComponent(form)}` });
    });
    expect(error.code).toBe('OAUTH2_PROVIDER_REFUSED');
    expect(error.message).toContain('it does not accept Client ID or Client Secret ("got ');
  });

  test('that refuses with 401 and a challenge is understood by its body', async () => {
    const error = await failure((_, response) => {
      response.setHeader('www-authenticate', 'Basic realm="tokens"');
      json(response, 401, { error: 'invalid_client' });
    });
    expect(error.code).toBe('OAUTH2_PROVIDER_REFUSED');
  });
});
