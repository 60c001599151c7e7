import type { Pool } from 'pg';
import type { BlobStore } from '../../ports/blobs.ts';
import type { Logger } from '../../ports/common.ts';
import type { BlobDriver } from '../../ports/processes.ts';
import { bySize } from './by-size.ts';
import { startMover, withFormer } from './former.ts';
import { openFsBlobs } from './fs.ts';
import { openPgBlobs } from './pg.ts';

export interface OpenBlobs {
  blobs: BlobStore;
  close(): Promise<void>;
}

/**
 * The store of this configuration: with `fs`, large mails in files and small ones in the database; with `pg`, all in the database.
 * Files of this machine from before the driver was `pg` are found, and moved into the database meanwhile.
 */
export async function openBlobs({
  driver,
  directory,
  pool,
  log,
  moves = true,
}: {
  driver: BlobDriver;
  directory: string;
  pool: Pool;
  log: Logger;
  /** False beside a Mailroom that does so, such as for a backup. */
  moves?: boolean;
}): Promise<OpenBlobs> {
  const inDatabase = openPgBlobs(pool);
  const inFiles = await openFsBlobs({ directory, log });
  if (driver !== 'pg') return { blobs: bySize({ small: inDatabase, large: inFiles }), close: nothingToDo };
  const blobs = withFormer(inDatabase, inFiles);
  if (!moves) return { blobs, close: nothingToDo };
  const mover = startMover({ from: inFiles, to: inDatabase, log });
  return { blobs, close: () => mover.close() };
}

const nothingToDo = () => Promise.resolve();
