import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { FlowError } from '../../../shared/errors.ts';
import type { Logger } from '../../ports/common.ts';
import { logSizeBytes, tailOfLog, type Cluster } from './cluster.ts';
import { host, waitUntilReady } from './connection.ts';
import { tellsOfFullDisk } from '../postgres-error.ts';
import type { Identity } from './identity.ts';
import type { Postmaster } from './postmaster.ts';
import { hasEnded, isRunning, worksIn } from './processes.ts';
import { programEnvironment, type Programs } from './programs.ts';

const portTries = 5;
const keptLogBytes = 10_000_000;
/** Fast (clients are disconnected), then immediate (the next start recovers), then without asking. */
const stopSignals = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;

/** Given on the command line at each start, so that nothing written earlier can be stale. fsync and synchronous_commit stay on. */
const serverSettings = {
  listen_addresses: host,
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  shared_buffers: '64MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  io_method: 'sync',
  // A statement over the whole log locks every index of every day of it.
  max_locks_per_transaction: '256',
  log_checkpoints: 'off',
  jit: 'off',
};

export interface ServerOptions {
  log: Logger;
  maxConnections: number;
}

/**
 * Starts the server of a cluster and waits until it answers.
 *
 * @param fixedPort the one that clients know already; without it any free one is taken
 * @throws FlowError EMBEDDED_DATABASE_FAILED, DISK_FULL; no server is left running then
 */
export async function launchServer(
  cluster: Cluster,
  programs: Programs,
  identity: Identity,
  { log, maxConnections }: ServerOptions,
  fixedPort?: number,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = fixedPort ?? (await freePort());
    const pid = await spawnServer(cluster, programs, identity, { port: String(port), max_connections: String(maxConnections) });
    try {
      if (await waitUntilReady(cluster, port, () => isRunning(pid))) return { pid, port };
    } catch (error) {
      await endServer(cluster, pid, { waitMs: 1_000, log });
      throw error;
    }
    const details = await tailOfLog(cluster);
    // Somebody else may take the port between our looking and the server's.
    if (fixedPort === undefined && attempt < portTries && details.includes('could not bind')) continue;
    if (tellsOfFullDisk(details)) throw new FlowError('DISK_FULL', { directory: cluster.data }, { details });
    throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its server ended while starting' }, { details });
  }
}

/**
 * Ends a server, our child or not; each of the three signals gets `waitMs`.
 *
 * @throws FlowError EMBEDDED_DATABASE_FAILED when its process is still there after all of them
 */
export async function endServer(cluster: Cluster, pid: number, { waitMs, log }: { waitMs: number; log: Logger }): Promise<void> {
  for (const signal of stopSignals) {
    if (!(await worksIn(pid, cluster.data))) return;
    process.kill(pid, signal);
    if (await hasEnded(pid, waitMs)) return;
    log.warn({ pid, signal, waitMs }, 'the database server did not end in time');
  }
  throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: `its server (process ${pid}) does not end` });
}

async function spawnServer(
  cluster: Cluster,
  { postgres }: Programs,
  { uid, gid }: Identity,
  own: Record<'port' | 'max_connections', string>,
): Promise<number> {
  const settings = Object.entries({ ...serverSettings, ...own }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
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
    await once(child, 'spawn');
    // Whoever supervises looks at the process itself, adopted or not.
    child.unref();
    if (child.pid === undefined) throw new Error('a spawned process has an id');
    return child.pid;
  } finally {
    await logFile.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
