import type { ClientCredentials, OAuth2Client, OAuth2ClientRow, OAuth2CredentialRow, OAuth2Tokens } from '../ports/oauth2.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, unseal } from './secret-box.ts';
import type { Sql } from './sql.ts';

/** The rows of OAuth2 artifacts: `credential` has what all credentials have, `oauth2_credential` the rest. */

/** Names have no spaces, so no secret can pass for another, of this or of another artifact. */
export const secretName = {
  clientSecret: (name: string) => `${name} client secret`,
  accessToken: (name: string) => `${name} access token`,
  refreshToken: (name: string) => `${name} refresh token`,
  codeVerifier: (name: string) => `${name} code verifier`,
};

const tables = 'from credential c join oauth2_credential o using (name)';

/** Authorization Code, and Client Credentials. */
export type OAuth2Kind = 'oauth2' | 'oauth2-client';

const clientColumns = `name, o.provider, o.tenant, o.authorization_url as "authorizationUrl", o.token_url as "tokenUrl",
  o.client_id as "clientId", o.send_as as "sendAs", c."user", o.scope`;

export type StoredOAuth2 = Omit<OAuth2CredentialRow, 'usedBy' | 'refusal'>;

/** What people may see. */
export async function listOAuth2(sql: Sql, name?: string): Promise<StoredOAuth2[]> {
  return sql.query<StoredOAuth2>(
    `select ${clientColumns}, c.description, c.secret is not null as "hasClientSecret", c.allowed_hosts as "allowedHosts",
            o.state, o.error, o.authorized_at as "authorizedAt", o.authorized_by as "authorizedBy",
            o.access_token_until as "accessTokenUntil", o.refresh_token_until as "refreshTokenUntil",
            c.deployed_at as "deployedAt", c.deployed_by as "deployedBy"
       ${tables}
      where c.kind = 'oauth2' and ($1::text is null or name = $1)
      order by name`,
    [name ?? null],
  );
}

const clientCredentialsColumns = `name, o.token_url as "tokenUrl", o.client_id as "clientId", o.send_as as "sendAs", o.scope, o.audience, o.resource`;

/** What people may see of client credentials. */
export async function listClients(sql: Sql, name?: string): Promise<Omit<OAuth2ClientRow, 'usedBy'>[]> {
  return sql.query(
    `select ${clientCredentialsColumns}, c.description, c.secret is not null as "hasClientSecret", c.allowed_hosts as "allowedHosts",
            o.state, o.error, o.access_token_until as "accessTokenUntil", c.deployed_at as "deployedAt", c.deployed_by as "deployedBy"
       ${tables}
      where c.kind = 'oauth2-client' and ($1::text is null or name = $1)
      order by name`,
    [name ?? null],
  );
}

/** With the secret. Undefined when there is none. */
export async function readClientCredentials(sql: Sql, keys: KeyRing, name: string): Promise<ClientCredentials | undefined> {
  const [row] = await sql.query<Omit<ClientCredentials, 'clientSecret'> & { secret: Buffer | null }>(
    `select ${clientCredentialsColumns}, c.secret ${tables} where name = $1 and c.kind = 'oauth2-client'`,
    [name],
  );
  if (!row) return undefined;
  const { secret, ...client } = row;
  return { ...client, clientSecret: secret ? unseal(keys, secretName.clientSecret(name), secret) : '' };
}

/** The artifact as its provider knows it, with the secret. Undefined when there is none. */
export async function readClient(sql: Sql, keys: KeyRing, name: string): Promise<OAuth2Client | undefined> {
  const [row] = await sql.query<Omit<OAuth2Client, 'clientSecret'> & { secret: Buffer | null }>(
    `select ${clientColumns}, c.secret ${tables} where name = $1 and c.kind = 'oauth2'`,
    [name],
  );
  if (!row) return undefined;
  const { secret, ...client } = row;
  return { ...client, clientSecret: secret ? unseal(keys, secretName.clientSecret(name), secret) : '' };
}

export interface StoredTokens {
  user: string;
  allowedHosts: string[];
  accessToken: string | undefined;
  /** The access token has not run out yet. */
  isValid: boolean;
  /** It is to be replaced. */
  isDue: boolean;
  refreshToken: string | undefined;
  /** After a failed try to refresh: no other before this. */
  restsUntil: Date | null;
  refreshFailures: number;
  /** Why the last try failed. */
  reason: string | null;
}

/** @param lock `for update` keeps every other process from refreshing until the transaction ends */
export async function readTokens(
  sql: Sql,
  keys: KeyRing,
  kind: OAuth2Kind,
  name: string,
  lock: '' | 'for update of o' = '',
): Promise<StoredTokens | undefined> {
  // The clock, not now(): the transaction began before it had the lock.
  const [row] = await sql.query<
    Omit<StoredTokens, 'accessToken' | 'refreshToken'> & { accessToken: Buffer | null; refreshToken: Buffer | null }
  >(
    `select c."user", c.allowed_hosts as "allowedHosts", o.access_token as "accessToken", o.refresh_token as "refreshToken",
            coalesce(o.access_token_until > clock_timestamp(), false) as "isValid",
            coalesce(o.refresh_at <= clock_timestamp(), true) as "isDue",
            case when o.retry_at > clock_timestamp() then o.retry_at end as "restsUntil",
            o.refresh_failures as "refreshFailures", coalesce(o.error->>'details', o.error->>'message') as reason
       ${tables}
      where name = $1 and c.kind = $2
      ${lock}`,
    [name, kind],
  );
  if (!row) return undefined;
  const open = (sealed: Buffer | null, kind: 'accessToken' | 'refreshToken') =>
    sealed ? unseal(keys, secretName[kind](name), sealed) : undefined;
  return { ...row, accessToken: open(row.accessToken, 'accessToken'), refreshToken: open(row.refreshToken, 'refreshToken') };
}

/** Longest time before its end that an access token is replaced; at most a quarter of its life. */
const refreshAheadS = 5 * 60;

/** Keeps new tokens and sets the artifact Deployed. A refresh token that was not replaced stays. */
export async function writeTokens(sql: Sql, keys: KeyRing, name: string, tokens: OAuth2Tokens): Promise<void> {
  const { accessToken, expiresIn, refreshToken, refreshExpiresIn } = tokens;
  await sql.query(
    `update oauth2_credential
        set state = 'Deployed', error = null, refresh_failures = 0, retry_at = null,
            access_token = $2,
            access_token_until = clock_timestamp() + $3 * interval '1 second',
            refresh_at = clock_timestamp() + $4 * interval '1 second',
            refresh_token = coalesce($5, refresh_token),
            refresh_token_until = case when $6::float8 is not null then clock_timestamp() + $6 * interval '1 second'
                                       when $5 is null then refresh_token_until end
      where name = $1`,
    [
      name,
      seal(keys, secretName.accessToken(name), accessToken),
      expiresIn,
      expiresIn - Math.min(refreshAheadS, expiresIn / 4),
      refreshToken === undefined ? null : seal(keys, secretName.refreshToken(name), refreshToken),
      refreshExpiresIn ?? null,
    ],
  );
}

/** The authorization is over, or was given for something else. */
export async function forgetTokens(sql: Sql, name: string): Promise<void> {
  await sql.query(
    `update oauth2_credential
        set state = 'Unauthorized', access_token = null, access_token_until = null, refresh_at = null, refresh_token = null, refresh_token_until = null
      where name = $1`,
    [name],
  );
}
