import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResult, type QueryResultRow } from 'pg';
import { FlowError } from '../../../shared/errors.ts';
import type { Logger } from '../../ports.ts';
import { saysNotReady } from '../postgres-error.ts';
import { createCluster, databaseUser, findCluster, logSizeBytes, openHome, tailOfLog, type Cluster } from './cluster.ts';
import { findIdentity, type Identity } from './identity.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import { hasEnded, isRunning, worksIn } from './processes.ts';
import { bundledPrograms, preparePrograms, programEnvironment, type Programs, type ProgramSource } from './programs.ts';
import path from 'node:path';

export interface EmbeddedPostgres {
  /** Holds the password: never log it. */
  url: string;
  /** Process id of the server. */
  pid: number;
  /** True when the server of an earlier, killed process was taken over. */
  isAdopted: boolean;
  /** Ends the server; resolves when its process is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Existing data directory; everything of PostgreSQL's goes to `postgres` below it. */
  dataDirectory: string;
  log: Logger;
  /** Called once if the server ends without `stop`. */
  onCrash?: (error: FlowError) => void;
  /** Other than the package npm installed. */
  programSource?: ProgramSource;
  /** How long the server may take to end after each of the three signals of `stop`. */
  stopWaitMs?: number;
}

const host = '127.0.0.1';
const databaseName = 'mailroom';
const connectTimeoutMs = 5_000;
const retryEveryMs = 50;
/** Recovery after a power cut reads the whole write-ahead log again, at most 1 GB by the settings below. */
const readyDeadlineMs = 300_000;
const portTries = 5;
const watchEveryMs = 1_000;
const keptLogBytes = 10_000_000;
/** Fast (clients are disconnected), then immediate (the next start recovers), then without asking. */
const stopSignals = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;
const defaultStopWaitMs = 8_000;

/** Given on the command line at each start, so that nothing written earlier can be stale. fsync and synchronous_commit stay on. */
const serverSettings = {
  listen_addresses: host,
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '100',
  shared_buffers: '64MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  io_method: 'sync',
  jit: 'off',
};

/**
 * Starts the PostgreSQL that npm brought along, on a free loopback port, or takes over one that an earlier process left running.
 * Only one process may do so for a data directory at a time: hold its lock (`data-directory.ts`).
 *
 * @throws FlowError EMBEDDED_DATABASE_MISSING, EMBEDDED_DATABASE_UNREACHABLE, EMBEDDED_DATABASE_FAILED
 */
export async function startEmbeddedPostgres({
  dataDirectory,
  log,
  onCrash = () => undefined,
  programSource,
  stopWaitMs = defaultStopWaitMs,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const identity = await findIdentity(path.join(dataDirectory, 'postgres', 'data'));
  const home = await openHome(dataDirectory, identity);
  const existing = await findCluster(home);

  const adopted = existing && (await adoptServer(existing));
  if (existing && adopted) {
    log.info({ pid: adopted.pid }, 'took over the database server of an earlier run');
    return supervise(existing, adopted, { isAdopted: true, log, onCrash, stopWaitMs });
  }

  const programs = await preparePrograms(home, identity, programSource ?? (await bundledPrograms()));
  if (!existing) log.info({ directory: home }, 'creating the database');
  const cluster = existing ?? (await createCluster(home, programs, identity));
  const server = await launchServer(cluster, programs, identity);
  await createDatabase(cluster, server.port);
  log.info({ pid: server.pid, port: server.port }, 'database server started');
  return supervise(cluster, server, { isAdopted: false, log, onCrash, stopWaitMs });
}

/** The running server of this cluster, once it has proven to be that: right directory, right password. */
async function adoptServer(cluster: Cluster): Promise<Postmaster | undefined> {
  const postmaster = await findPostmaster(cluster);
  if (!postmaster) return undefined;
  const isReady = await waitUntilReady(cluster, postmaster.port, () => worksIn(postmaster.pid, cluster.data));
  if (!isReady) return undefined;
  await createDatabase(cluster, postmaster.port);
  return postmaster;
}

async function launchServer(cluster: Cluster, programs: Programs, identity: Identity): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const pid = await spawnServer(cluster, programs, identity, port);
    if (await waitUntilReady(cluster, port, () => isRunning(pid))) return { pid, port };

    const details = await tailOfLog(cluster);
    // Somebody else may take the port between our looking and the server's.
    if (attempt < portTries && details.includes('could not bind')) continue;
    throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its server ended while starting' }, { details });
  }
}

async function spawnServer(cluster: Cluster, { postgres }: Programs, { uid, gid }: Identity, port: number): Promise<number> {
  const settings = Object.entries({ ...serverSettings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = await open(cluster.logFile, (await logSizeBytes(cluster)) > keptLogBytes ? 'w' : 'a', 0o600);
  try {
    const child = spawn(postgres, ['-D', cluster.data, ...settings], {
      uid,
      gid,
      cwd: '/',
      env: programEnvironment,
      // In a session of its own, so that Ctrl-C reaches only us: the server goes down last, when we say so.
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    // Whoever supervises looks at the process itself, adopted or not.
    child.unref();
    if (child.pid === undefined) throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its server has no process id' });
    return child.pid;
  } finally {
    await logFile.close();
  }
}

/**
 * True when the server answers and is the one of this cluster; false when `isAlive` says that it has ended.
 *
 * @throws FlowError EMBEDDED_DATABASE_FAILED when it answers wrongly, or not in time
 */
async function waitUntilReady(cluster: Cluster, port: number, isAlive: () => Promise<boolean>): Promise<boolean> {
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

async function requireSameDirectory(cluster: Cluster, port: number): Promise<void> {
  const { rows } = await query<{ data_directory: string }>(cluster, port, 'show data_directory');
  const found = rows[0]?.data_directory;
  if (found === cluster.data) return;
  throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: `the server on port ${port} works in ${found}, not in ${cluster.data}` });
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const { rowCount } = await query(cluster, port, `select 1 from pg_database where datname = '${databaseName}'`);
  if (rowCount === 0) await query(cluster, port, `create database ${databaseName}`);
}

async function query<Row extends QueryResultRow>(cluster: Cluster, port: number, text: string): Promise<QueryResult<Row>> {
  const client = new Client({
    host,
    port,
    user: databaseUser,
    password: cluster.password,
    database: 'postgres',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: 30_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.query<Row>(text);
  } finally {
    await client.end();
  }
}

type Supervision = Required<Pick<EmbeddedOptions, 'log' | 'onCrash' | 'stopWaitMs'>> & { isAdopted: boolean };

/** Looks after a server that is ready; the same for our child and for an adopted one. */
function supervise(cluster: Cluster, { pid, port }: Postmaster, { isAdopted, log, onCrash, stopWaitMs }: Supervision): EmbeddedPostgres {
  const watch = setInterval(() => void lookAfter(), watchEveryMs);
  let stopping: Promise<void> | undefined;

  async function lookAfter(): Promise<void> {
    if ((await isRunning(pid)) || stopping) return;
    clearInterval(watch);
    onCrash(new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its server ended by itself' }, { details: await tailOfLog(cluster) }));
  }

  async function stop(): Promise<void> {
    clearInterval(watch);
    await endServer(cluster, pid, stopWaitMs, log);
  }

  return {
    url: `postgres://${databaseUser}:${cluster.password}@${host}:${port}/${databaseName}`,
    pid,
    isAdopted,
    stop: () => (stopping ??= stop()),
  };
}

async function endServer(cluster: Cluster, pid: number, waitMs: number, log: Logger): Promise<void> {
  for (const signal of stopSignals) {
    if (!(await worksIn(pid, cluster.data))) break;
    process.kill(pid, signal);
    if (await hasEnded(pid, waitMs)) return;
    log.warn({ pid, signal, waitMs }, 'the database server did not end in time');
  }
  if (await hasEnded(pid, 0)) return;
  throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: `its server (process ${pid}) does not end` });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'no port is free' });
  return address.port;
}
