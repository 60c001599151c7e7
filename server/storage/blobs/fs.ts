import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, opendir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobStore } from '../../ports/blobs.ts';
import type { Logger } from '../../ports/common.ts';
import { syncDirectory } from '../durable-file.ts';
import { hasCode } from '../has-code.ts';
import { groupCommit } from './group-commit.ts';
import { fileOf, folderOf, folders, temporaryFolderOf } from './layout.ts';
import { isLeftover, temporaryNames } from './temporary-names.ts';
import { withStart } from './with-start.ts';

const hashPattern = /^[0-9a-f]{64}$/;

/**
 * Content-addressed files: `<directory>/ab/<other 62 digits of the SHA-256>`, 256 folders made at once so that no put has to.
 *
 * A file appears under its name complete and synced, or not at all: temporary file, fdatasync, rename. The name itself is
 * durable after `sync()`. A put of content that is there marks the file as just put (its mtime), which is what keeps
 * `remove` from taking it away at the same moment.
 */
export async function openFsBlobs({ directory, log }: { directory: string; log: Logger }): Promise<BlobStore> {
  const temporaryDirectory = temporaryFolderOf(directory);
  const removalDirectory = join(directory, 'removing');
  const nextName = temporaryNames();
  const unsynced = new Set<string>();

  await makeDirectories(directory, [temporaryDirectory, removalDirectory]);
  await removeLeftovers(temporaryDirectory, log);
  // Whoever was removing these died before it had looked when they were put.
  for (const hash of await readdir(removalDirectory)) await rename(join(removalDirectory, hash), pathOf(directory, hash));

  /** Writes and syncs a temporary file with `write`, then gives it the name that `write` returns. */
  async function writeFile(write: (append: (chunk: Uint8Array) => Promise<void>) => Promise<string>): Promise<string> {
    const temporary = join(temporaryDirectory, nextName());
    try {
      const file = await open(temporary, 'wx', 0o600);
      let hash: string;
      try {
        hash = await write(async (chunk) => {
          await file.writeFile(chunk);
        });
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(temporary, pathOf(directory, hash));
      unsynced.add(folderOf(directory, hash));
      return hash;
    } catch (error) {
      await rm(temporary, { force: true });
      throw fullDisk(error, directory) ?? error;
    }
  }

  /** @returns false when the content is not there */
  async function reuse(hash: string): Promise<boolean> {
    const now = new Date();
    try {
      await utimes(pathOf(directory, hash), now, now);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    }
    // Whoever wrote it may have died before its name was durable.
    unsynced.add(folderOf(directory, hash));
    return true;
  }

  async function syncFolders(): Promise<void> {
    const folders = [...unsynced];
    unsynced.clear();
    try {
      await Promise.all(folders.map(syncDirectory));
    } catch (error) {
      for (const folder of folders) unsynced.add(folder);
      throw error;
    }
  }

  return {
    async put(content, { maxBytes = Infinity, onStart } = {}) {
      if (content instanceof Uint8Array) {
        if (content.length > maxBytes) throw new FlowError('BLOB_TOO_LARGE', { limitBytes: maxBytes });
        onStart?.(content);
        const hash = createHash('sha256').update(content).digest('hex');
        if (!(await reuse(hash))) await writeFile(async (append) => append(content).then(() => hash));
        return { hash, sizeBytes: content.length };
      }
      const digest = createHash('sha256');
      let sizeBytes = 0;
      const hash = await writeFile(async (append) => {
        for await (const chunk of withStart(content, onStart)) {
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) throw new FlowError('BLOB_TOO_LARGE', { limitBytes: maxBytes });
          digest.update(chunk);
          await append(chunk);
        }
        return digest.digest('hex');
      });
      return { hash, sizeBytes };
    },

    sync: groupCommit(syncFolders),

    async *open(hash) {
      try {
        yield* createReadStream(pathOf(directory, hash));
      } catch (error) {
        if (hasCode(error, 'ENOENT')) throw new FlowError('BLOB_MISSING', { hash }, { cause: error });
        throw error;
      }
    },

    async exists(hash) {
      return access(pathOf(directory, hash)).then(
        () => true,
        () => false,
      );
    },

    async *list() {
      for (const folder of folders) {
        for await (const entry of await opendir(join(directory, folder))) {
          const hash = folder + entry.name;
          const facts = await stat(pathOf(directory, hash)).catch(() => undefined);
          if (facts) yield { hash, sizeBytes: facts.size, putAt: facts.mtime };
        }
      }
    },

    async remove(hash, unlessPutSince) {
      const path = pathOf(directory, hash);
      // Out of the way first: a put from now on writes the content anew, one before now has left its time on this file.
      const aside = join(removalDirectory, hash);
      try {
        await rename(path, aside);
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return true;
        throw error;
      }
      if (unlessPutSince && (await stat(aside)).mtime > unlessPutSince) {
        await rename(aside, path);
        return false;
      }
      await rm(aside, { force: true });
      return true;
    },
  };
}

function pathOf(directory: string, hash: string): string {
  if (!hashPattern.test(hash)) throw new FlowError('BLOB_MISSING', { hash });
  return fileOf(directory, hash);
}

async function makeDirectories(directory: string, besides: string[]): Promise<void> {
  for (const path of besides) await mkdir(path, { recursive: true, mode: 0o700 });
  const present = new Set(await readdir(directory));
  const missing = folders.filter((folder) => !present.has(folder));
  await Promise.all(missing.map((folder) => mkdir(join(directory, folder), { recursive: true, mode: 0o700 })));
  if (missing.length > 0) await syncDirectory(directory);
}

async function removeLeftovers(temporaryDirectory: string, log: Logger): Promise<void> {
  let removed = 0;
  for (const name of await readdir(temporaryDirectory)) {
    const path = join(temporaryDirectory, name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts || !isLeftover(name, facts.mtime)) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  if (removed > 0) log.info({ removed }, 'Removed unfinished files of an earlier run');
}

function fullDisk(cause: unknown, directory: string): FlowError | undefined {
  return hasCode(cause, 'ENOSPC') || hasCode(cause, 'EDQUOT') ? new FlowError('DISK_FULL', { directory }, { cause }) : undefined;
}
