import { FlowError } from '../../../shared/errors.ts';
import type { Logger } from '../../ports/common.ts';
import { tailOfLog, type Cluster } from './cluster.ts';
import type { Postmaster } from './postmaster.ts';
import { isRunning } from './processes.ts';
import { endServer } from './server-process.ts';

/**
 * Looks after a server that is ready, our child or one taken over. One that ends by itself, as PostgreSQL does where its disk is full,
 * is started again on the same port: as often as it takes while the disk is full, else a few times, since the rest of Mailroom
 * waits for its database and loses nothing by it.
 */
export interface Supervision {
  server: () => Postmaster;
  /** @throws FlowError EMBEDDED_DATABASE_FAILED when nothing ends it */
  stop: () => Promise<void>;
}

export interface SupervisionOptions {
  log: Logger;
  /** Starts it again on this port. */
  relaunch: (port: number) => Promise<Postmaster>;
  /** Called once if it can't be started again. */
  onCrash?: ((error: FlowError) => void) | undefined;
  stopWaitMs: number;
  /** Tries in a row before it is given up, unless the disk is full. */
  maxTries?: number;
  /** How long to wait after the nth try that failed. */
  waitMs?: (tries: number) => number;
}

const watchEveryMs = 1_000;
const doublingWait = (tries: number) => Math.min(1_000 * 2 ** Math.min(tries, 10), 15_000);
/** A server that has lived this long starts anew with its tries. */
const settledAfterMs = 60_000;

export function supervise(
  cluster: Cluster,
  first: Postmaster,
  { log, relaunch, onCrash, stopWaitMs, maxTries = 5, waitMs = doublingWait }: SupervisionOptions,
): Supervision {
  let server = first;
  let startedAt = Date.now();
  let tries = 0;
  let looking: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let notBefore = 0;

  const watch = setInterval(() => {
    if (stopping || looking || Date.now() < notBefore) return;
    looking = lookAfter()
      .catch((error: unknown) => log.error({ error }, 'the database server could not be looked after'))
      .finally(() => (looking = undefined));
  }, watchEveryMs);

  async function lookAfter(): Promise<void> {
    if ((await isRunning(server.pid)) || stopping) return;
    if (tries > 0 && Date.now() - startedAt > settledAfterMs) tries = 0;
    const details = await tailOfLog(cluster);
    tries += 1;
    if (tries === 1) log.error({ details }, 'the database server ended by itself and is started again');
    try {
      server = await relaunch(server.port);
      startedAt = Date.now();
      log.info({ pid: server.pid, tries }, 'the database server is back');
    } catch (error) {
      const isFull = saysDiskFull(`${details}\n${error instanceof FlowError ? error.details : String(error)}`);
      if (!isFull && tries >= maxTries) {
        clearInterval(watch);
        const reason = 'its server ended by itself and does not start again';
        onCrash?.(new FlowError('EMBEDDED_DATABASE_FAILED', { reason }, { cause: error, details: await tailOfLog(cluster) }));
        return;
      }
      const nextTryInMs = waitMs(tries);
      notBefore = Date.now() + nextTryInMs;
      const why = isFull ? 'there is no space left on its disk' : 'it does not start';
      log.error({ tries, nextTryInMs }, `the database server is down: ${why}`);
    }
  }

  async function end(): Promise<void> {
    await looking;
    await endServer(cluster, server.pid, { waitMs: stopWaitMs, log });
  }

  return {
    server: () => server,
    stop() {
      clearInterval(watch);
      return (stopping ??= end());
    },
  };
}

/** ENOSPC and EDQUOT as PostgreSQL writes them, or Node. */
function saysDiskFull(text: string): boolean {
  return /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/.test(text);
}
