import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Events } from '../ports/engine.ts';
import type { CredentialRow, CredentialStore } from '../ports/security.ts';
import { deployedUsers, refusalsOf, signInAgain, usesOf } from './artifact-uses.ts';
import type { Database } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, sealProblem, unseal } from './secret-box.ts';
import { sqlOn, transaction } from './sql.ts';

type StoredCredential = Omit<CredentialRow, 'usedBy' | 'refusal' | 'error'> & { secret: Buffer };

const columns = `name, description, "user", secret, allowed_hosts as "allowedHosts", deployed_at as "deployedAt", deployed_by as "deployedBy"`;

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

  async function withUses(stored: StoredCredential[]): Promise<CredentialRow[]> {
    const names = stored.map(({ name }) => name);
    const [uses, refusals] = await Promise.all([usesOf(sql, 'credential', names), refusalsOf(sql, names)]);
    return stored.map(({ secret, ...credential }) => ({
      ...credential,
      usedBy: uses.get(credential.name) ?? [],
      refusal: refusals.get(credential.name) ?? null,
      error: sealProblem(keys, credential.name, secret),
    }));
  }

  /** Tells that it has changed, and shows it as it is now. */
  async function announced(stored: StoredCredential): Promise<CredentialRow> {
    publish({ kind: 'credential', id: stored.name });
    const [row] = await withUses([stored]);
    if (!row) throw new Error('one in, one out');
    return row;
  }

  return {
    list: async () => withUses(await sql.query<StoredCredential>(`select ${columns} from credential where kind = 'user' order by name`)),

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
      return announced(created);
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
      return announced(saved);
    },

    async remove(name) {
      const flows = await deployedUsers(sql, 'credential', name);
      if (flows !== '') throw new FlowError('CREDENTIAL_IN_USE', { name, flows });
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
