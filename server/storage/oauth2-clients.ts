import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { FlowError } from '../../shared/errors.ts';
import type { OAuth2ClientRow, OAuth2ClientSettings, OAuth2ClientStore, OAuth2Provider } from '../ports/oauth2.ts';
import { removeCredential, usesOf } from './artifact-uses.ts';
import { listClients, readClientCredentials, secretName } from './oauth2-rows.ts';
import { openTokenUse, type TokenGrant, type TokenParts } from './oauth2-tokens.ts';
import { seal } from './secret-box.ts';
import { sqlOn, transaction } from './sql.ts';

/** OAuth2 Client Credentials artifacts. Client secret and token are kept encrypted under the master key. */
export function openOAuth2Clients(parts: TokenParts & { provider: Pick<OAuth2Provider, 'clientToken'> }): OAuth2ClientStore {
  const {
    database: { pool },
    keys,
    provider,
    publish,
  } = parts;
  const sql = sqlOn(pool);
  const useToken = openTokenUse(parts, clientCredentials(parts));

  async function withUses(stored: Omit<OAuth2ClientRow, 'usedBy'>[]): Promise<OAuth2ClientRow[]> {
    const uses = await usesOf(
      sql,
      'credential',
      stored.map(({ name }) => name),
    );
    return stored.map((client) => ({ ...client, usedBy: uses.get(client.name) ?? [] }));
  }

  /** Tells that it has changed, and shows it as it is now. */
  async function announced(name: string): Promise<OAuth2ClientRow | undefined> {
    publish({ kind: 'credential', id: name });
    return (await withUses(await listClients(sql, name)))[0];
  }

  return {
    list: async () => withUses(await listClients(sql)),

    async create({ name, ...settings }, by) {
      const { description, allowedHosts, clientSecret = '' } = settings;
      await transaction(pool, async (tx) => {
        const created = await tx.query(
          `insert into credential (name, kind, description, "user", secret, allowed_hosts, deployed_by)
           values ($1, 'oauth2-client', $2, '', $3, $4, $5)
           on conflict (name) do nothing
           returning name`,
          [name, description, seal(keys, secretName.clientSecret(name), clientSecret), allowedHosts, by],
        );
        if (created.length === 0) throw new FlowError('CREDENTIAL_EXISTS', { name });
        await tx.query(
          `insert into oauth2_credential (name, provider, tenant, authorization_url, state, token_url, client_id, send_as, scope, audience, resource)
           values ($1, 'generic', '', '', 'Deployed', $2, $3, $4, $5, $6, $7)`,
          [name, ...clientValues(settings)],
        );
      });
      const row = await announced(name);
      if (!row) throw new FlowError('NOT_FOUND', { what: 'OAuth2 Client Credentials', id: name });
      return row;
    },

    async save(name, settings, by) {
      const { description, allowedHosts, clientSecret } = settings;
      const isThere = await transaction(pool, async (tx) => {
        // Waits for a token that is being fetched, which is that of the client as it was.
        await tx.query('select 1 from oauth2_credential where name = $1 for update', [name]);
        const saved = await tx.query(
          `update credential set description = $2, allowed_hosts = $3, secret = coalesce($4, secret), deployed_at = now(), deployed_by = $5
            where name = $1 and kind = 'oauth2-client'
            returning name`,
          [
            name,
            description,
            allowedHosts,
            clientSecret === undefined ? null : seal(keys, secretName.clientSecret(name), clientSecret),
            by,
          ],
        );
        if (saved.length === 0) return false;
        await tx.query(
          `update oauth2_credential
              set token_url = $2, client_id = $3, send_as = $4, scope = $5, audience = $6, resource = $7,
                  state = 'Deployed', error = null, refresh_failures = 0, retry_at = null,
                  access_token = null, access_token_until = null, refresh_at = null
            where name = $1`,
          [name, ...clientValues(settings)],
        );
        return true;
      });
      return isThere ? announced(name) : undefined;
    },

    async remove(name) {
      const isRemoved = await removeCredential(sql, 'oauth2-client', name);
      if (isRemoved) publish({ kind: 'credential', id: name });
      return isRemoved;
    },

    use: async (name, host, refused) => (await useToken(name, host, refused)).token,

    async tryOut(name, host, clientSecret) {
      const [[deployed], client] = await Promise.all([listClients(sql, name), readClientCredentials(sql, keys, name)]);
      if (!deployed || !client) throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name, kind: title });
      if (!isHostAllowed(deployed.allowedHosts, host)) throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
      return (await provider.clientToken({ ...client, clientSecret })).accessToken;
    },
  };
}

const title = 'OAuth2 Client Credentials';

/** The client itself is asked for: there is no refresh token (RFC 6749, section 4.4.3). */
function clientCredentials({ keys, provider }: Pick<TokenParts, 'keys'> & { provider: Pick<OAuth2Provider, 'clientToken'> }): TokenGrant {
  return {
    kind: 'oauth2-client',
    title,
    replacedRestMs: 30_000,
    async begin(sql, name) {
      const client = await readClientCredentials(sql, keys, name);
      if (!client) throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name, kind: title });
      return async () => provider.clientToken(client);
    },
  };
}

function clientValues({ tokenUrl, clientId, sendAs, scope, audience, resource }: OAuth2ClientSettings): string[] {
  return [tokenUrl, clientId, sendAs, scope, audience, resource];
}
