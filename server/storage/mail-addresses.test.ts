import { expect, test } from 'vitest';
import { addressFieldsOf, addressTest } from './mail-addresses.ts';

test.each([
  ['Ada <ada@example.com>', true],
  ['bob@example.com, ADA@Example.COM', true],
  ['"ada@example.com" <other@example.com>', true],
  ['undisclosed: ada@example.com;', true],
  ['<ada@example.com>.', true],
  ['dada@example.com', false],
  ['x.ada@example.com', false],
  ['x+ada@example.com', false],
  ['ada@example.com.au', false],
  ['ada@example.community', false],
  ['ada@example-com', false],
  ['ada@exampleXcom', false],
])('%s', (text, isHers) => expect(addressTest('ada@example.com')(text)).toBe(isHers));

test('characters with a meaning in expressions stand for themselves', () => {
  expect(addressTest('a+b.c@example.com')('<a+b.c@example.com>')).toBe(true);
  expect(addressTest('a+b.c@example.com')('<aab.c@example.com>')).toBe(false);
});

test('only fields that name people are read, folded ones whole, and no line of the body', async () => {
  async function* mail() {
    yield Buffer.from('Subject: for ada@example.com\r\nCC: Bob <bob@example.com>,\r\n\tAda <ada@exam');
    yield Buffer.from('ple.com>\r\nX-To: eve@example.com\r\n\r\nTo: body@example.com\r\n');
  }
  expect(await addressFieldsOf(mail())).toBe('CC: Bob <bob@example.com>, Ada <ada@example.com>');
});
