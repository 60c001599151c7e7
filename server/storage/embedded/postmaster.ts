import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowError } from '../../../shared/errors.ts';
import type { Cluster } from './cluster.ts';
import { isRunning, isTaken, processesIn, worksIn } from './processes.ts';

/** What a running server writes of itself into `postmaster.pid` (PostgreSQL, storage file layout). */
export interface Postmaster {
  pid: number;
  port: number;
}

const orphansEndMs = 20_000;

/**
 * The server at work in this cluster, whoever started it; undefined when there is none. A file left behind whose process id now
 * belongs to a zombie or to somebody else is removed, because PostgreSQL would take that process for the server and refuse.
 *
 * @throws FlowError EMBEDDED_DATABASE_FAILED when processes of a killed server do not end
 */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const { data } = cluster;
  const written = await readPostmaster(cluster);
  if (!written) return undefined;
  const { pid } = written;
  if (await worksIn(pid, data)) return written;

  // Removing the file takes away one of two guards against a second server on the same data, so first nothing may be at work there.
  await waitForOrphans(data);
  if (isTaken(pid)) await rm(fileOf(cluster), { force: true });
  return undefined;
}

/** What the file says, whether that server still runs or not. */
export async function readPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const lines = (await readFile(fileOf(cluster), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3]) } : undefined;
}

const fileOf = ({ data }: Cluster) => path.join(data, 'postmaster.pid');

/** Backends outlive a killed server for the moment it takes them to notice. */
async function waitForOrphans(data: string): Promise<void> {
  const giveUpAt = Date.now() + orphansEndMs;
  for (;;) {
    const running: number[] = [];
    for (const pid of processesIn(data)) if (await isRunning(pid)) running.push(pid);
    if (running.length === 0) return;
    if (Date.now() >= giveUpAt) {
      throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: `processes of an earlier run do not end (${running.join(', ')})` });
    }
    await sleep(100);
  }
}
