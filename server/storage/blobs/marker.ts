import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Files by which processes see that they have the same directory: each keeps one there, named by an id and holding a mark that
 * it also tells the database. Both are drawn anew, the mark all the time, so that neither another directory mounted at the same
 * place nor a copy of this one passes for it.
 */

/** Of a process that is just starting nobody else knows yet. */
const youngMs = 10 * 60 * 1000;

const folderOf = (directory: string) => join(directory, 'seen');

/** Where the directory is a network's, writing to it also makes this machine look at it afresh. */
export async function placeMarker(directory: string, id: string, mark: string): Promise<void> {
  await mkdir(folderOf(directory), { recursive: true, mode: 0o700 });
  const file = await open(join(folderOf(directory), id), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    // Over the former one, which is as long: this needs no space on a full disk.
    await file.write(mark, 0);
  } finally {
    await file.close();
  }
}

export async function seesMarker(directory: string, id: string, mark: string): Promise<boolean> {
  const found = await readFile(join(folderOf(directory), id), 'utf8').catch(() => undefined);
  return found === mark;
}

export async function removeMarker(directory: string, id: string): Promise<void> {
  await rm(join(folderOf(directory), id), { force: true });
}

/** Takes away what processes left that are gone. */
export async function removeMarkersExcept(directory: string, ids: Set<string>): Promise<void> {
  for (const id of await readdir(folderOf(directory))) {
    if (ids.has(id)) continue;
    const facts = await stat(join(folderOf(directory), id)).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > youngMs) await removeMarker(directory, id);
  }
}
