import { Pool, type PoolClient } from 'pg';
import { FlowError } from '../../../shared/errors.ts';
import { saysNotReady } from '../postgres-error.ts';
import { sqlOn, type Sql } from '../sql.ts';

/** One connection for work that may take hours, such as copying all rows. */
export interface Session extends AsyncDisposable {
  client: PoolClient;
  sql: Sql;
  /** Ends the connection at once, whatever it is doing; the server rolls back. */
  end(): Promise<void>;
}

/** The text form of values must be the same on every server. */
const settings = ['-c timezone=UTC', '-c datestyle=ISO', '-c intervalstyle=postgres', '-c extra_float_digits=1', '-c bytea_output=hex'];

/**
 * @param url holds the password
 * @param name as which the database shows it
 * @throws FlowError DATABASE_UNAVAILABLE
 */
export async function openSession(url: string, name: string): Promise<Session> {
  const pool = new Pool({
    connectionString: url,
    application_name: name,
    max: 1,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    // A database whose host is gone without a word is noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    options: settings.join(' '),
  });
  pool.on('error', () => undefined);
  try {
    const client = await pool.connect();
    // The query under way fails with it; without a listener a connection that breaks would end the process.
    client.on('error', () => undefined);
    let isOpen = true;
    const end = async () => {
      if (!isOpen) return;
      isOpen = false;
      client.release(true);
      await pool.end();
    };
    return { client, sql: sqlOn(client), end, [Symbol.asyncDispose]: end };
  } catch (cause) {
    await pool.end();
    throw databaseError(cause);
  }
}

export type SidePool = Pool;

/** A few connections beside those of a Mailroom that may be running, for reading mails. Nothing is migrated. */
export function openSidePool(url: string, name: string): SidePool {
  const pool = new Pool({ connectionString: url, application_name: name, max: 8, connectionTimeoutMillis: 10_000, keepAlive: true });
  pool.on('error', () => undefined);
  return pool;
}

/** An error of PostgreSQL in words for people, where there are better ones than its own. */
export function databaseError(error: unknown): unknown {
  if (error instanceof FlowError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const isRefused = typeof code === 'string' && /^(28|3D|42501)/.test(code);
  return saysNotReady(error) || isRefused ? new FlowError('DATABASE_UNAVAILABLE', {}, { cause: error, details: error.message }) : error;
}
