import { rename } from 'node:fs/promises';
import path from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { FlowError } from '../shared/errors.ts';
import type { Config } from './config.ts';
import { openQueue, removeAllJobs } from './engine/queue.ts';
import type { Logger } from './ports/common.ts';
import { readText } from './storage/backup/files.ts';
import { fingerprintOf } from './storage/backup/format.ts';
import { keyOfBackup, openBackup, requireKnownTables, verifyBackup, type Backup } from './storage/backup/read-backup.ts';
import { requireRestorable, restoreDatabase, restoreName, type RestoreReport } from './storage/backup/restore-database.ts';
import { openSession } from './storage/backup/session.ts';
import { openFsBlobs } from './storage/blobs/fs.ts';
import { openPgBlobs } from './storage/blobs/pg.ts';
import { openDataDirectory } from './storage/data-directory.ts';
import { createSecretFile } from './storage/durable-file.ts';
import { startEmbeddedPostgres } from './storage/embedded/embedded-postgres.ts';
import { masterKeyFrom } from './storage/master-key.ts';

/** Puts a backup where this configuration says that Mailroom lives. */

export interface RestoreMailroomOptions {
  config: Config;
  /** A directory of backups, or one of them. */
  source: string;
  /** Gives up what is there. */
  replaces: boolean;
  /** Leaves all flows undeployed: no mailbox is visited until a person has looked. */
  undeployed: boolean;
  signal: AbortSignal;
  log: Logger;
  progress: (text: string) => void;
}

export interface RestoredMailroom extends RestoreReport {
  backup: Backup;
}

export async function restoreMailroom({ config, source, log, signal, ...options }: RestoreMailroomOptions): Promise<RestoredMailroom> {
  const { dataDirectory } = config;
  const backup = await openBackup(source);
  requireKnownTables(backup, packageJson.version);
  const masterKey = await keyOfBackup(backup, config.masterKey);
  const keyFile = config.masterKey ? undefined : path.join(dataDirectory, 'master.key');
  if (keyFile !== undefined && !options.replaces) await requireSameKey(keyFile, masterKey);
  await verifyBackup(backup, signal, options.progress);

  await using opened = new AsyncDisposableStack();
  const directory = await openDataDirectory(dataDirectory, { isShared: config.role !== 'all' });
  opened.defer(() => directory.release());
  const databaseUrl = config.databaseUrl ?? (await startEmbedded(dataDirectory, opened, log));
  const place = config.databaseUrl === undefined ? `The data directory ${dataDirectory}` : 'The database of DATABASE_URL';
  const session = opened.use(await openSession(databaseUrl, restoreName));
  signal.addEventListener('abort', () => void session.end(), { once: true });
  try {
    await requireRestorable({ session, place, replaces: options.replaces });
    const queue = await openQueue({ database: { url: databaseUrl }, log, connectionName: `${restoreName} queue` });
    opened.defer(() => queue.close(0));
    const report = await restoreDatabase({
      ...options,
      session,
      place,
      backup,
      queue,
      removeAllJobs,
      openBlobs: async ({ client }) =>
        config.blobs === 'pg'
          ? { blobs: openPgBlobs(client), areInDatabase: true }
          : {
              blobs: await openFsBlobs({ directory: directory.blobs, log }),
              areInDatabase: false,
            },
      beforeCommit: async () => {
        if (keyFile !== undefined) await placeKey(keyFile, masterKey);
      },
      signal,
    });
    return { backup, ...report };
  } catch (error) {
    // What a cancelled step says of its broken connection is not the reason.
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === '53100'))
      throw new FlowError('DISK_FULL', { directory: dataDirectory }, { cause: error });
    throw error;
  }
}

async function startEmbedded(dataDirectory: string, opened: AsyncDisposableStack, log: Logger): Promise<string> {
  const server = await startEmbeddedPostgres({ dataDirectory, log });
  opened.defer(() => server.stop());
  return server.url;
}

/** @throws FlowError BACKUP_KEY_DIFFERS */
async function requireSameKey(keyFile: string, masterKey: Buffer): Promise<void> {
  const present = await readText(keyFile);
  if (present === undefined || isKey(present, masterKey)) return;
  throw new FlowError('BACKUP_KEY_DIFFERS', { place: keyFile });
}

/** Another key that is there is put aside, never lost. */
async function placeKey(keyFile: string, masterKey: Buffer): Promise<void> {
  const present = await readText(keyFile);
  if (present !== undefined && !isKey(present, masterKey))
    await rename(keyFile, `${keyFile}.before-${new Date().toISOString().replaceAll(':', '-')}`);
  await createSecretFile(keyFile, `${masterKey.toString('base64')}\n`);
}

function isKey(text: string, masterKey: Buffer): boolean {
  try {
    return fingerprintOf(masterKeyFrom(text.trim())) === fingerprintOf(masterKey);
  } catch {
    return false;
  }
}
