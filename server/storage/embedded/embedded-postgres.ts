import path from 'node:path';
import { FlowError } from '../../../shared/errors.ts';
import type { Logger } from '../../ports/common.ts';
import { createCluster, findCluster, openHome, tailOfLog, type Cluster } from './cluster.ts';
import { createDatabase, urlOf, waitUntilReady } from './connection.ts';
import { findIdentity } from './identity.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import { isRunning, worksIn } from './processes.ts';
import { bundledPrograms, preparePrograms, type ProgramSource } from './programs.ts';
import { endServer, launchServer } from './server-process.ts';

export interface EmbeddedPostgres {
  /** Holds the password: never log it. */
  url: string;
  /** Process id of the server. */
  pid: number;
  /** True when the server of an earlier, killed process was taken over. */
  isAdopted: boolean;
  /**
   * Ends the server; resolves when its process is gone.
   *
   * @throws FlowError EMBEDDED_DATABASE_FAILED when nothing ends it
   */
  stop: () => Promise<void>;
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

const watchEveryMs = 1_000;
const defaultStopWaitMs = 8_000;

/**
 * Starts the PostgreSQL that npm brought along, on a free loopback port, or takes over one that an earlier process left running.
 * Only one process may do so for a data directory at a time: hold its lock (`data-directory.ts`).
 *
 * @throws FlowError EMBEDDED_DATABASE_MISSING, EMBEDDED_DATABASE_UNREACHABLE, EMBEDDED_DATABASE_FAILED
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDirectory, log } = options;
  const identity = await findIdentity(path.join(dataDirectory, 'postgres', 'data'));
  const home = await openHome(dataDirectory, identity);
  const existing = await findCluster(home);

  const running = existing && (await findServer(existing));
  if (existing && running) {
    log.info({ pid: running.pid }, 'took over the database server of an earlier run');
    return supervise(existing, running, true, options);
  }

  const programs = await preparePrograms(home, identity, options.programSource ?? (await bundledPrograms()));
  if (!existing) log.info({ directory: home }, 'creating the database');
  const cluster = existing ?? (await createCluster(home, programs, identity));
  const server = await launchServer(cluster, programs, identity, log);
  log.info({ pid: server.pid, port: server.port }, 'database server started');
  return supervise(cluster, server, false, options);
}

/** The running server of this cluster, once it has proven to be that: right directory, right password. */
async function findServer(cluster: Cluster): Promise<Postmaster | undefined> {
  const postmaster = await findPostmaster(cluster);
  if (!postmaster) return undefined;
  const isReady = await waitUntilReady(cluster, postmaster.port, () => worksIn(postmaster.pid, cluster.data));
  return isReady ? postmaster : undefined;
}

/** Looks after a server that is ready; the same for our child and for one taken over. */
async function supervise(
  cluster: Cluster,
  { pid, port }: Postmaster,
  isAdopted: boolean,
  options: EmbeddedOptions,
): Promise<EmbeddedPostgres> {
  const { log, onCrash, stopWaitMs = defaultStopWaitMs } = options;
  let stopping: Promise<void> | undefined;

  const watch = setInterval(() => void lookAfter(), watchEveryMs);
  async function lookAfter(): Promise<void> {
    if ((await isRunning(pid)) || stopping) return;
    clearInterval(watch);
    const details = await tailOfLog(cluster);
    onCrash?.(new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its server ended by itself' }, { details }));
  }

  function stop(): Promise<void> {
    clearInterval(watch);
    stopping ??= endServer(cluster, pid, { waitMs: stopWaitMs, log });
    return stopping;
  }

  try {
    await createDatabase(cluster, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: urlOf(cluster, port), pid, isAdopted, stop };
}
