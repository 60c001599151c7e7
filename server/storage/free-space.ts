import { statfs } from 'node:fs/promises';

export interface DiskSpace {
  directory: string;
  /** What this process may still write; what a file system keeps for root is left out. */
  freeBytes: number;
  totalBytes: number;
}

/** The space of each directory's disk, which may be the same. */
export function diskSpaces(directories: string[]): Promise<DiskSpace[]> {
  return Promise.all(
    directories.map(async (directory) => {
      const { bavail, blocks, bsize } = await statfs(directory);
      return { directory, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    }),
  );
}
