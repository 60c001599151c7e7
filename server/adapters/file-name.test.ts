import { describe, expect, test } from 'vitest';
import { deliverySuffix, distinctNames, extensionOf, safeName } from './file-name.ts';

describe('safeName', () => {
  test.each([
    ['Order 17.pdf', 'Order 17.pdf'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['..', '_'],
    ['.', '_'],
    ['', '_'],
    [' . ', '_'],
    ['.bashrc', 'bashrc'],
    ['C:\\temp\\a', 'C__temp_a'],
    ['a\u0000b\r\nc', 'a_b__c'],
    ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['console', 'console'],
    ['trailing. ', 'trailing'],
    ['Grüße 👍.txt', 'Grüße 👍.txt'],
  ])('%j → %j', (text, expected) => {
    expect(safeName(text)).toBe(expected);
  });

  test.each(['x'.repeat(10_000) + '.pdf', '👍'.repeat(500) + '.pdf', 'ü'.repeat(300), '.'.repeat(5_000), '/'.repeat(5_000)])(
    'a long name is cut to 150 bytes without breaking a character (%#)',
    (text) => {
      const name = safeName(text);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(150);
      expect(name).not.toContain('\uFFFD');
      if (text.endsWith('.pdf')) expect(name).toMatch(/\.pdf$/);
    },
  );
});

test('equal names become distinct, the same way each time', () => {
  const names = ['a.pdf', 'A.PDF', 'a-2.pdf', 'a.pdf', 'b'];
  expect(distinctNames(names)).toEqual(['a.pdf', 'A-2.PDF', 'a-2-2.pdf', 'a-3.pdf', 'b']);
  expect(distinctNames(names)).toEqual(distinctNames(names));
});

test('the suffix belongs to the delivery', () => {
  expect(deliverySuffix('e-1/file')).toMatch(/^[0-9a-f]{16}$/);
  expect(deliverySuffix('e-1/file')).toBe(deliverySuffix('e-1/file'));
  expect(deliverySuffix('e-1/file')).not.toBe(deliverySuffix('e-2/file'));
});

test.each([
  ['text/html; charset=utf-8', '.html'],
  ['text/plain', '.txt'],
  ['application/ld+json', '.json'],
  ['Text/CSV', '.csv'],
  ['image/svg+xml', '.xml'],
  ['', '.txt'],
])('a body of type %j is a %s file', (contentType, extension) => {
  expect(extensionOf(contentType)).toBe(extension);
});
