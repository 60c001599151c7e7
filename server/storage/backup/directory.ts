import { randomBytes } from 'node:crypto';
import { readdir, realpath, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobRef, BlobStore } from '../../ports/blobs.ts';
import type { Logger } from '../../ports/common.ts';
import { openFsBlobs } from '../blobs/fs.ts';
import { syncDirectory } from '../durable-file.ts';
import { readBlobList } from './blob-copies.ts';
import { isWhole, makePrivateDirectory, readText, writeWhole } from './files.ts';
import { formatVersion, manifestSchema, markerSchema, names, type Manifest } from './format.ts';

/** A directory that one Mailroom is backed up to, again and again. */
export interface BackupDirectory {
  path: string;
  blobs: BlobStore;
  /** An empty directory for the next backup; what killed ones left is removed. */
  begin(): Promise<string>;
  /** Gives a backup whose manifest is written its name, under which it can be restored. */
  finish(unfinished: string, takenAt: Date): Promise<string>;
  abandon(unfinished: string): Promise<void>;
  /** Removes all backups but the newest, and the mails that only they needed. */
  keepNewest(count: number, signal: AbortSignal): Promise<{ backups: number; blobs: number }>;
}

const unfinishedPrefix = 'unfinished-';
const finishedName = /^\d{4}-\d\d-\d\dT[\d-]+\.\d+Z$/;
const prefixes = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

/**
 * @param dataDirectory where the backup must not lie
 * @throws FlowError BACKUP_TARGET_NOT_EMPTY, BACKUP_TARGET_OTHER, BACKUP_TARGET_INSIDE
 */
export async function openBackupDirectory({
  directory,
  dataDirectory,
  fingerprint,
  formerFingerprints = [],
  log,
}: {
  directory: string;
  dataDirectory: string;
  fingerprint: string;
  /** Those of the keys it had before. */
  formerFingerprints?: string[];
  log: Logger;
}): Promise<BackupDirectory> {
  await makePrivateDirectory(directory);
  await requireOutside(directory, dataDirectory);
  await claim(directory, fingerprint, formerFingerprints);
  const blobs = await openFsBlobs({ directory: path.join(directory, names.blobs), log });

  return {
    path: directory,
    blobs,

    async begin() {
      for (const name of await readdir(directory)) {
        if (name.startsWith(unfinishedPrefix)) await rm(path.join(directory, name), { recursive: true });
      }
      const unfinished = path.join(directory, `${unfinishedPrefix}${randomBytes(6).toString('hex')}`);
      await makePrivateDirectory(path.join(unfinished, names.database));
      return unfinished;
    },

    async finish(unfinished, takenAt) {
      const finished = path.join(directory, takenAt.toISOString().replaceAll(':', '-'));
      await syncDirectory(path.join(unfinished, names.database));
      await rename(unfinished, finished);
      await syncDirectory(directory);
      return finished;
    },

    abandon: (unfinished) => rm(unfinished, { recursive: true, force: true }),

    async keepNewest(count, signal) {
      const backups = await listBackups(directory);
      const surplus = backups.slice(0, Math.max(0, backups.length - count));
      for (const backup of surplus) {
        // The manifest first: what is half removed is no backup any more.
        await rm(path.join(backup, names.manifest));
        await syncDirectory(backup);
        await rm(backup, { recursive: true });
      }
      return { backups: surplus.length, blobs: await removeUnneeded(directory, blobs, signal) };
    },
  };
}

/** Whole backups in a directory of backups, oldest first, as paths. */
export async function listBackups(directory: string): Promise<string[]> {
  const entries = await readdir(directory).catch(() => []);
  const found: string[] = [];
  for (const name of entries.filter((entry) => finishedName.test(entry)).sort()) {
    if ((await readText(path.join(directory, name, names.manifest))) !== undefined) found.push(path.join(directory, name));
  }
  return found;
}

/** @throws FlowError BACKUP_NOT_FOUND, BACKUP_FORMAT_UNKNOWN */
export async function readManifest(backup: string): Promise<Manifest> {
  const text = await readText(path.join(backup, names.manifest));
  if (text === undefined) throw new FlowError('BACKUP_NOT_FOUND', { source: backup });
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FlowError('BACKUP_FORMAT_UNKNOWN', { source: backup }, { cause });
  }
}

/** The Mailroom with this key has the directory for itself. */
async function claim(directory: string, fingerprint: string, formerFingerprints: string[]): Promise<void> {
  const file = path.join(directory, names.marker);
  const text = await readText(file);
  if (text === undefined) {
    if ((await readdir(directory)).length > 0) throw new FlowError('BACKUP_TARGET_NOT_EMPTY', { directory });
    await mark(file, fingerprint);
    return;
  }
  const marker = markerSchema.safeParse(JSON.parse(text));
  if (!marker.success) throw new FlowError('BACKUP_TARGET_NOT_EMPTY', { directory });
  const { masterKeyFingerprint: owner } = marker.data;
  if (owner === fingerprint) return;
  if (!formerFingerprints.includes(owner)) throw new FlowError('BACKUP_TARGET_OTHER', { directory });
  await mark(file, fingerprint);
}

function mark(file: string, fingerprint: string): Promise<void> {
  return writeWhole(file, `${JSON.stringify({ format: formatVersion, masterKeyFingerprint: fingerprint }, null, 2)}\n`);
}

async function requireOutside(directory: string, dataDirectory: string): Promise<void> {
  const [target, data] = await Promise.all([realpath(directory), realpath(dataDirectory).catch(() => dataDirectory)]);
  if (target !== data && !target.startsWith(data + path.sep)) return;
  // It may have been made just now.
  await rmdir(directory).catch(() => undefined);
  throw new FlowError('BACKUP_TARGET_INSIDE', { directory });
}

/** Mails that no backup in the directory needs; none is removed where it can't be told what a backup needs. */
async function removeUnneeded(directory: string, blobs: BlobStore, signal: AbortSignal): Promise<number> {
  const lists: AsyncGenerator<BlobRef>[] = [];
  for (const backup of await listBackups(directory)) {
    const { blobs: needed } = await readManifest(backup);
    if (!(await isWhole(backup, needed.list, signal))) throw new FlowError('BACKUP_DAMAGED', { count: 1, first: needed.list.name });
    lists.push(readBlobList(path.join(backup, needed.list.name)));
  }
  // Lists and folders are walked side by side, so that only one folder's share of them is held at a time.
  const heads = await Promise.all(lists.map((list) => list.next()));
  let removed = 0;
  for (const prefix of prefixes) {
    const needed = new Set<string>();
    for (const [index, list] of lists.entries()) {
      for (let head = heads[index]; head && !head.done && head.value.hash.startsWith(prefix); head = heads[index]) {
        needed.add(head.value.hash);
        heads[index] = await list.next();
      }
    }
    for (const name of await readdir(path.join(directory, names.blobs, prefix))) {
      signal.throwIfAborted();
      if (needed.has(prefix + name)) continue;
      await blobs.remove(prefix + name);
      removed += 1;
    }
  }
  return removed;
}
