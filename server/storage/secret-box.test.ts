import { createCipheriv, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { KeyRing } from './key-ring.ts';
import { masterKeyBytes } from './master-key.ts';
import { isSealedWith, seal, unseal } from './secret-box.ts';

const ringOf = (current: Buffer, ...others: Buffer[]): KeyRing => ({ current, others });
const masterKey = randomBytes(masterKeyBytes);
const keys = ringOf(masterKey);
const other = ringOf(randomBytes(masterKeyBytes));
const wrong = expect.objectContaining({ code: 'MASTER_KEY_WRONG' });

/** As values were sealed before keys had ids. */
function sealAsBefore(key: Buffer, name: string, secret: string, nonce = randomBytes(12)): Buffer {
  const box = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  box.setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([box.update(secret, 'utf8'), box.final()]);
  return Buffer.concat([nonce, box.getAuthTag(), ciphertext]);
}

test('a secret comes out as it went in, whatever its characters', () => {
  for (const secret of ['', 'pump & valve', 'Pässwörd 🔑', 'x'.repeat(10_000)]) {
    expect(unseal(keys, 'orders', seal(keys, 'orders', secret))).toBe(secret);
    expect(unseal(keys, 'orders', sealAsBefore(masterKey, 'orders', secret))).toBe(secret);
  }
});

test('the same secret looks different each time and never shows', () => {
  const [first, second] = [seal(keys, 'orders', 'hunter2'), seal(keys, 'orders', 'hunter2')];
  expect(first.subarray(5).equals(second.subarray(5))).toBe(false);
  expect(first.includes('hunter2')).toBe(false);
});

test('another key, another name, a changed or a cut box are told apart from a secret', () => {
  for (const sealed of [seal(keys, 'orders', 'hunter2'), sealAsBefore(masterKey, 'orders', 'hunter2')]) {
    expect(() => unseal(other, 'orders', sealed)).toThrow(wrong);
    expect(() => unseal(keys, 'invoices', sealed)).toThrow(wrong);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unseal(keys, 'orders', changed)).toThrow(wrong);
    }
    for (const length of [0, 4, 5, 20, sealed.length - 1]) expect(() => unseal(keys, 'orders', sealed.subarray(0, length))).toThrow(wrong);
  }
});

test('the value says which key it needs; while a key is changed both open, and new values get the current one', () => {
  const changing = ringOf(other.current, masterKey);
  const old = seal(keys, 'orders', 'hunter2');
  const fresh = seal(changing, 'orders', 'hunter3');
  expect([unseal(changing, 'orders', old), unseal(changing, 'orders', fresh)]).toEqual(['hunter2', 'hunter3']);
  expect([isSealedWith(masterKey, old), isSealedWith(other.current, old), isSealedWith(other.current, fresh)]).toEqual([true, false, true]);
  expect(isSealedWith(masterKey, sealAsBefore(masterKey, 'orders', 'hunter2'))).toBe(false);
  expect(() => unseal(keys, 'orders', fresh)).toThrow(wrong);
});

test('a value of before whose nonce looks like the id of a key is still read', () => {
  const looksNew = Buffer.concat([seal(keys, 'orders', '').subarray(0, 5), randomBytes(7)]);
  expect(unseal(keys, 'orders', sealAsBefore(masterKey, 'orders', 'hunter2', looksNew))).toBe('hunter2');
});

test('the error of a wrong key says what to do and holds no secret', () => {
  try {
    unseal(other, 'orders', seal(keys, 'orders', 'hunter2'));
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining("'orders'"), remedy: expect.stringContaining('master key') });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  }
});
