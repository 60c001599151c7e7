import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { SqlExecutor } from '../ports/common.ts';
import type { Fence } from '../ports/runtime.ts';
import { releaseOf } from './lock-releases.ts';
import { postgresCode, saysNoAnswer, saysNotReady } from './postgres-error.ts';

/** Plain SQL with typed rows: what the stores run on, inside or outside a transaction. */
export interface Sql extends SqlExecutor {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same for what is asked all the time: each connection keeps the parsed and planned statement under its name. */
  prepared<Row extends QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]>;
}

export function sqlOn(connection: Pool | PoolClient): Sql {
  return {
    query: async <Row extends QueryResultRow>(text: string, values: unknown[] = []) =>
      (await connection.query<Row>(text, values.map(storable)).catch(tell)).rows,
    prepared: async <Row extends QueryResultRow>(name: string, text: string, values: unknown[]) =>
      (await connection.query<Row>({ name, text, values: values.map(storable) }).catch(tell)).rows,
    executeSql: (text, values = []) => connection.query(text, values).catch(tell),
  };
}

/** disk_full (PostgreSQL, appendix A) */
const diskFull = '53100';

/**
 * What befalls every statement alike and people can do something about gets an error of its own; others stay as they are.
 *
 * @throws FlowError DATABASE_DISK_FULL, DATABASE_UNAVAILABLE
 */
function tell(error: unknown): never {
  if (postgresCode(error) === diskFull) throw new FlowError('DATABASE_DISK_FULL', {}, { cause: error });
  if (saysNotReady(error)) throw new FlowError('DATABASE_UNAVAILABLE', {}, { cause: error });
  throw error;
}

function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable);
  return typeof value === 'string' ? storableText(value) : value;
}

/** PostgreSQL keeps neither NUL nor halves of surrogate pairs, and mails have both: they become U+FFFD. */
function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** A value for a `jsonb` parameter. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => storable(inner));
}

/** The same, where null stands for a column that is null. */
export function jsonOrNull(value: unknown): string | null {
  return value === null ? null : json(value);
}

/** Commits when `work` resolves, rolls back when it throws. */
export async function transaction<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(tell);
  let failure: Error | undefined;
  // The query under way fails with it; without a listener a connection that breaks would end the process.
  const onLost = () => undefined;
  client.on('error', onLost);
  try {
    await client.query('begin').catch(tell);
    const result = await work(sqlOn(client));
    await client.query('commit').catch(tell);
    return result;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    // A connection that can't roll back is thrown away below; the server rolls back by itself. Behind an unanswered query nothing
    // would be answered either.
    if (!saysNoAnswer(error)) {
      await client.query('rollback').then(
        () => (failure = undefined),
        () => undefined,
      );
    }
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(failure);
  }
}

/**
 * Throws unless the lease is still held, and keeps it from passing on until this transaction ends.
 * The database's clock decides, so a paused process can't write after its lease was taken over.
 *
 * @throws FlowError MAIL_LOCK_LOST, MAIL_LOCK_RELEASED
 */
export async function requireLease(sql: Sql, { key, token }: Fence): Promise<void> {
  const held = await sql.query('select 1 from lease where key = $1 and token = $2 and expires_at > clock_timestamp() for share', [
    key,
    String(token),
  ]);
  if (held.length > 0) return;
  const release = await releaseOf(sql, token);
  if (!release) throw new FlowError('MAIL_LOCK_LOST', { mailbox: key });
  throw new FlowError('MAIL_LOCK_RELEASED', { mailbox: key, by: release.releasedBy, reason: release.reason });
}
