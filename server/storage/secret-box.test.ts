import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { masterKeyBytes, seal, unseal } from './secret-box.ts';

const masterKey = randomBytes(masterKeyBytes);
const wrong = expect.objectContaining({ code: 'MASTER_KEY_WRONG' });

test('a secret comes out as it went in, whatever its characters', () => {
  for (const secret of ['', 'pump & valve', 'Pässwörd 🔑', 'x'.repeat(10_000)]) {
    expect(unseal(masterKey, 'orders', seal(masterKey, 'orders', secret))).toBe(secret);
  }
});

test('the same secret looks different each time and never shows', () => {
  const [first, second] = [seal(masterKey, 'orders', 'hunter2'), seal(masterKey, 'orders', 'hunter2')];
  expect(first.equals(second)).toBe(false);
  expect(first.includes('hunter2')).toBe(false);
});

test('another key, another name, a changed or a cut box are told apart from a secret', () => {
  const sealed = seal(masterKey, 'orders', 'hunter2');
  expect(() => unseal(randomBytes(masterKeyBytes), 'orders', sealed)).toThrow(wrong);
  expect(() => unseal(masterKey, 'invoices', sealed)).toThrow(wrong);
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => unseal(masterKey, 'orders', changed)).toThrow(wrong);
  }
  for (const length of [0, 5, 20, sealed.length - 1]) expect(() => unseal(masterKey, 'orders', sealed.subarray(0, length))).toThrow(wrong);
});

test('the error of a wrong key says what to do and holds no secret', () => {
  try {
    unseal(randomBytes(masterKeyBytes), 'orders', seal(masterKey, 'orders', 'hunter2'));
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining("'orders'"), remedy: expect.stringContaining('master key') });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  }
});
