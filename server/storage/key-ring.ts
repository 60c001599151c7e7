import { createHmac } from 'node:crypto';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { FlowError } from '../../shared/errors.ts';
import { loadMasterKey, masterKeyFrom } from './master-key.ts';

/** The keys that secrets may be sealed with. There is more than one only while the master key is being changed. */
export interface KeyRing {
  /** New secrets are sealed with it. 32 bytes */
  current: Buffer;
  /** Opens what is not sealed with the current key. */
  others: Buffer[];
}

export const keyIdBytes = 4;

/** Which key a value was sealed with; tells nothing else about it. */
export function keyIdOf(key: Buffer): Buffer {
  return createHmac('sha256', key).update('key id').digest().subarray(0, keyIdBytes);
}

/** Tells processes whether they have the same key. */
export function keyCheckOf(key: Buffer): string {
  return createHmac('sha256', key).update('the key of this Mailroom').digest('hex').slice(0, 16);
}

/** Where a change of the key in the file keeps the one before, until everything is sealed with the new one. */
export function keyFilesOf(dataDirectory: string): { current: string; former: string; unfinished: string } {
  const current = path.join(dataDirectory, 'master.key');
  return { current, former: formerOf(current), unfinished: `${current}.unfinished` };
}

export function formerOf(keyFile: string): string {
  return `${keyFile}.former`;
}

/**
 * From the environment, else from the files of the data directory, where the key is made at the first start.
 *
 * @throws FlowError MASTER_KEY_INVALID
 */
export async function loadKeyRing({
  masterKey,
  otherMasterKey,
  dataDirectory,
}: {
  masterKey: Buffer | undefined;
  otherMasterKey: Buffer | undefined;
  dataDirectory: string;
}): Promise<KeyRing> {
  if (masterKey) return { current: masterKey, others: otherMasterKey ? [otherMasterKey] : [] };
  const former = await readKeyFile(keyFilesOf(dataDirectory).former);
  const current = await loadMasterKey(dataDirectory);
  const others = [former, otherMasterKey].filter((key) => key !== undefined);
  return { current, others };
}

/** @throws FlowError MASTER_KEY_INVALID when the file is there and holds something else */
export async function readKeyFile(file: string): Promise<Buffer | undefined> {
  try {
    return masterKeyFrom((await readFile(file, 'utf8')).trim());
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new FlowError('MASTER_KEY_INVALID', { file }, { cause });
  }
}
