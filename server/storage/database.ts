import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client, Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import * as accounts from './accounts-schema.ts';
import * as log from './log-schema.ts';
import * as audit from './audit-schema.ts';
import * as bulk from './bulk-schema.ts';
import * as trace from './trace-schema.ts';
import * as views from './view-schema.ts';
import * as blobContent from './blob-content-schema.ts';
import * as processes from './process-schema.ts';
import * as lockReleases from './lock-release-schema.ts';
import * as alerts from './alerts-schema.ts';
import { postgresCode, saysNotReady } from './postgres-error.ts';
import * as pressure from './pressure-schema.ts';
import * as tables from './schema.ts';
import * as suspects from './suspect-schema.ts';

export const schema = {
  ...audit,
  ...bulk,
  ...trace,
  ...views,
  ...tables,
  ...accounts,
  ...alerts,
  ...log,
  ...blobContent,
  ...processes,
  ...lockReleases,
  ...pressure,
  ...suspects,
};
export const migrationsFolder = fileURLToPath(new URL('migrations', import.meta.url));

/** A connected, migrated PostgreSQL. */
export interface Database {
  /** For connections of one's own, such as LISTEN. Holds the password: never log it. */
  url: string;
  pool: Pool;
  db: NodePgDatabase<typeof schema>;
  close: () => Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  log: Logger;
  /** Upper bound of the pool. */
  maxConnections?: number;
  /** How long to wait for a server that is starting or can't be reached yet. */
  connectDeadlineMs?: number;
}

const oldestVersion = 150_000;
const retryEveryMs = 250;
const connectTimeoutMs = 5_000;
/** Above every timeout of the server. */
export const queryTimeoutMs = 70_000;
/** Whoever migrates holds this advisory lock: the letters "mail" as a number. */
export const migrationLock = 0x6d61696c;

/**
 * Connects, brings the tables up to date and hands out a pool. Several processes may do so at once on an empty database.
 *
 * @throws FlowError DATABASE_UNAVAILABLE when the server can't be reached in time or refuses us, DATABASE_TOO_OLD
 */
export async function openDatabase({ url, log, maxConnections = 10, connectDeadlineMs = 30_000 }: DatabaseOptions): Promise<Database> {
  await migrateDatabase(url, log, connectDeadlineMs);
  const pool = new Pool({
    connectionString: url,
    application_name: 'mailroom',
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    // Nothing of ours takes longer than a few seconds; what hangs must not hold its connection or its locks for good.
    statement_timeout: 60_000,
    lock_timeout: 20_000,
    // A process that is frozen or cut off in the middle of a transaction must not keep others from its mailboxes for longer than a lease.
    idle_in_transaction_session_timeout: 10_000,
    // The server's own limits don't help where its host or the network is gone without a word.
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  // Without a listener a connection that breaks while idle would end the process. The pool replaces it.
  pool.on('error', (error) => log.warn({ error: error.message }, 'a database connection was lost'));
  return { url, pool, db: drizzle(pool, { schema }), close: () => pool.end() };
}

async function migrateDatabase(url: string, log: Logger, connectDeadlineMs: number): Promise<void> {
  const client = await connect(url, log, connectDeadlineMs);
  try {
    await requireVersion(client);
    // drizzle's migrate() started twice on an empty database fails in one of them.
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    // Ends the session, and the advisory lock with it.
    await client.end();
  }
}

/** One connection, retried while the server is starting up or can't be reached. */
async function connect(url: string, log: Logger, deadlineMs: number): Promise<Client> {
  const giveUpAt = Date.now() + deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    const client = new Client({
      connectionString: url,
      application_name: 'mailroom migrations',
      connectionTimeoutMillis: connectTimeoutMs,
      // Bounds a migration as well as the wait for another process that is migrating.
      statement_timeout: 600_000,
    });
    client.on('error', (error) => log.warn({ error: error.message }, 'the database connection of the migrations was lost'));
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!saysNotReady(error) || Date.now() >= giveUpAt) throw unavailable(error);
      if (attempt === 1) log.info({ reason: postgresCode(error) }, 'waiting for the database');
    }
    await sleep(retryEveryMs);
  }
}

function unavailable(error: unknown): FlowError {
  const details = error instanceof Error ? error.message || postgresCode(error) : String(error);
  return new FlowError('DATABASE_UNAVAILABLE', {}, { cause: error, details: details ?? 'no reason given' });
}

async function requireVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name`,
  );
  const version = rows[0];
  if (version && version.number < oldestVersion) throw new FlowError('DATABASE_TOO_OLD', { version: version.name });
}
