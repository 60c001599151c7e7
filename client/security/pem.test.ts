import { expect, test } from 'vitest';
import { base64Of, pemOf } from './pem.ts';

test('a file in PEM is taken as it is', () => {
  const pem = 'subject=CN=x\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  expect(pemOf(new TextEncoder().encode(pem))).toBe(pem);
});

test('a binary certificate becomes PEM with lines of 64', () => {
  const der = Uint8Array.from([0x30, 0x82, ...Array.from({ length: 98 }, (_, i) => i * 7)]);
  const [first, ...lines] = pemOf(der).trimEnd().split('\n');
  expect(first).toBe('-----BEGIN CERTIFICATE-----');
  expect(lines.pop()).toBe('-----END CERTIFICATE-----');
  expect(lines.map((line) => line.length)).toEqual([64, 64, 8]);
  expect(Buffer.from(lines.join(''), 'base64')).toEqual(Buffer.from(der));
});

test('any bytes go through base64', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'));
});
