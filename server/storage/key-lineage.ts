import type { Pool } from 'pg';
import { json, sqlOn, type Sql } from './sql.ts';

/** The master keys that this Mailroom had before, by their fingerprints: whoever knows one of them knows that it is the same Mailroom. */

const settingKey = 'former-master-keys';

export interface FormerKey {
  /** `fingerprintOf` */
  fingerprint: string;
  /** ISO 8601 */
  until: string;
}

/** Oldest first. */
export async function formerKeys(sql: Sql): Promise<FormerKey[]> {
  const [row] = await sql.query<{ value: FormerKey[] }>('select value from setting where key = $1', [settingKey]);
  return row?.value ?? [];
}

/** Once each, however often a change of the key is resumed. */
export async function rememberFormerKeys(pool: Pool, fingerprints: string[]): Promise<void> {
  const sql = sqlOn(pool);
  const known = await formerKeys(sql);
  const fresh = fingerprints.filter((fingerprint) => known.every((key) => key.fingerprint !== fingerprint));
  if (fresh.length === 0) return;
  const until = new Date().toISOString();
  await sql.query(
    `insert into setting (key, value) values ($1, $2)
     on conflict (key) do update set value = excluded.value`,
    [settingKey, json([...known, ...fresh.map((fingerprint) => ({ fingerprint, until }))])],
  );
}
