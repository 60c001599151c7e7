import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

/** A real authorization server (oidc-provider) on a free loopback port, with a page on which people sign in and allow or decline. */

export interface AuthorizationServerOptions {
  /** Where it may send the browser back to. */
  redirectUrls: string[];
  /** Life of an access token. Default: an hour. */
  accessTokenS?: number;
  /** How the client secret is sent. Default: body. */
  secretIn?: 'body' | 'basic';
}

export interface AuthorizationServer {
  authorizationUrl: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  /** For mail servers: token introspection without client authentication, which is all that Dovecot 2.3 can do. */
  introspectionUrl: string;
  /** Every code and token given out so far: nothing of it may show anywhere. */
  handedOut: Set<string>;
  /** Requests at the token service so far, by grant type. */
  grants: { code: number; refresh: number; client: number };
  /** What the token service does before it answers; undefined for what it should. `true` when it has answered itself. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>) | undefined;
  /** Withdraws everything that was allowed so far, as a person does in the settings of the account. */
  revokeAll(): Promise<void>;
  /** Access tokens given out so far are no longer accepted, whatever was said of their life; refresh tokens are. */
  forgetAccessTokens(): Promise<void>;
  close(): Promise<void>;
}

export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const clientId = 'mailroom';
  const clientSecret = randomBytes(24).toString('base64url');
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  // Another site than 127.0.0.1, so that cookies behave as they do with a provider elsewhere.
  const issuer = `http://localhost:${port}`;
  const provider = quietly(() => new Provider(issuer, configuration(clientId, clientSecret, options)));

  const grantIds = new Set<string>();
  const accessTokens = new Map<string, { destroy(): Promise<void> }>();
  const grants = { code: 0, refresh: 0, client: 0 };
  const handedOut = new Set<string>();
  const keep = ({ jti }: { jti: string }) => void handedOut.add(jti);
  provider.on('access_token.saved', keep).on('refresh_token.saved', keep).on('authorization_code.saved', keep);
  provider.on('client_credentials.saved', keep);
  provider.on('access_token.saved', (token) => {
    if (token.grantId !== undefined) grantIds.add(token.grantId);
    accessTokens.set(token.jti, token);
  });
  provider.on('grant.success', ({ oidc: { params } }) => {
    if (params?.['grant_type'] === 'refresh_token') grants.refresh += 1;
    else if (params?.['grant_type'] === 'client_credentials') grants.client += 1;
    else grants.code += 1;
  });

  const server: AuthorizationServer = {
    authorizationUrl: `${issuer}/auth`,
    tokenUrl: `${issuer}/token`,
    introspectionUrl: `${issuer}/mail-introspection`,
    clientId,
    clientSecret,
    handedOut,
    grants,
    misbehave: undefined,
    async revokeAll() {
      for (const id of grantIds) {
        await Promise.all([provider.RefreshToken.revokeByGrantId(id), provider.AccessToken.revokeByGrantId(id)]);
        await (await provider.Grant.find(id))?.destroy();
      }
    },
    async forgetAccessTokens() {
      await Promise.all([...accessTokens.values()].map((token) => token.destroy()));
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };

  const answer = provider.callback();
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const handle = async () => {
      const { pathname } = new URL(request.url ?? '/', issuer);
      if (pathname === '/token' && (await server.misbehave?.(request, response))) return;
      if (pathname.startsWith('/interaction/')) await interact(provider, request, response);
      else if (pathname === '/mail-introspection') await introspect(provider, request, response);
      else await answer(request, response);
    };
    handle().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return server;
}

function configuration(clientId: string, clientSecret: string, options: AuthorizationServerOptions): Configuration {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: options.redirectUrls,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code'],
        token_endpoint_auth_method: options.secretIn === 'basic' ? 'client_secret_basic' : 'client_secret_post',
      },
    ],
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'offline_access', 'mail'],
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: {
      AccessToken: options.accessTokenS ?? 3_600,
      ClientCredentials: options.accessTokenS ?? 3_600,
      Grant: 86_400,
      RefreshToken: 86_400,
      Session: 86_400,
      Interaction: 600,
      IdToken: 600,
    },
  };
}

/** The page of the provider: who, and whether to allow it. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, uid, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    const user = textOf(params['login_hint']).replace(/[<>&"]/g, '');
    response.writeHead(200, { 'content-type': 'text/html' }).end(
      `<!doctype html><html lang="en"><title>Sign in</title><h1>Test provider</h1><form method="post" action="/interaction/${uid}">
       <label>User <input name="user" value="${user}"></label>
       <button name="answer" value="allow">Allow</button> <button name="answer" value="decline">Decline</button></form></html>`,
    );
    return;
  }
  const form = new URLSearchParams(await bodyOf(request));
  if (form.get('answer') === 'decline') {
    await provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'The person said no' });
    return;
  }
  const accountId = form.get('user') ?? '';
  const grant =
    (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ?? new provider.Grant({ accountId, clientId: 'mailroom' });
  grant.addOIDCScope(textOf(params['scope']));
  await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId: await grant.save() } });
}

function textOf(parameter: unknown): string {
  return typeof parameter === 'string' ? parameter : '';
}

/** RFC 7662, for whoever asks. */
async function introspect(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = new URLSearchParams(await bodyOf(request)).get('token') ?? '';
  const found = await provider.AccessToken.find(token);
  const answer = found ? { active: true, sub: found.accountId, scope: found.scope, exp: found.exp } : { active: false };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** It warns of what is right for tests only: keys and a store in memory. */
function quietly<T>(work: () => T): T {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return work();
  } finally {
    Object.assign(console, { warn, info });
  }
}

/**
 * What a person does in the browser: follows the redirects, signs in as `user` and allows or declines.
 *
 * @returns where the provider sends the browser in the end
 */
export async function answerAtProvider(url: string, user: string, answer: 'allow' | 'decline' = 'allow'): Promise<URL> {
  const cookies = new Map<string, string>();
  const origin = new URL(url).origin;
  let next: { url: string; form?: URLSearchParams } = { url };
  for (let step = 0; step < 20; step += 1) {
    const response = await fetch(next.url, {
      method: next.form ? 'POST' : 'GET',
      body: next.form ?? null,
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      const target = new URL(location, next.url);
      if (target.origin !== origin) return target;
      next = { url: target.href };
      continue;
    }
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`The provider shows no form: ${response.status} ${page.slice(0, 500)}`);
    next = { url: new URL(action, next.url).href, form: new URLSearchParams({ user, answer }) };
  }
  throw new Error('The provider redirects without end');
}
