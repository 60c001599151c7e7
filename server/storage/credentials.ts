import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Events } from '../ports/engine.ts';
import type { CredentialRow, CredentialStore } from '../ports/security.ts';
import { flowNames, flowsByArtifact, signInAgain, usesOf } from './artifact-uses.ts';
import type { Database } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, unseal } from './secret-box.ts';
import { sqlOn, transaction } from './sql.ts';

type StoredCredential = Omit<CredentialRow, 'usedBy'>;

const columns = `name, description, "user", allowed_hosts as "allowedHosts", deployed_at as "deployedAt", deployed_by as "deployedBy"`;

/**
 * User Credentials artifacts. The password is kept encrypted under the master key, and only `use` hands it out:
 * read anew each time, so that a change counts from the next connection on, and only for an allowed host.
 */
export function openCredentials({
  database: { pool },
  keys,
  publish,
}: {
  database: Pick<Database, 'pool'>;
  keys: KeyRing;
  publish: Events['publish'];
}): CredentialStore {
  const sql = sqlOn(pool);

  async function withUses(credential: StoredCredential): Promise<CredentialRow> {
    const uses = await flowsByArtifact(sql, 'credential', [credential.name]);
    return { ...credential, usedBy: uses.get(credential.name) ?? [] };
  }

  return {
    async list() {
      const credentials = await sql.query<StoredCredential>(`select ${columns} from credential where kind = 'user' order by name`);
      const uses = await flowsByArtifact(
        sql,
        'credential',
        credentials.map(({ name }) => name),
      );
      return credentials.map((credential) => ({ ...credential, usedBy: uses.get(credential.name) ?? [] }));
    },

    async create({ name, description, user, password, allowedHosts }, by) {
      const created = await transaction(pool, async (tx) => {
        const [row] = await tx.query<StoredCredential>(
          `insert into credential (name, description, "user", secret, allowed_hosts, deployed_by)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (name) do nothing
           returning ${columns}`,
          [name, description, user, seal(keys, name, password), allowedHosts, by],
        );
        if (!row) throw new FlowError('CREDENTIAL_EXISTS', { name });
        await signInAgain(tx, name);
        return row;
      });
      publish({ kind: 'credential', id: name });
      return withUses(created);
    },

    async save(name, { description, user, password, allowedHosts }, by) {
      const saved = await transaction(pool, async (tx) => {
        const [row] = await tx.query<StoredCredential>(
          `update credential
              set description = $2, "user" = $3, secret = coalesce($4, secret), allowed_hosts = $5, deployed_at = now(), deployed_by = $6
            where name = $1 and kind = 'user'
            returning ${columns}`,
          [name, description, user, password === undefined ? null : seal(keys, name, password), allowedHosts, by],
        );
        if (row) await signInAgain(tx, name);
        return row;
      });
      if (!saved) return undefined;
      publish({ kind: 'credential', id: name });
      return withUses(saved);
    },

    async remove(name) {
      const deployed = (await usesOf(sql, 'credential', [name])).filter((use) => use.isDeployed);
      if (deployed.length > 0) throw new FlowError('CREDENTIAL_IN_USE', { name, flows: flowNames(deployed).join(', ') });
      const removed = await sql.query(`delete from credential where name = $1 and kind = 'user' returning name`, [name]);
      if (removed.length === 0) return false;
      publish({ kind: 'credential', id: name });
      return true;
    },

    async use(name, host) {
      const [row] = await sql.query<{ user: string; secret: Buffer; allowedHosts: string[] }>(
        `select "user", secret, allowed_hosts as "allowedHosts" from credential where name = $1 and kind = 'user'`,
        [name],
      );
      if (!row) throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
      if (!isHostAllowed(row.allowedHosts, host)) throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
      return { name, user: row.user, password: unseal(keys, name, row.secret) };
    },
  };
}
