import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Files that are either whole and durable or not there, also after a power cut. */

export type Content = AsyncIterable<Uint8Array>;

/**
 * Writes a hidden file beside `path`, syncs it and renames it: readers of the directory never see half a file.
 * Replaces what was there. An unfinished file stays only when the process is killed; it ends in `.partial`.
 *
 * @throws what `content` or the file system throws; the unfinished file is gone then
 */
export async function writeFileAtomic(path: string, content: Content, signal: AbortSignal): Promise<void> {
  const partial = partialName(path);
  try {
    await writeDurably(partial, content, signal);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** The same for a directory with all its files. */
export async function writeDirectoryAtomic(path: string, files: { name: string; content: Content }[], signal: AbortSignal): Promise<void> {
  const partial = partialName(path);
  try {
    await mkdir(partial);
    for (const { name, content } of files) await writeDurably(join(partial, name), content, signal);
    await syncDirectory(partial);
    await replaceDirectory(partial, path);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes a directory and all above it that are missing, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade === undefined) return;
  // A new directory is an entry of its parent.
  for (let parent = dirname(path); parent.length >= dirname(firstMade).length; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === dirname(parent)) return;
  }
}

/** A directory can't be renamed over one that holds files, so the old one is put aside first. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isDirectoryInTheWay(error)) throw error;
    const old = partialName(to);
    await rename(to, old);
    await rename(from, to);
    await rm(old, { recursive: true, force: true });
  }
}

function isDirectoryInTheWay(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}

async function writeDurably(path: string, content: Content, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    for await (const chunk of content) {
      signal.throwIfAborted();
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function partialName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.partial`);
}
