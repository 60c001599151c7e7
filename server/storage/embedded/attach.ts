import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { findCluster } from './cluster.ts';
import { urlOf, waitUntilReady } from './connection.ts';
import { readPostmaster } from './postmaster.ts';
import { worksIn } from './processes.ts';

/**
 * Where the server of a Mailroom that is running can be reached, for a second process that only talks to it. Changes nothing.
 *
 * @returns a URL that holds the password; undefined while there is no server
 * @throws FlowError EMBEDDED_DATABASE_FAILED
 */
export async function attachToPostgres(dataDirectory: string): Promise<string | undefined> {
  const home = await realpath(path.join(dataDirectory, 'postgres')).catch(() => undefined);
  const cluster = home === undefined ? undefined : await findCluster(home);
  const server = cluster && (await readPostmaster(cluster));
  if (!cluster || !server) return undefined;
  const isReady = await waitUntilReady(cluster, server.port, () => worksIn(server.pid, cluster.data));
  return isReady ? urlOf(cluster, server.port) : undefined;
}
