import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clientCredentialsGrant,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  None,
  refreshTokenGrant,
  ResponseBodyError,
  skipStateCheck,
  type ClientAuth,
  type TokenEndpointResponse,
} from 'openid-client';
import { FlowError } from '../../shared/errors.ts';
import { endpointsOf, oauth2Presets, requestedScope, requestParameters } from '../../shared/oauth2.ts';
import type { AuthorizationAnswer, ClientCredentials, OAuth2Client, OAuth2Provider, OAuth2Tokens } from '../ports/oauth2.ts';
import { boundedFetch, NoAnswer } from './bounded-fetch.ts';
import { saidBy, withoutSecrets } from './words.ts';

/** What a provider means that leaves `expires_in` out (RFC 6749, section 5.1). A server that refuses the token earlier has it refreshed. */
const assumedLifetimeS = 30 * 60;
const longestLifetimeS = 400 * 24 * 60 * 60;

/** Speaks with authorization servers: code flow with PKCE, refresh, and client credentials (RFC 6749, RFC 7636). */
export const oauth2Provider: OAuth2Provider = { authorizationUrl, exchange, refresh, clientToken };

async function authorizationUrl(
  client: OAuth2Client,
  { redirectUrl, state, codeVerifier }: Parameters<OAuth2Provider['authorizationUrl']>[1],
): Promise<string> {
  const scope = requestedScope(client.provider, client.scope);
  const url = buildAuthorizationUrl(configurationOf(client), {
    redirect_uri: redirectUrl,
    ...(scope === '' ? {} : { scope }),
    state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    // So that the right one of several accounts is chosen; providers that don't know it ignore it (RFC 6749, section 3.1).
    login_hint: client.user,
    ...requestParameters(client.provider, client.scope),
  });
  return url.href;
}

async function exchange(
  client: OAuth2Client,
  answer: AuthorizationAnswer,
  { redirectUrl, codeVerifier }: Parameters<OAuth2Provider['exchange']>[2],
): Promise<OAuth2Tokens> {
  const { code, iss, error, errorDescription } = answer;
  const secrets = [client.clientSecret, codeVerifier, code];
  const refused = (reason: string) => new FlowError('OAUTH2_AUTHORIZATION_REFUSED', { name: client.name, reason });
  if (error !== undefined) throw refused(saidBy({ error, error_description: errorDescription }, secrets));
  if (code === undefined) throw refused('the provider sent the browser back without a code');
  const { issuer } = oauth2Presets[client.provider];
  if (issuer !== undefined && iss !== undefined && iss !== issuer) throw refused('the answer came from another provider');

  const url = new URL(redirectUrl);
  url.searchParams.set('code', code);
  const tokens = await asked(client, secrets, () =>
    // Whose request it is was looked up by `state` already.
    authorizationCodeGrant(configurationOf(client), url, { pkceCodeVerifier: codeVerifier, expectedState: skipStateCheck }),
  );
  if (tokens instanceof Refusal) throw tokens.error === 'invalid_grant' ? refused(tokens.reason) : tokens.asError(client);
  return tokens;
}

async function refresh(client: OAuth2Client, refreshToken: string): Promise<OAuth2Tokens> {
  const tokens = await asked(client, [client.clientSecret, refreshToken], () => refreshTokenGrant(configurationOf(client), refreshToken));
  if (!(tokens instanceof Refusal)) return tokens;
  if (tokens.error !== 'invalid_grant') throw tokens.asError(client);
  throw new FlowError('OAUTH2_NOT_AUTHORIZED', { name: client.name }, { details: tokens.reason });
}

async function clientToken({ audience, resource, ...own }: ClientCredentials): Promise<OAuth2Tokens> {
  const client: OAuth2Client = { ...own, provider: 'generic', tenant: '', authorizationUrl: own.tokenUrl, user: '' };
  const asks = { scope: own.scope, audience, resource };
  const tokens = await asked(client, [own.clientSecret], () =>
    clientCredentialsGrant(configurationOf(client), Object.fromEntries(Object.entries(asks).filter(([, value]) => value !== ''))),
  );
  if (tokens instanceof Refusal) throw tokens.asError(client);
  return tokens;
}

/** The provider understood the request and declined it. */
class Refusal {
  /** `invalid_grant` and the like (RFC 6749, section 5.2). */
  readonly error: string;
  readonly reason: string;

  constructor(error: string, reason: string) {
    this.error = error;
    this.reason = reason;
  }

  asError({ name, ...client }: OAuth2Client): FlowError {
    return new FlowError('OAUTH2_PROVIDER_REFUSED', { name, host: tokenHost(client), reason: this.reason });
  }
}

/**
 * Errors of the library hold requests and answers, tokens among them, so none of them is kept as a cause.
 *
 * @throws FlowError OAUTH2_PROVIDER_UNAVAILABLE
 */
async function asked(
  client: OAuth2Client,
  secrets: (string | undefined)[],
  ask: () => Promise<TokenEndpointResponse>,
): Promise<OAuth2Tokens | Refusal> {
  try {
    return tokensIn(await ask());
  } catch (error) {
    if (error instanceof ResponseBodyError) return new Refusal(error.error, saidBy(error, secrets));
    const noAnswer = noAnswerIn(error);
    const reason = noAnswer ? withoutSecrets(noAnswer.message, secrets) : 'its answer is not that of an OAuth2 token service';
    throw new FlowError('OAUTH2_PROVIDER_UNAVAILABLE', { name: client.name, host: tokenHost(client), reason });
  }
}

function tokensIn({ access_token, expires_in, refresh_token, ...rest }: TokenEndpointResponse): OAuth2Tokens {
  // Not in the RFC: Google and Keycloak tell under these names.
  const refreshExpiresIn = secondsIn(rest['refresh_token_expires_in']) ?? secondsIn(rest['refresh_expires_in']);
  return {
    accessToken: access_token,
    expiresIn: Math.min(expires_in ?? assumedLifetimeS, longestLifetimeS),
    ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
    ...(refreshExpiresIn === undefined ? {} : { refreshExpiresIn }),
  };
}

function secondsIn(value: unknown): number | undefined {
  const seconds = Number(value);
  return value !== null && seconds > 0 && seconds <= longestLifetimeS ? seconds : undefined;
}

function noAnswerIn(error: unknown): NoAnswer | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof NoAnswer) return cause;
  return undefined;
}

function configurationOf(client: OAuth2Client): Configuration {
  const { authorizationUrl, tokenUrl } = endpointsOf(client);
  // Nothing is read from an ID token, so nothing depends on the issuer but the shape of the library's metadata.
  const server = { issuer: new URL(tokenUrl).origin, authorization_endpoint: authorizationUrl, token_endpoint: tokenUrl };
  const configuration = new Configuration(server, client.clientId, undefined, authenticationOf(client));
  configuration[customFetch] = boundedFetch;
  // `whyNotEndpoint` admits http for loopback only.
  if (tokenUrl.startsWith('http:') || authorizationUrl.startsWith('http:')) allowInsecureRequests(configuration);
  return configuration;
}

function authenticationOf({ clientSecret, sendAs }: OAuth2Client): ClientAuth {
  if (clientSecret === '') return None();
  return sendAs === 'basic' ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret);
}

function tokenHost(client: Omit<OAuth2Client, 'name'>): string {
  return new URL(endpointsOf(client).tokenUrl).host;
}
