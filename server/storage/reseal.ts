import type { Pool } from 'pg';
import type { KeyRing } from './key-ring.ts';
import { sealedColumns, type SealedColumn } from './sealed-columns.ts';
import { isSealedWith, seal, unseal } from './secret-box.ts';
import { transaction, type Sql } from './sql.ts';

/**
 * Opens every sealed value there is.
 *
 * @returns how many there are
 * @throws FlowError MASTER_KEY_WRONG naming the first that no key of the ring opens
 */
export async function checkSealed(sql: Sql, keys: KeyRing): Promise<number> {
  let count = 0;
  for (const column of sealedColumns) {
    const values = await readSealed(sql, column);
    for (const { artifact, sealed } of values) unseal(keys, column.nameOf(artifact), sealed);
    count += values.length;
  }
  return count;
}

/**
 * Seals every value with the current key, a column in one transaction: those who write meanwhile wait for it.
 *
 * @returns how many were sealed with another key, or in the form of before
 */
export async function reseal(pool: Pool, keys: KeyRing, onColumn: (column: SealedColumn) => void): Promise<number> {
  let count = 0;
  for (const column of sealedColumns) {
    count += await transaction(pool, async (tx) => {
      const values = await readSealed(tx, column, 'for update');
      const old = values.filter(({ sealed }) => !isSealedWith(keys.current, sealed));
      for (const { id, artifact, sealed } of old) {
        const name = column.nameOf(artifact);
        await tx.query(`update ${column.table} set ${column.column} = $2 where ${column.id} = $1`, [
          id,
          seal(keys, name, unseal(keys, name, sealed)),
        ]);
      }
      return old.length;
    });
    onColumn(column);
  }
  return count;
}

interface SealedValue {
  id: string;
  artifact: string;
  sealed: Buffer;
}

function readSealed(sql: Sql, column: SealedColumn, lock: '' | 'for update' = ''): Promise<SealedValue[]> {
  const { table, column: name, id, artifact, kind } = column;
  return sql.query<SealedValue>(
    `select ${id} as id, ${artifact} as artifact, ${name} as sealed
       from ${table}
      where ${name} is not null ${kind === undefined ? '' : 'and kind = $1'}
      ${lock}`,
    kind === undefined ? [] : [kind],
  );
}
