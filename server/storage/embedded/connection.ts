import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResult, type QueryResultRow } from 'pg';
import { FlowError } from '../../../shared/errors.ts';
import { saysNotReady } from '../postgres-error.ts';
import { databaseUser, type Cluster } from './cluster.ts';

export const host = '127.0.0.1';
const databaseName = 'mailroom';
const connectTimeoutMs = 5_000;
const queryTimeoutMs = 30_000;
const retryEveryMs = 50;
/** Recovery after a power cut reads the write-ahead log again, at most 1 GB of it (`max_wal_size`). */
const readyDeadlineMs = 300_000;

/** Holds the password: never log it. */
export function urlOf({ password }: Cluster, port: number): string {
  return `postgres://${databaseUser}:${password}@${host}:${port}/${databaseName}`;
}

/**
 * True when the server answers and is the one of this cluster; false when `isAlive` says that it has ended.
 *
 * @throws FlowError EMBEDDED_DATABASE_FAILED when it answers wrongly, or not in time
 */
export async function waitUntilReady(cluster: Cluster, port: number, isAlive: () => Promise<boolean>): Promise<boolean> {
  const giveUpAt = Date.now() + readyDeadlineMs;
  for (;;) {
    try {
      await requireSameDirectory(cluster, port);
      return true;
    } catch (error) {
      if (!(await isAlive())) return false;
      if (error instanceof FlowError) throw error;
      if (!saysNotReady(error) || Date.now() >= giveUpAt) {
        const details = error instanceof Error ? error.message : String(error);
        throw new FlowError(
          'EMBEDDED_DATABASE_FAILED',
          { reason: `its server on port ${port} does not let us in` },
          { cause: error, details },
        );
      }
    }
    await sleep(retryEveryMs);
  }
}

/** Makes our database in a cluster that is ready, unless it is there. */
export async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const { rowCount } = await query(cluster, port, `select 1 from pg_database where datname = '${databaseName}'`);
  if (rowCount === 0) await query(cluster, port, `create database ${databaseName}`);
}

/** The right password alone proves nothing: two data directories may be copies of one another. */
async function requireSameDirectory(cluster: Cluster, port: number): Promise<void> {
  const { rows } = await query<{ data_directory: string }>(cluster, port, 'show data_directory');
  const found = rows[0]?.data_directory;
  if (found === cluster.data) return;
  throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: `the server on port ${port} works in ${found}, not in ${cluster.data}` });
}

async function query<Row extends QueryResultRow>(cluster: Cluster, port: number, text: string): Promise<QueryResult<Row>> {
  const client = new Client({
    host,
    port,
    user: databaseUser,
    password: cluster.password,
    database: 'postgres',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
  });
  // The failing call rejects; without a listener the same error would end the process as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.query<Row>(text);
  } finally {
    await client.end();
  }
}
