import { join } from 'node:path';

/** Where a blob lies: 256 folders by the first two digits of its hash. */
export const folders = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

export function folderOf(directory: string, hash: string): string {
  return join(directory, hash.slice(0, 2));
}

export function fileOf(directory: string, hash: string): string {
  return join(folderOf(directory, hash), hash.slice(2));
}

/** Where unfinished files lie. */
export function temporaryFolderOf(directory: string): string {
  return join(directory, 'tmp');
}
