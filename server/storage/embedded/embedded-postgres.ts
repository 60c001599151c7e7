import path from 'node:path';
import type { FlowError } from '../../../shared/errors.ts';
import type { Logger } from '../../ports/common.ts';
import { createCluster, findCluster, openHome, type Cluster } from './cluster.ts';
import { createDatabase, urlOf, waitUntilReady } from './connection.ts';
import { findIdentity, type Identity } from './identity.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import { worksIn } from './processes.ts';
import { bundledPrograms, preparePrograms, type Programs, type ProgramSource } from './programs.ts';
import { launchServer } from './server-process.ts';
import { supervise } from './supervise.ts';

export interface EmbeddedPostgres {
  /** Holds the password: never log it. */
  url: string;
  /** Process id of the server; another after it was started again. */
  readonly pid: number;
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
  /** Called once if the server ends without `stop` and does not start again. */
  onCrash?: (error: FlowError) => void;
  /** Other than the package npm installed. */
  programSource?: ProgramSource;
  /** How long the server may take to end after each of the three signals of `stop`. */
  stopWaitMs?: number;
  /** Of all who connect to it; one process takes up to 26. */
  maxConnections?: number;
}

const defaultStopWaitMs = 8_000;
const defaultMaxConnections = 100;

/**
 * Starts the PostgreSQL that npm brought along, on a free loopback port, or takes over one that an earlier process left running.
 * Only one process may do so for a data directory at a time: hold its lock (`data-directory.ts`).
 *
 * @throws FlowError EMBEDDED_DATABASE_MISSING, EMBEDDED_DATABASE_UNREACHABLE, EMBEDDED_DATABASE_FAILED
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDirectory, log, maxConnections = defaultMaxConnections } = options;
  const identity = await findIdentity(path.join(dataDirectory, 'postgres', 'data'));
  const home = await openHome(dataDirectory, identity);
  const existing = await findCluster(home);

  const programs = async () => preparePrograms(home, identity, options.programSource ?? (await bundledPrograms()));

  const running = existing && (await findServer(existing));
  if (existing && running) {
    log.info({ pid: running.pid }, 'took over the database server of an earlier run');
    return lookAfter(existing, running, true, programs, identity, options);
  }

  const prepared = await programs();
  if (!existing) log.info({ directory: home }, 'creating the database');
  const cluster = existing ?? (await createCluster(home, prepared, identity));
  const server = await launchServer(cluster, prepared, identity, { log, maxConnections });
  log.info({ pid: server.pid, port: server.port }, 'database server started');
  return lookAfter(cluster, server, false, programs, identity, options);
}

/** The running server of this cluster, once it has proven to be that: right directory, right password. */
async function findServer(cluster: Cluster): Promise<Postmaster | undefined> {
  const postmaster = await findPostmaster(cluster);
  if (!postmaster) return undefined;
  const isReady = await waitUntilReady(cluster, postmaster.port, () => worksIn(postmaster.pid, cluster.data));
  return isReady ? postmaster : undefined;
}

async function lookAfter(
  cluster: Cluster,
  server: Postmaster,
  isAdopted: boolean,
  programs: () => Promise<Programs>,
  identity: Identity,
  { log, onCrash, stopWaitMs = defaultStopWaitMs, maxConnections = defaultMaxConnections }: EmbeddedOptions,
): Promise<EmbeddedPostgres> {
  const supervision = supervise(cluster, server, {
    log,
    onCrash,
    stopWaitMs,
    async relaunch(port) {
      // Waits for what is left of the one that ended, and clears away what it left behind.
      const other = await findServer(cluster);
      if (other) return other;
      return launchServer(cluster, await programs(), identity, { log, maxConnections }, port);
    },
  });
  try {
    await createDatabase(cluster, server.port);
  } catch (error) {
    await supervision.stop();
    throw error;
  }
  return {
    url: urlOf(cluster, server.port),
    get pid() {
      return supervision.server().pid;
    },
    isAdopted,
    stop: supervision.stop,
  };
}
