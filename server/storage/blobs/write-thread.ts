import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { hasCode } from '../has-code.ts';
import { fileOf, folderOf, temporaryFolderOf } from './layout.ts';
import type { WriteAnswer, WriteRequest } from './write-together.ts';

/** The thread behind `write-together.ts`. Its calls wait for the disk, which is all it is there for. */

const directory = String(workerData);

function writeAll({ bytes, blobs }: WriteRequest): WriteAnswer {
  let at = 0;
  const hashes = blobs.map(({ sizeBytes, temporaryName }) => {
    const content = new Uint8Array(bytes, at, sizeBytes);
    at += sizeBytes;
    const hash = createHash('sha256').update(content).digest('hex');
    if (!reuse(hash)) write(content, join(temporaryFolderOf(directory), temporaryName), fileOf(directory, hash));
    return hash;
  });
  // Names are durable when their folder is; of a reused one, too: whoever wrote it may have died before.
  for (const folder of new Set(hashes.map((hash) => folderOf(directory, hash)))) sync(folder);
  return { hashes };
}

/** @returns false when the content is not there */
function reuse(hash: string): boolean {
  const now = new Date();
  try {
    utimesSync(fileOf(directory, hash), now, now);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function write(content: Uint8Array, temporary: string, path: string): void {
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      for (let at = 0; at < content.length;) at += writeSync(file, content, at);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function answer(request: WriteRequest): WriteAnswer {
  try {
    return writeAll(request);
  } catch (error) {
    // An error that is sent between threads loses its code.
    return { failure: { message: String(error), code: error instanceof Error && 'code' in error ? String(error.code) : '' } };
  }
}

parentPort?.on('message', (request: WriteRequest) => {
  // The other end is a thread of this process, not a window.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(answer(request));
});
