import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { FlowError } from '../../shared/errors.ts';
import { createSecretFile } from './durable-file.ts';

export const masterKeyBytes = 32;

/**
 * The key that stored secrets are encrypted with, kept beside the database and not in it: made at the first start, read ever after.
 *
 * @throws FlowError MASTER_KEY_INVALID when the file holds something else; it is never replaced, for that would lose every secret
 */
export async function loadMasterKey(dataDirectory: string): Promise<Buffer> {
  const file = path.join(dataDirectory, 'master.key');
  const existing = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new FlowError('MASTER_KEY_INVALID', { file }, { cause: error, details: error.message });
  });
  const text = existing ?? (await createSecretFile(file, `${randomBytes(masterKeyBytes).toString('base64')}\n`));
  try {
    return masterKeyFrom(text.trim());
  } catch (cause) {
    throw new FlowError('MASTER_KEY_INVALID', { file }, { cause });
  }
}

/**
 * @param text 32 bytes as hex, base64 or base64url
 * @throws Error that does not show the text
 */
export function masterKeyFrom(text: string): Buffer {
  const isHex = text.length === masterKeyBytes * 2 && /^[0-9a-f]+$/i.test(text);
  const isBase64 = /^[\w+/-]+={0,2}$/.test(text);
  const key = Buffer.from(text, isHex ? 'hex' : 'base64');
  if ((!isHex && !isBase64) || key.length !== masterKeyBytes) throw new Error('must be 32 bytes in base64 or hex');
  return key;
}
