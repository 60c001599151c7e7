import path from 'node:path';
import { auditedCommand } from './audited-command.ts';
import { reachEmbedded } from './backup.ts';
import type { Config } from './config.ts';
import type { Logger } from './ports/common.ts';
import type { ErasureCounts } from './ports/erasure.ts';
import { openSidePool } from './storage/backup/session.ts';
import { openBlobs } from './storage/blobs/open-blobs.ts';
import { openErasure } from './storage/erasure.ts';
import { loadMasterKey } from './storage/master-key.ts';

/** Erases one person's mails from the Mailroom of this configuration, running or not. */

export interface EraseOptions {
  config: Config;
  address: string;
  /** False: only counts what would go. */
  isMeant: boolean;
  signal: AbortSignal;
  log: Logger;
}

export async function erasePerson({ config, address, isMeant, signal, log }: EraseOptions): Promise<ErasureCounts> {
  const { dataDirectory } = config;
  await using opened = new AsyncDisposableStack();
  const databaseUrl = config.databaseUrl ?? (await reachEmbedded(dataDirectory, opened, log, signal));
  const pool = openSidePool(databaseUrl, 'mailroom erase');
  opened.defer(() => pool.end());
  const directory = path.join(dataDirectory, 'blobs');
  const { blobs } = opened.adopt(await openBlobs({ driver: config.blobs, directory, pool, log, moves: false }), (stores) => stores.close());
  const erasure = openErasure({ pool, blobs, masterKey: config.masterKey ?? (await loadMasterKey(dataDirectory)) });
  if (!isMeant) return await erasure.find(address, signal);
  // Not whose mails: the log would keep what is to go.
  return await auditedCommand(pool, 'erasePersonsMails', { kind: 'erasures', id: '', name: '' }, () =>
    erasure.erase(address, 'command line', signal),
  );
}
