import { randomBytes } from 'node:crypto';
import { FlowError } from '../../shared/errors.ts';
import type { OAuth2CredentialRow, OAuth2CredentialStore, OAuth2Provider, OAuth2Settings } from '../ports/oauth2.ts';
import { removeCredential, refusalsOf, signInAgain, usesOf } from './artifact-uses.ts';
import { keepRequest, takeRequest } from './oauth2-requests.ts';
import { forgetTokens, listOAuth2, readClient, secretName, writeTokens, type StoredOAuth2 } from './oauth2-rows.ts';
import { becauseOf, openTokenUse, type TokenGrant, type TokenParts } from './oauth2-tokens.ts';
import { seal } from './secret-box.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/** OAuth2 Authorization Code artifacts. Client secret and tokens are kept encrypted under the master key. */
export function openOAuth2Credentials(parts: TokenParts & { provider: OAuth2Provider }): OAuth2CredentialStore {
  const {
    database: { pool },
    keys,
    provider,
    publish,
  } = parts;
  const sql = sqlOn(pool);

  async function withUses(stored: StoredOAuth2[]): Promise<OAuth2CredentialRow[]> {
    const names = stored.map(({ name }) => name);
    const [uses, refusals] = await Promise.all([usesOf(sql, 'credential', names), refusalsOf(sql, names)]);
    return stored.map((credential) => ({
      ...credential,
      usedBy: uses.get(credential.name) ?? [],
      refusal: refusals.get(credential.name) ?? null,
    }));
  }

  /** Tells that it has changed, and shows it as it is now. */
  async function announced(name: string): Promise<OAuth2CredentialRow | undefined> {
    publish({ kind: 'credential', id: name });
    return (await withUses(await listOAuth2(sql, name)))[0];
  }

  const sealedSecret = (name: string, secret: string | undefined) =>
    secret === undefined || secret === '' ? null : seal(keys, secretName.clientSecret(name), secret);

  return {
    list: async () => withUses(await listOAuth2(sql)),

    async create({ name, ...settings }, by) {
      await transaction(pool, async (tx) => {
        const created = await tx.query(
          `insert into credential (name, kind, description, "user", secret, allowed_hosts, deployed_by)
           values ($1, 'oauth2', $2, $3, $4, $5, $6)
           on conflict (name) do nothing
           returning name`,
          [name, settings.description, settings.user, sealedSecret(name, settings.clientSecret), settings.allowedHosts, by],
        );
        if (created.length === 0) throw new FlowError('CREDENTIAL_EXISTS', { name });
        await tx.query(
          `insert into oauth2_credential (name, provider, tenant, authorization_url, token_url, client_id, send_as, scope)
           values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [name, ...clientValues(settings)],
        );
        await signInAgain(tx, name);
      });
      const row = await announced(name);
      if (!row) throw new FlowError('NOT_FOUND', { what: 'OAuth2 artifact', id: name });
      return row;
    },

    async save(name, settings, by) {
      const isThere = await transaction(pool, async (tx) => {
        const before = await locked(tx, name);
        if (!before) return false;
        await tx.query(
          `update credential
              set description = $2, "user" = $3, allowed_hosts = $4, secret = case when $5 then $6 else secret end, deployed_at = now(), deployed_by = $7
            where name = $1`,
          [
            name,
            settings.description,
            settings.user,
            settings.allowedHosts,
            settings.clientSecret !== undefined,
            sealedSecret(name, settings.clientSecret),
            by,
          ],
        );
        await tx.query(
          `update oauth2_credential
              set provider = $2, tenant = $3, authorization_url = $4, token_url = $5, client_id = $6, send_as = $7, scope = $8,
                  state = case when refresh_token is null then 'Unauthorized' else 'Deployed' end,
                  error = null, refresh_failures = 0, retry_at = null
            where name = $1`,
          [name, ...clientValues(settings)],
        );
        if (!isSameGrant(before, settings)) await forgetAuthorization(tx, name);
        await signInAgain(tx, name);
        return true;
      });
      return isThere ? announced(name) : undefined;
    },

    async remove(name) {
      const isRemoved = await removeCredential(sql, 'oauth2', name);
      if (isRemoved) publish({ kind: 'credential', id: name });
      return isRemoved;
    },

    async authorize(name, sessionId, redirectUrl) {
      const client = await readClient(sql, keys, name);
      if (!client) return undefined;
      const codeVerifier = randomBytes(32).toString('base64url');
      const state = await keepRequest(sql, keys, sessionId, { credential: name, redirectUrl, codeVerifier });
      return provider.authorizationUrl(client, { redirectUrl, state, codeVerifier });
    },

    async complete(state, answer, sessionId, by) {
      const { credential: name, ...request } = await takeRequest(sql, keys, sessionId, state);
      const client = await readClient(sql, keys, name);
      if (!client) throw new FlowError('OAUTH2_REQUEST_UNKNOWN', {});
      const tokens = await provider.exchange(client, answer, request);
      if (tokens.refreshToken === undefined) throw new FlowError('OAUTH2_NO_REFRESH_TOKEN', { name });
      await transaction(pool, async (tx) => {
        const now = await locked(tx, name);
        // Changed while the browser was away: the tokens are those of another client.
        if (!now || !isSameGrant(client, now)) throw new FlowError('OAUTH2_REQUEST_UNKNOWN', {});
        await writeTokens(tx, keys, name, tokens);
        await tx.query('update oauth2_credential set authorized_at = now(), authorized_by = $2 where name = $1', [name, by]);
        await signInAgain(tx, name);
      });
      const row = await announced(name);
      if (!row) throw new FlowError('OAUTH2_REQUEST_UNKNOWN', {});
      return row;
    },

    use: openTokenUse(parts, authorizationCode(parts)),
  };
}

/** A refresh token stands for the person's consent. */
function authorizationCode({ keys, provider }: Pick<TokenParts, 'keys'> & { provider: OAuth2Provider }): TokenGrant {
  return {
    kind: 'oauth2',
    title: 'OAuth2 Authorization Code',
    replacedRestMs: 0,
    async begin(sql, name, stored) {
      const { refreshToken } = stored;
      const client = await readClient(sql, keys, name);
      if (!client || refreshToken === undefined) throw new FlowError('OAUTH2_NOT_AUTHORIZED', { name }, becauseOf(stored));
      return async () => provider.refresh(client, refreshToken);
    },
  };
}

/** What an authorization was given for: with another of these, it has to be given again. */
const authorizedKeys = ['provider', 'tenant', 'authorizationUrl', 'tokenUrl', 'clientId', 'user', 'scope'] as const;

type Grant = Pick<OAuth2Settings, (typeof authorizedKeys)[number]>;

function isSameGrant(a: Grant, b: Grant): boolean {
  return authorizedKeys.every((key) => a[key] === b[key]);
}

function clientValues({ provider, tenant, authorizationUrl, tokenUrl, clientId, sendAs, scope }: OAuth2Settings): string[] {
  return [provider, tenant, authorizationUrl, tokenUrl, clientId, sendAs, scope];
}

/** Waits for a refresh that is under way, which would otherwise write the tokens of the client as it was. */
async function locked(sql: Sql, name: string): Promise<StoredOAuth2 | undefined> {
  await sql.query('select 1 from oauth2_credential where name = $1 for update', [name]);
  return (await listOAuth2(sql, name))[0];
}

async function forgetAuthorization(sql: Sql, name: string): Promise<void> {
  await forgetTokens(sql, name);
  await sql.query('update oauth2_credential set authorized_at = null, authorized_by = null where name = $1', [name]);
}
