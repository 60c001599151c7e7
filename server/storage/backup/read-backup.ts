import path from 'node:path';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { FlowError } from '../../../shared/errors.ts';
import { migrationsFolder } from '../database.ts';
import { masterKeyFrom } from '../master-key.ts';
import { backedUpBlobs, copiesAtOnce, eachOf, isRight, readBlobList } from './blob-copies.ts';
import { listBackups, readManifest } from './directory.ts';
import { isWhole, readText } from './files.ts';
import { fingerprintOf, names, type Manifest } from './format.ts';

export interface Backup {
  path: string;
  /** Where its mails are, for all backups of the directory. */
  blobsDirectory: string;
  manifest: Manifest;
}

/**
 * @param source a directory of backups, whose newest is taken, or one of the backups in it
 * @throws FlowError BACKUP_NOT_FOUND, BACKUP_FORMAT_UNKNOWN
 */
export async function openBackup(source: string): Promise<Backup> {
  const isBackup = (await readText(path.join(source, names.manifest))) !== undefined;
  const chosen = isBackup ? source : (await listBackups(source)).at(-1);
  if (chosen === undefined) throw new FlowError('BACKUP_NOT_FOUND', { source });
  return { path: chosen, blobsDirectory: path.join(path.dirname(chosen), names.blobs), manifest: await readManifest(chosen) };
}

/** @throws FlowError BACKUP_TOO_NEW when its tables have gone through a migration that is not known here */
export function requireKnownTables({ manifest }: Backup, mailroomVersion: string): void {
  const known = readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash);
  const isKnown = manifest.migrations.every((hash, index) => known[index] === hash);
  if (!isKnown) throw new FlowError('BACKUP_TOO_NEW', { version: manifest.mailroomVersion, here: mailroomVersion });
}

/**
 * Reads every file of the backup and every mail it needs.
 *
 * @throws FlowError BACKUP_DAMAGED
 */
export async function verifyBackup(backup: Backup, signal: AbortSignal, progress: (text: string) => void): Promise<void> {
  const { manifest } = backup;
  const files = [...manifest.tables.map(({ file }) => file), manifest.blobs.list, manifest.masterKey.file].filter((file) => file !== null);
  const damaged: string[] = [];
  for (const file of files) {
    progress(`Checking ${file.name}`);
    if (!(await isWhole(backup.path, file, signal))) damaged.push(file.name);
  }
  // A damaged list says nothing about the mails.
  if (damaged.length === 0) {
    const wasMissing = new Set(manifest.blobs.missing);
    const store = backedUpBlobs(backup.blobsDirectory);
    let done = 0;
    await eachOf(readBlobList(path.join(backup.path, manifest.blobs.list.name)), copiesAtOnce, signal, async ({ hash }) => {
      if (!wasMissing.has(hash) && !(await isRight(store, hash))) damaged.push(`${names.blobs}/${hash.slice(0, 2)}/${hash.slice(2)}`);
      done += 1;
      progress(`Checking mail ${done} of ${manifest.blobs.count}`);
    });
  }
  const [first] = damaged;
  if (first !== undefined) throw new FlowError('BACKUP_DAMAGED', { count: damaged.length, first });
}

/**
 * The key that opens the secrets in the backup.
 *
 * @param given from the environment
 * @throws FlowError BACKUP_KEY_NEEDED, BACKUP_KEY_DIFFERS
 */
export async function keyOfBackup({ path: directory, manifest }: Backup, given: Buffer | undefined): Promise<Buffer> {
  const { file, fingerprint } = manifest.masterKey;
  if (given === undefined && file === null) throw new FlowError('BACKUP_KEY_NEEDED', {});
  const key = given ?? masterKeyFrom(((await readText(path.join(directory, file?.name ?? ''))) ?? '').trim());
  if (fingerprintOf(key) !== fingerprint) throw new FlowError('BACKUP_KEY_DIFFERS', { place: 'MAILROOM_MASTER_KEY' });
  return key;
}
