import type { ErrorView } from '../../shared/errors.ts';
import type { ClientSecretPlace, OAuth2Endpoints } from '../../shared/oauth2.ts';
import type { OAuth2State } from '../../shared/status.ts';
import type { ArtifactUse, Refusal } from './material.ts';
import type { UseAccessToken, UseClientToken } from './secrets.ts';

/** OAuth2 artifacts: who keeps them, and who talks to their providers. */

/** We, as the provider knows us. */
export interface OAuth2Client extends OAuth2Endpoints {
  name: string;
  clientId: string;
  /** Empty for a client without one. */
  clientSecret: string;
  sendAs: ClientSecretPlace;
  /** Whose mailbox it is. */
  user: string;
  scope: string;
}

/** We, signing in as ourselves (RFC 6749, section 4.4). */
export interface ClientCredentials {
  name: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  sendAs: ClientSecretPlace;
  scope: string;
  /** Whom the token is for, as some providers want to know; empty where not. */
  audience: string;
  /** The same by RFC 8707. */
  resource: string;
}

export interface OAuth2Tokens {
  accessToken: string;
  /** Seconds from now. */
  expiresIn: number;
  /** Absent where the present one goes on. */
  refreshToken?: string;
  /** Seconds from now; absent where the provider does not tell. */
  refreshExpiresIn?: number;
}

/** What the provider handed to the redirect URL. */
export interface AuthorizationAnswer {
  code?: string | undefined;
  iss?: string | undefined;
  error?: string | undefined;
  errorDescription?: string | undefined;
}

/** The other side. Every call ends within 15 s; an error holds neither secret nor token. */
export interface OAuth2Provider {
  /** Where the browser goes. `codeVerifier` stays here; its hash is in the address (RFC 7636). */
  authorizationUrl(client: OAuth2Client, request: { redirectUrl: string; state: string; codeVerifier: string }): Promise<string>;
  /** @throws OAUTH2_AUTHORIZATION_REFUSED, OAUTH2_PROVIDER_REFUSED, OAUTH2_PROVIDER_UNAVAILABLE */
  exchange(
    client: OAuth2Client,
    answer: AuthorizationAnswer,
    request: { redirectUrl: string; codeVerifier: string },
  ): Promise<OAuth2Tokens>;
  /** @throws OAUTH2_NOT_AUTHORIZED when the refresh token is worth nothing any more, OAUTH2_PROVIDER_REFUSED, OAUTH2_PROVIDER_UNAVAILABLE */
  refresh(client: OAuth2Client, refreshToken: string): Promise<OAuth2Tokens>;
  /** @throws OAUTH2_PROVIDER_REFUSED, OAUTH2_PROVIDER_UNAVAILABLE */
  clientToken(client: ClientCredentials): Promise<OAuth2Tokens>;
}

export interface OAuth2CredentialRow extends Omit<OAuth2Client, 'clientSecret'> {
  description: string;
  hasClientSecret: boolean;
  allowedHosts: string[];
  state: OAuth2State;
  /** Why it is not Deployed, or why the last try to refresh its token failed. */
  error: ErrorView | null;
  authorizedAt: Date | null;
  authorizedBy: string | null;
  accessTokenUntil: Date | null;
  refreshTokenUntil: Date | null;
  deployedAt: Date;
  deployedBy: string;
  usedBy: ArtifactUse[];
  refusal: Refusal | null;
}

/** `clientSecret` undefined: the present one stays. */
export type OAuth2Settings = Omit<OAuth2Client, 'name' | 'clientSecret'> & {
  description: string;
  allowedHosts: string[];
  clientSecret?: string | undefined;
};

export interface OAuth2CredentialStore {
  list(): Promise<OAuth2CredentialRow[]>;
  /** @throws CREDENTIAL_EXISTS */
  create(credential: OAuth2Settings & { name: string }, by: string): Promise<OAuth2CredentialRow>;
  /** Undefined when there is none. Another client, user or scope has to be authorized again. */
  save(name: string, change: OAuth2Settings, by: string): Promise<OAuth2CredentialRow | undefined>;
  /** @throws CREDENTIAL_IN_USE */
  remove(name: string): Promise<boolean>;
  /** Begins an authorization of this session; returns where to send the browser, undefined when there is no such artifact. */
  authorize(name: string, sessionId: string, redirectUrl: string): Promise<string | undefined>;
  /** Ends the authorization that `state` stands for. @throws OAUTH2_REQUEST_UNKNOWN, OAUTH2_* */
  complete(state: string, answer: AuthorizationAnswer, sessionId: string, by: string): Promise<OAuth2CredentialRow>;
  use: UseAccessToken;
}

export interface OAuth2ClientRow extends Omit<ClientCredentials, 'clientSecret'> {
  description: string;
  hasClientSecret: boolean;
  allowedHosts: string[];
  state: 'Deployed' | 'Error';
  /** Why it is in error, or why the last request for a token failed. */
  error: ErrorView | null;
  accessTokenUntil: Date | null;
  deployedAt: Date;
  deployedBy: string;
  usedBy: ArtifactUse[];
}

/** `clientSecret` undefined: the present one stays. */
export type OAuth2ClientSettings = Omit<ClientCredentials, 'name' | 'clientSecret'> & {
  description: string;
  allowedHosts: string[];
  clientSecret?: string | undefined;
};

export interface OAuth2ClientStore {
  list(): Promise<OAuth2ClientRow[]>;
  /** @throws CREDENTIAL_EXISTS */
  create(client: OAuth2ClientSettings & { name: string }, by: string): Promise<OAuth2ClientRow>;
  /** Undefined when there is none. The token at hand is forgotten. */
  save(name: string, change: OAuth2ClientSettings, by: string): Promise<OAuth2ClientRow | undefined>;
  /** @throws CREDENTIAL_IN_USE */
  remove(name: string): Promise<boolean>;
  use: UseClientToken;
  /** A token for a client secret that is not deployed; it is not kept. The hosts are those of the artifact. */
  tryOut(name: string, host: string, clientSecret: string): Promise<string>;
}
