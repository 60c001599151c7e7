import { execFile } from 'node:child_process';
import { chmod, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk so small that a test can fill it: a tmpfs of its own. */
export interface SmallDisk {
  path: string;
  /** Writes a file until only so many bytes are left. */
  fill(leaveBytes?: number): Promise<void>;
  /** Removes that file. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * @returns why there can be none here: mounting is root's, and some containers forbid it
 * @throws Error in CI, where its tests must run
 */
export async function whyNoSmallDisk(): Promise<string | undefined> {
  try {
    await (await makeSmallDisk(1)).remove();
    return undefined;
  } catch (error) {
    if (process.env['CI']) throw error;
    return `no small disk can be mounted here: ${String(error)}`;
  }
}

export async function makeSmallDisk(megabytes: number): Promise<SmallDisk> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tmpfs', directory]);
    // For root the embedded PostgreSQL runs as another user, who has to pass through.
    await chmod(directory, 0o711);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  const filler = path.join(directory, 'filler');
  return {
    path: directory,
    async fill(leaveBytes = 0) {
      const file = await open(filler, 'a');
      try {
        const piece = Buffer.alloc(64 * 1024);
        for (;;) {
          const { bavail, bsize } = await statfs(directory);
          const free = bavail * bsize - leaveBytes;
          if (free <= 0) break;
          await file.write(piece, 0, Math.min(piece.length, free));
        }
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    async remove() {
      // Lazy: what still has a file open there keeps it until it ends.
      await run('umount', ['-l', directory]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
