import { FlowError } from '../../shared/errors.ts';
import type { BlobDriver } from '../ports/processes.ts';

/** What keeps two processes from working on one database. */

export interface ProcessFacts {
  id: string;
  host: string;
  machine: string;
  role: string;
  blobs: BlobDriver;
  /** What it seals with first, then what else it can open. */
  keyChecks: readonly string[];
}

/**
 * Whether `mine` can't work beside `other`: one could not open the other's secrets, or could not read the mails it takes in.
 * Mails in the database are read by everybody. Mails in files are read by those who see the directory: that is looked at, not
 * believed; and across machines it has to have been meant.
 *
 * @param seesItsFiles whether the blob directory of `mine` is that of `other`
 */
export function conflictOf(mine: ProcessFacts, other: ProcessFacts, seesItsFiles: boolean): FlowError | undefined {
  const named = `the ${other.role === 'all' ? '' : `${other.role} `}process on ${other.host}`;
  if (!opensAll(mine, other) || !opensAll(other, mine)) return new FlowError('MASTER_KEY_DIFFERS', { other: named });
  if (mine.blobs === 'pg' && other.blobs === 'pg') return undefined;
  const isDeclared = mine.blobs !== 'fs' && other.blobs !== 'fs';
  if (!isDeclared && mine.machine !== other.machine) {
    return new FlowError('BLOBS_NOT_SHARED', { other: named, mine: mine.blobs, theirs: other.blobs });
  }
  if (!seesItsFiles) return new FlowError('BLOBS_NOT_SEEN', { other: named });
  return undefined;
}

/** What a process seals from now on; what was sealed before is for `rotate-key`. */
function opensAll(reader: ProcessFacts, writer: ProcessFacts): boolean {
  const [sealsWith] = writer.keyChecks;
  return sealsWith !== undefined && reader.keyChecks.includes(sealsWith);
}
