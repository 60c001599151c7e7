import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FlowError, type ErrorView } from '../../shared/errors.ts';
import { keyIdBytes, keyIdOf, type KeyRing } from './key-ring.ts';

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce. A sealed value is: the form (one byte, 2), the id of the key, nonce, tag and
 * ciphertext one after the other. Those from before keys had ids begin with the nonce, and are still read.
 */

const cipher = 'aes-256-gcm';
const form = Buffer.of(2);
const nonceBytes = 12;
const tagBytes = 16;

/** @param name authenticated with the secret, so that one artifact's secret can't be passed off as another's */
export function seal(keys: KeyRing, name: string, secret: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const box = createCipheriv(cipher, keys.current, nonce, { authTagLength: tagBytes });
  box.setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([box.update(secret, 'utf8'), box.final()]);
  return Buffer.concat([headOf(keys.current), nonce, box.getAuthTag(), ciphertext]);
}

/** @throws FlowError MASTER_KEY_WRONG if key, name or bytes are not those it was sealed with */
export function unseal(keys: KeyRing, name: string, sealed: Buffer): string {
  const ring = [keys.current, ...keys.others];
  const named = ring.find((key) => beginsWith(sealed, headOf(key)));
  const attempts = [
    ...(named ? [{ key: named, box: sealed.subarray(form.length + keyIdBytes) }] : []),
    // A nonce of before may look like the head of a newer value; the tag decides.
    ...ring.map((key) => ({ key, box: sealed })),
  ];
  let cause: unknown;
  for (const { key, box } of attempts) {
    try {
      return open(key, name, box);
    } catch (error) {
      cause ??= error;
    }
  }
  throw new FlowError('MASTER_KEY_WRONG', { name }, { cause });
}

/** What people are told where a secret can't be opened; null where it can. The secret itself goes nowhere. */
export function sealProblem(keys: KeyRing, name: string, sealed: Buffer): ErrorView | null {
  try {
    unseal(keys, name, sealed);
    return null;
  } catch (error) {
    if (error instanceof FlowError) return error.view();
    throw error;
  }
}

/** Whether a value needs no key but the current one; a value of before may look so by chance, so open it all the same. */
export function isSealedWith(key: Buffer, sealed: Buffer): boolean {
  return beginsWith(sealed, headOf(key));
}

function open(key: Buffer, name: string, box: Buffer): string {
  const decipher = createDecipheriv(cipher, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(box.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(box.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
}

function headOf(key: Buffer): Buffer {
  return Buffer.concat([form, keyIdOf(key)]);
}

function beginsWith(bytes: Buffer, head: Buffer): boolean {
  return bytes.subarray(0, head.length).equals(head);
}
