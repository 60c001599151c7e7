import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Events } from '../ports/engine.ts';
import type { CredentialRow, CredentialStore, SecureParameterStore } from '../ports/security.ts';
import { refusalsOf, removeCredential, signInAgain, usesOf } from './artifact-uses.ts';
import type { Database } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, sealProblem, unseal } from './secret-box.ts';
import { sqlOn, transaction } from './sql.ts';

/** An artifact with one secret, kept encrypted under the master key. */
type Row = CredentialRow;
type Stored = Omit<Row, 'usedBy' | 'refusal' | 'error'> & { secret: Buffer };

interface Change {
  description: string;
  user: string;
  /** Undefined: the present one stays. */
  secret: string | undefined;
  allowedHosts: string[];
}

export interface CredentialParts {
  database: Pick<Database, 'pool'>;
  keys: KeyRing;
  publish: Events['publish'];
}

const columns = `name, description, "user", secret, allowed_hosts as "allowedHosts", deployed_at as "deployedAt", deployed_by as "deployedBy"`;

/** Artifacts of all kinds share their names, so that a secret of one kind can't pass for one of another. */
export const parameterSecretName = (name: string) => `${name} parameter`;

/** User Credentials artifacts: `use` reads anew each time, so that a change counts from the next connection on, and only for an allowed host. */
export function openCredentials(parts: CredentialParts): CredentialStore {
  const artifacts = openKind('user', (name) => name, parts);
  return {
    list: () => artifacts.list(),
    remove: (name) => artifacts.remove(name),
    create: ({ name, password, ...settings }, by) => artifacts.create(name, { ...settings, secret: password }, by),
    save: (name, { password, ...settings }, by) => artifacts.save(name, { ...settings, secret: password }, by),
    async use(name, host) {
      const { user, secret } = await artifacts.read(name, host);
      return { name, user, password: secret };
    },
  };
}

/** Secure Parameters, used in the same way. */
export function openSecureParameters(parts: CredentialParts): SecureParameterStore {
  const artifacts = openKind('parameter', parameterSecretName, parts);
  return {
    remove: (name) => artifacts.remove(name),
    list: () => artifacts.list(),
    create: ({ name, ...settings }, by) => artifacts.create(name, { ...settings, user: '' }, by),
    save: (name, { secret, ...settings }, by) => artifacts.save(name, { ...settings, secret, user: '' }, by),
    use: async (name, host) => (await artifacts.read(name, host)).secret,
  };
}

function openKind(
  kind: 'user' | 'parameter',
  secretName: (name: string) => string,
  { database: { pool }, keys, publish }: CredentialParts,
) {
  const sql = sqlOn(pool);
  async function withUses(stored: Stored[]): Promise<Row[]> {
    const names = stored.map(({ name }) => name);
    const [uses, refusals] = await Promise.all([usesOf(sql, 'credential', names), refusalsOf(sql, names)]);
    return stored.map(({ secret, ...credential }) => ({
      ...credential,
      usedBy: uses.get(credential.name) ?? [],
      refusal: refusals.get(credential.name) ?? null,
      error: sealProblem(keys, secretName(credential.name), secret),
    }));
  }

  /** Tells that it has changed, and shows it as it is now. */
  async function announced(stored: Stored): Promise<Row> {
    publish({ kind: 'credential', id: stored.name });
    const [row] = await withUses([stored]);
    if (!row) throw new Error('one in, one out');
    return row;
  }

  return {
    list: async () => withUses(await sql.query<Stored>(`select ${columns} from credential where kind = $1 order by name`, [kind])),

    async create(name: string, { description, user, secret = '', allowedHosts }: Change, by: string): Promise<Row> {
      const created = await transaction(pool, async (tx) => {
        const [row] = await tx.query<Stored>(
          `insert into credential (name, kind, description, "user", secret, allowed_hosts, deployed_by)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (name) do nothing
           returning ${columns}`,
          [name, kind, description, user, seal(keys, secretName(name), secret), allowedHosts, by],
        );
        if (!row) throw new FlowError('CREDENTIAL_EXISTS', { name });
        await signInAgain(tx, name);
        return row;
      });
      return announced(created);
    },

    async save(name: string, { description, user, secret, allowedHosts }: Change, by: string): Promise<Row | undefined> {
      const saved = await transaction(pool, async (tx) => {
        const [row] = await tx.query<Stored>(
          `update credential
              set description = $3, "user" = $4, secret = coalesce($5, secret), allowed_hosts = $6, deployed_at = now(), deployed_by = $7
            where name = $1 and kind = $2
            returning ${columns}`,
          [name, kind, description, user, secret === undefined ? null : seal(keys, secretName(name), secret), allowedHosts, by],
        );
        if (row) await signInAgain(tx, name);
        return row;
      });
      if (!saved) return undefined;
      return announced(saved);
    },

    async remove(name: string): Promise<boolean> {
      const isRemoved = await removeCredential(sql, kind, name);
      if (isRemoved) publish({ kind: 'credential', id: name });
      return isRemoved;
    },

    async read(name: string, host: string): Promise<{ user: string; secret: string }> {
      const [row] = await sql.query<{ user: string; secret: Buffer; allowedHosts: string[] }>(
        `select "user", secret, allowed_hosts as "allowedHosts" from credential where name = $1 and kind = $2`,
        [name, kind],
      );
      if (!row) throw new FlowError('CREDENTIAL_NOT_DEPLOYED', kind === 'user' ? { name } : { name, kind: 'Secure Parameter' });
      if (!isHostAllowed(row.allowedHosts, host)) throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
      return { user: row.user, secret: unseal(keys, secretName(name), row.secret) };
    },
  };
}
