import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Creates a file that only its owner may read, whole and on disk, or leaves the existing one alone. Of two at once, one wins.
 *
 * @returns what the file holds now
 */
export async function createSecretFile(file: string, content: string): Promise<string> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // Unlike rename, link refuses to replace what is there.
    await link(unfinished, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncDirectory(path.dirname(file));
  return readFile(file, 'utf8');
}

/** Makes names created in or moved into a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
