import { access } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import { FlowError } from '../shared/errors.ts';
import type { Config } from './config.ts';
import type { Logger } from './ports/common.ts';
import { openSidePool } from './storage/backup/session.ts';
import { writeBackup, type BackupReport } from './storage/backup/write-backup.ts';
import { openBlobs } from './storage/blobs/open-blobs.ts';
import { openDataDirectory } from './storage/data-directory.ts';
import { attachToPostgres } from './storage/embedded/attach.ts';
import { startEmbeddedPostgres } from './storage/embedded/embedded-postgres.ts';
import { loadMasterKey } from './storage/master-key.ts';

/** Backs up the Mailroom of this configuration, running or not. */

export interface BackUpOptions {
  config: Config;
  /** Where to. */
  directory: string;
  keep?: number | undefined;
  signal: AbortSignal;
  log: Logger;
  progress: (text: string) => void;
}

export async function backUp({ config, ...options }: BackUpOptions): Promise<BackupReport> {
  const { dataDirectory } = config;
  const { log, signal } = options;
  const masterKeyFile = config.masterKey ? undefined : path.join(dataDirectory, 'master.key');
  if (masterKeyFile !== undefined) await requireThere(masterKeyFile, dataDirectory);
  const masterKey = config.masterKey ?? (await loadMasterKey(dataDirectory));
  await using opened = new AsyncDisposableStack();
  const databaseUrl = config.databaseUrl ?? (await reachEmbedded(dataDirectory, opened, log, signal));
  const pool = openSidePool(databaseUrl, 'mailroom backup of mails');
  opened.defer(() => pool.end());
  const directory = path.join(dataDirectory, 'blobs');
  const { blobs } = opened.adopt(await openBlobs({ driver: config.blobs, directory, pool, log, moves: false }), (stores) => stores.close());
  return await writeBackup({
    ...options,
    databaseUrl,
    blobs,
    blobsPlace: config.blobs === 'pg' ? 'the database' : directory,
    masterKey,
    masterKeyFile,
    dataDirectory,
    mailroomVersion: packageJson.version,
  });
}

const startDeadlineMs = 60_000;

/**
 * The embedded server: that of the Mailroom that runs, else started for as long as `opened` is.
 *
 * @throws FlowError BACKUP_NOTHING_THERE
 */
export async function reachEmbedded(
  dataDirectory: string,
  opened: AsyncDisposableStack,
  log: Logger,
  signal: AbortSignal,
): Promise<string> {
  await requireThere(path.join(dataDirectory, 'postgres', 'data', 'PG_VERSION'), dataDirectory);
  const giveUpAt = Date.now() + startDeadlineMs;
  for (;;) {
    try {
      const lock = await openDataDirectory(dataDirectory);
      opened.defer(() => lock.release());
      const server = await startEmbeddedPostgres({ dataDirectory, log });
      opened.defer(() => server.stop());
      return server.url;
    } catch (error) {
      if (!(error instanceof FlowError) || error.code !== 'DATA_DIRECTORY_IN_USE') throw error;
      const url = await attachToPostgres(dataDirectory);
      if (url !== undefined) return url;
      // It is just starting, or just stopping.
      if (Date.now() >= giveUpAt) throw error;
    }
    await sleep(200, undefined, { signal });
  }
}

/** @throws FlowError BACKUP_NOTHING_THERE */
export async function requireThere(file: string, place: string): Promise<void> {
  try {
    await access(file);
  } catch (cause) {
    throw new FlowError('BACKUP_NOTHING_THERE', { place }, { cause, details: cause instanceof Error ? cause.message : String(cause) });
  }
}
