import { FlowError } from '../../shared/errors.ts';
import type { Events } from '../ports/engine.ts';
import type { CertificateRow, CertificateStore } from '../ports/security.ts';
import { deployedUsers, pollAgain, usesOf } from './artifact-uses.ts';
import type { Database } from './database.ts';
import { sqlOn, transaction } from './sql.ts';
import { factsOf, NotReadable, pemOf, readCertificates, splitPem } from './x509.ts';

type StoredCertificate = Omit<CertificateRow, 'usedBy' | 'certificates'> & { pem: string };

const columns = `name, description, pem, deployed_at as "deployedAt", deployed_by as "deployedBy"`;

export function openCertificates({
  database: { pool },
  publish,
}: {
  database: Pick<Database, 'pool'>;
  publish: Events['publish'];
}): CertificateStore {
  const sql = sqlOn(pool);

  async function withUses(stored: StoredCertificate[]): Promise<CertificateRow[]> {
    const uses = await usesOf(
      sql,
      'certificate',
      stored.map(({ name }) => name),
    );
    return stored.map(({ pem, ...certificate }) => ({
      ...certificate,
      certificates: factsOf(pem),
      usedBy: uses.get(certificate.name) ?? [],
    }));
  }

  async function announce(stored: StoredCertificate): Promise<CertificateRow | undefined> {
    publish({ kind: 'credential', id: stored.name });
    return (await withUses([stored]))[0];
  }

  return {
    list: async () => withUses(await sql.query<StoredCertificate>(`select ${columns} from trusted_certificate order by name`)),

    async create({ name, description, pem }, by) {
      const readable = readablePem(pem);
      const created = await transaction(pool, async (tx) => {
        const [row] = await tx.query<StoredCertificate>(
          `insert into trusted_certificate (name, description, pem, deployed_by) values ($1, $2, $3, $4)
           on conflict (name) do nothing
           returning ${columns}`,
          [name, description, readable, by],
        );
        if (row) await pollAgain(tx, name);
        return row;
      });
      const row = created && (await announce(created));
      if (!row) throw new FlowError('CERTIFICATE_EXISTS', { name });
      return row;
    },

    async save(name, { description, pem }, by) {
      const readable = pem === undefined ? null : readablePem(pem);
      const saved = await transaction(pool, async (tx) => {
        const [row] = await tx.query<StoredCertificate>(
          `update trusted_certificate
              set description = $2, pem = coalesce($3, pem), deployed_at = now(), deployed_by = $4
            where name = $1
            returning ${columns}`,
          [name, description, readable, by],
        );
        if (row) await pollAgain(tx, name);
        return row;
      });
      return saved && announce(saved);
    },

    async remove(name) {
      const flows = await deployedUsers(sql, 'certificate', name);
      if (flows !== '') throw new FlowError('CERTIFICATE_IN_USE', { name, flows });
      const removed = await sql.query('delete from trusted_certificate where name = $1 returning name', [name]);
      if (removed.length === 0) return false;
      publish({ kind: 'credential', id: name });
      return true;
    },

    async use(name) {
      const [row] = await sql.query<{ pem: string }>('select pem from trusted_certificate where name = $1', [name]);
      if (!row) throw new FlowError('CERTIFICATE_NOT_DEPLOYED', { name });
      return row.pem;
    },

    async useAll() {
      const rows = await sql.query<{ pem: string }>('select pem from trusted_certificate order by name');
      return rows.flatMap(({ pem }) => splitPem(pem));
    },
  };
}

function readablePem(text: string): string {
  try {
    return pemOf(readCertificates(text));
  } catch (error) {
    if (error instanceof NotReadable) throw new FlowError('CERTIFICATE_NOT_READABLE', { reason: error.message }, { cause: error });
    throw error;
  }
}
