import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../storage/database.ts';
import { startEmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { silentLog } from './silent-log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the migrated database that test databases are copied from; nobody may stay connected to it. */
    templateUrl: string;
  }
}

/** One embedded server for a whole run of integration tests, in a temporary directory. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'mailroom-test-'));
  // As root the server is another user, who has to get in.
  await chmod(dataDirectory, 0o711);
  // Test files run side by side, and some start several processes.
  const server = await startEmbeddedPostgres({ dataDirectory, log: silentLog, maxConnections: 400 });
  const stop = async () => {
    await server.stop();
    await rm(dataDirectory, { recursive: true });
  };
  try {
    const template = await openDatabase({ url: server.url, log: silentLog });
    await template.close();
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('templateUrl', server.url);
  return stop;
}
