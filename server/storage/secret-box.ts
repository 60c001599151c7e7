import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FlowError } from '../../shared/errors.ts';

/** AES-256-GCM (NIST SP 800-38D) with a random nonce: nonce, tag and ciphertext one after the other. */

export const masterKeyBytes = 32;
const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** @param name authenticated with the secret, so that one artifact's secret can't be passed off as another's */
export function seal(masterKey: Buffer, name: string, secret: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const box = createCipheriv(cipher, masterKey, nonce, { authTagLength: tagBytes });
  box.setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([box.update(secret, 'utf8'), box.final()]);
  return Buffer.concat([nonce, box.getAuthTag(), ciphertext]);
}

/** @throws FlowError MASTER_KEY_WRONG if key, name or bytes are not those it was sealed with */
export function unseal(masterKey: Buffer, name: string, sealed: Buffer): string {
  try {
    const box = createDecipheriv(cipher, masterKey, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
    box.setAAD(Buffer.from(name));
    box.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([box.update(sealed.subarray(nonceBytes + tagBytes)), box.final()]).toString('utf8');
  } catch (cause) {
    throw new FlowError('MASTER_KEY_WRONG', { name }, { cause });
  }
}
