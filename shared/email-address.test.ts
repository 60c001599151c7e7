import { expect, test } from 'vitest';
import { parseEmail } from './email-address.ts';
import { mailProviders, providerOfDomain, providerOfExchanger } from './mail-providers.ts';
import { parseAddress } from './mail-address.ts';

test.each([
  ['ada@example.com', 'ada', 'example.com'],
  [' Ada.L+x@Sub.Example.COM ', 'Ada.L+x', 'sub.example.com'],
  ['jörg@müller.example', 'jörg', 'xn--mller-kva.example'],
  ['"a@b"@example.com', '"a@b"', 'example.com'],
])('%s is an address', (text, local, domain) => {
  expect(parseEmail(text)).toEqual({ text: text.trim(), local, domain });
});

test.each([
  '',
  'ada',
  '@example.com',
  'ada@',
  'ada@localhost',
  'ada@127.0.0.1',
  'ada@[127.0.0.1]',
  'ada@example.1',
  'ada@2130706433',
  'ada@0x7f.1',
  'ada@-a.example',
  'ada@a..example',
  'ada@example.com/x',
  'ada@example.com:80',
  'a da@example.com',
  `${'a'.repeat(65)}@example.com`,
])('%s is none', (text) => {
  expect(parseEmail(text)).toBeUndefined();
});

test('a service is known by its domain and by where it receives mail', () => {
  expect(providerOfDomain('gmx.de')?.name).toBe('GMX');
  expect(providerOfExchanger('ASPMX.L.GOOGLE.COM.')?.name).toBe('Gmail');
  expect(providerOfExchanger('google.com.example.net')).toBeUndefined();
  expect(providerOfExchanger('mygmx.net')).toBeUndefined();
});

test('no domain belongs to two services, and every address of theirs is one', () => {
  const domains = mailProviders.flatMap((provider) => provider.domains);
  expect(new Set(domains).size).toBe(domains.length);
  for (const { address } of mailProviders.flatMap(({ ways }) => ways)) expect(parseAddress(address, 993), address).toBeDefined();
});
