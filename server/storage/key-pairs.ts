import { FlowError } from '../../shared/errors.ts';
import type { Events } from '../ports/engine.ts';
import type { KeyPair } from '../ports/secrets.ts';
import type { KeyPairMaterial, KeyPairRow, KeyPairStore } from '../ports/security.ts';
import { deployedUsers, usesByMailChannels, usesOf } from './artifact-uses.ts';
import type { Database } from './database.ts';
import { readKeyPair, type ReadableKeyPair } from './read-key-pair.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, sealProblem, unseal } from './secret-box.ts';
import { sqlOn } from './sql.ts';
import { sshPublicKeyOf } from './ssh-public-key.ts';
import { factsOf, NotReadable, splitPem } from './x509.ts';

type SealedKeyPair = { name: string; pem: string; privateKey: Buffer };
type StoredKeyPair = Omit<KeyPairRow, 'certificates' | 'usedBy' | 'error' | 'sshPublicKey'> & SealedKeyPair;

const sealedColumns = `name, pem, private_key as "privateKey"`;

const columns = `name, description, pem, private_key as "privateKey", deployed_at as "deployedAt", deployed_by as "deployedBy"`;

/** Artifacts of other kinds may have the same name. Names have no spaces. */
export const keyPairSecretName = (name: string) => `${name} private key`;

/** The private key is kept encrypted under the master key, and only `use` and `useAll` hand it out. */
export function openKeyPairs({
  database: { pool },
  keys,
  publish,
}: {
  database: Pick<Database, 'pool'>;
  keys: KeyRing;
  publish: Events['publish'];
}): KeyPairStore {
  const sql = sqlOn(pool);

  async function withUses(stored: StoredKeyPair[]): Promise<KeyPairRow[]> {
    const names = stored.map(({ name }) => name);
    const [byMail, byName] = await Promise.all([usesByMailChannels(sql), usesOf(sql, 'key-pair', names)]);
    return stored.map(({ pem, privateKey, ...keyPair }) => ({
      ...keyPair,
      certificates: factsOf(pem),
      sshPublicKey: sshPublicKeyOf(splitPem(pem)[0] ?? '', keyPair.name),
      usedBy: [...(byName.get(keyPair.name) ?? []), ...byMail],
      error: sealProblem(keys, keyPairSecretName(keyPair.name), privateKey),
    }));
  }

  const opened = ({ name, pem, privateKey }: SealedKeyPair): KeyPair => ({
    name,
    certificate: splitPem(pem)[0] ?? '',
    privateKey: unseal(keys, keyPairSecretName(name), privateKey),
  });

  async function shown(stored: StoredKeyPair): Promise<KeyPairRow> {
    const [row] = await withUses([stored]);
    if (!row) throw new Error('one in, one out');
    return row;
  }

  return {
    async list() {
      return withUses(await sql.query<StoredKeyPair>(`select ${columns} from key_pair order by name`));
    },

    async create({ name, description, material }, by) {
      const { certificates, privateKey } = await readOrRefuse(material);
      const [row] = await sql.query<StoredKeyPair>(
        `insert into key_pair (name, description, pem, private_key, deployed_by) values ($1, $2, $3, $4, $5)
         on conflict (name) do nothing
         returning ${columns}`,
        [name, description, certificates, seal(keys, keyPairSecretName(name), privateKey), by],
      );
      if (!row) throw new FlowError('KEY_PAIR_EXISTS', { name });
      publish({ kind: 'credential', id: name });
      return shown(row);
    },

    async save(name, { description, material }, by) {
      const fresh = material && (await readOrRefuse(material));
      const [row] = await sql.query<StoredKeyPair>(
        `update key_pair
            set description = $2, pem = coalesce($3, pem), private_key = coalesce($4, private_key), deployed_at = now(), deployed_by = $5
          where name = $1
          returning ${columns}`,
        [name, description, fresh?.certificates ?? null, fresh ? seal(keys, keyPairSecretName(name), fresh.privateKey) : null, by],
      );
      if (!row) return undefined;
      publish({ kind: 'credential', id: name });
      return shown(row);
    },

    async remove(name) {
      const flows = await deployedUsers(sql, 'key-pair', name);
      if (flows !== '') throw new FlowError('KEY_PAIR_IN_USE', { name, flows });
      const removed = await sql.query('delete from key_pair where name = $1 returning name', [name]);
      if (removed.length === 0) return false;
      publish({ kind: 'credential', id: name });
      return true;
    },

    async use(name) {
      const [row] = await sql.query<SealedKeyPair>(`select ${sealedColumns} from key_pair where name = $1`, [name]);
      if (!row) throw new FlowError('KEY_PAIR_NOT_DEPLOYED', { name });
      return opened(row);
    },

    useAll: async () => (await sql.query<SealedKeyPair>(`select ${sealedColumns} from key_pair order by name`)).map(opened),
  };
}

async function readOrRefuse(material: KeyPairMaterial): Promise<ReadableKeyPair> {
  try {
    return await readKeyPair(material);
  } catch (error) {
    // Without the cause: what OpenSSL and the reader of PKCS #12 say may quote what they read.
    if (error instanceof NotReadable) throw new FlowError('KEY_PAIR_NOT_READABLE', { reason: error.message });
    throw error;
  }
}
