import type { Pool } from 'pg';
import type { BlobStore } from '../../ports/blobs.ts';
import type { Logger } from '../../ports/common.ts';
import type { BlobDriver } from '../../ports/processes.ts';
import { startMover, withFormer } from './former.ts';
import { openFsBlobs } from './fs.ts';
import { openPgBlobs } from './pg.ts';

export interface OpenBlobs {
  blobs: BlobStore;
  close(): Promise<void>;
}

/**
 * The store of this configuration. What another driver wrote before is found as well: the database by everybody; files of this
 * machine where the driver is `pg` now, and they are moved into the database meanwhile.
 */
export async function openBlobs({
  driver,
  directory,
  pool,
  log,
}: {
  driver: BlobDriver;
  directory: string;
  pool: Pool;
  log: Logger;
}): Promise<OpenBlobs> {
  const inDatabase = openPgBlobs(pool);
  const inFiles = await openFsBlobs({ directory, log });
  if (driver !== 'pg') return { blobs: withFormer(inFiles, inDatabase), close: () => inFiles.close() };
  const mover = startMover({ from: inFiles, to: inDatabase, log });
  return {
    blobs: withFormer(inDatabase, inFiles),
    async close() {
      await mover.close();
      await inFiles.close();
    },
  };
}
