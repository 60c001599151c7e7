import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { SqlExecutor } from '../ports.ts';
import type { Fence } from '../runtime-ports.ts';

/** Plain SQL with typed rows: what the stores run on, inside or outside a transaction. */
export interface Sql extends SqlExecutor {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

export function sqlOn(connection: Pool | PoolClient): Sql {
  return {
    query: async <Row extends QueryResultRow>(text: string, values: unknown[] = []) => (await connection.query<Row>(text, values)).rows,
    executeSql: (text, values = []) => connection.query(text, values),
  };
}

/** Commits when `work` resolves, rolls back when it throws. */
export async function transaction<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(sqlOn(client));
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    // A connection that can't roll back is thrown away below; the server rolls back by itself.
    await client.query('rollback').then(
      () => (failure = undefined),
      () => undefined,
    );
    throw error;
  } finally {
    client.release(failure);
  }
}

/**
 * Throws unless the lease is still held, and keeps it from passing on until this transaction ends.
 * The database's clock decides, so a paused process can't write after its lease was taken over.
 *
 * @throws FlowError MAIL_LOCK_LOST
 */
export async function requireLease(sql: Sql, { key, token }: Fence): Promise<void> {
  const held = await sql.query('select 1 from lease where key = $1 and token = $2 and expires_at > clock_timestamp() for share', [
    key,
    String(token),
  ]);
  if (held.length === 0) throw new FlowError('MAIL_LOCK_LOST', { mailbox: key });
}
