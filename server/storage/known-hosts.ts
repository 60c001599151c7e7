import { FlowError } from '../../shared/errors.ts';
import { readKnownHosts } from '../../shared/known-hosts.ts';
import type { Events } from '../ports/engine.ts';
import type { KnownHostsRow, KnownHostsStore } from '../ports/security.ts';
import { deployedUsers, usesOf } from './artifact-uses.ts';
import type { Database } from './database.ts';
import { sqlOn } from './sql.ts';

type StoredKnownHosts = Omit<KnownHostsRow, 'usedBy'>;

const columns = `name, description, lines as text, deployed_at as "deployedAt", deployed_by as "deployedBy"`;

export function openKnownHosts({
  database: { pool },
  publish,
}: {
  database: Pick<Database, 'pool'>;
  publish: Events['publish'];
}): KnownHostsStore {
  const sql = sqlOn(pool);

  async function withUses(stored: StoredKnownHosts[]): Promise<KnownHostsRow[]> {
    const names = stored.map(({ name }) => name);
    const uses = await usesOf(sql, 'known-hosts', names);
    return stored.map((one) => ({ ...one, usedBy: uses.get(one.name) ?? [] }));
  }

  async function announced(stored: StoredKnownHosts | undefined): Promise<KnownHostsRow | undefined> {
    if (!stored) return undefined;
    publish({ kind: 'credential', id: stored.name });
    return (await withUses([stored]))[0];
  }

  return {
    list: async () => withUses(await sql.query<StoredKnownHosts>(`select ${columns} from known_hosts order by name`)),

    async create({ name, description, text }, by) {
      requireReadable(text);
      const [created] = await sql.query<StoredKnownHosts>(
        `insert into known_hosts (name, description, lines, deployed_by) values ($1, $2, $3, $4)
         on conflict (name) do nothing
         returning ${columns}`,
        [name, description, text, by],
      );
      const row = await announced(created);
      if (!row) throw new FlowError('KNOWN_HOSTS_EXISTS', { name });
      return row;
    },

    async save(name, { description, text }, by) {
      requireReadable(text);
      const [saved] = await sql.query<StoredKnownHosts>(
        `update known_hosts set description = $2, lines = $3, deployed_at = now(), deployed_by = $4 where name = $1 returning ${columns}`,
        [name, description, text, by],
      );
      return announced(saved);
    },

    async remove(name) {
      const flows = await deployedUsers(sql, 'known-hosts', name);
      if (flows !== '') throw new FlowError('KNOWN_HOSTS_IN_USE', { name, flows });
      const removed = await sql.query('delete from known_hosts where name = $1 returning name', [name]);
      if (removed.length === 0) return false;
      publish({ kind: 'credential', id: name });
      return true;
    },

    async use(name) {
      const [row] = await sql.query<{ text: string }>('select lines as text from known_hosts where name = $1', [name]);
      if (!row) throw new FlowError('KNOWN_HOSTS_NOT_DEPLOYED', { name });
      return row.text;
    },
  };
}

function requireReadable(text: string): void {
  const [problem] = readKnownHosts(text).problems;
  if (problem) throw new FlowError('KNOWN_HOSTS_NOT_READABLE', { ...problem });
}
