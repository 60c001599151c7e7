import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FlowError } from '../../../shared/errors.ts';
import { syncDirectory } from '../durable-file.ts';
import type { BackupFile } from './format.ts';

/** Passes bytes on and keeps count of them. */
export function meter(): { pass: (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>; facts(): Omit<BackupFile, 'name'> } {
  const digest = createHash('sha256');
  let sizeBytes = 0;
  return {
    async *pass(source) {
      for await (const chunk of source) {
        digest.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    facts: () => ({ sizeBytes, sha256: digest.copy().digest('hex') }),
  };
}

/** The end of a pipeline: a new file of the backup that only its owner may read, on disk when the pipeline has ended. */
export function newFile(directory: string, name: string) {
  return createWriteStream(path.join(directory, name), { flags: 'wx', mode: 0o600, flush: true });
}

/** Writes a small file, complete and on disk or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, text, { mode: 0o600, flush: true });
  await rename(unfinished, file);
  await syncDirectory(path.dirname(file));
}

/** Whether the file is the one that the manifest tells of. */
export async function isWhole(directory: string, { name, sizeBytes, sha256 }: BackupFile, signal: AbortSignal): Promise<boolean> {
  const metered = meter();
  try {
    await pipeline(createReadStream(path.join(directory, name)), metered.pass, drain, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
  const found = metered.facts();
  return found.sizeBytes === sizeBytes && found.sha256 === sha256;
}

export async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

export async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** What went wrong while the backup was written, in words for people. */
export function writingError(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return new FlowError('DISK_FULL', { directory }, { cause: error });
  const isKeptOut = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EIO', 'ENAMETOOLONG'].includes(String(error.code));
  if (isKeptOut && 'path' in error && typeof error.path === 'string' && !path.resolve(error.path).startsWith(path.resolve(directory)))
    return new FlowError('BACKUP_SOURCE_NOT_READABLE', { file: error.path }, { cause: error, details: error.message });
  return isKeptOut ? new FlowError('BACKUP_NOT_WRITABLE', { directory }, { cause: error, details: error.message }) : error;
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  while (!(await chunks.next()).done);
}
