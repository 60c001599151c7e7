import { expect, test } from 'vitest';
import { FlowError } from '../../../shared/errors.ts';
import { cramMd5 } from './sasl-cram-md5.ts';
import { login } from './sasl-login.ts';
import { plain } from './sasl-plain.ts';
import { chooseMechanism, findMechanism } from './sasl.ts';

const server = { service: 'imap' as const, host: 'mail', port: 143 };

const tim = { name: 'tim', user: 'tim', password: 'tanstaaftanstaaf' };

test('CRAM-MD5 answers the challenge of RFC 2195 as the RFC does', async () => {
  const answer = await cramMd5.start(tim, server).respond(Buffer.from('<1896.697170952@postoffice.reston.mci.net>'));
  expect(answer.toString('base64')).toBe('dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw');
});

test('PLAIN sends the example of RFC 4616', async () => {
  expect(await plain.start(tim, server).respond(Buffer.alloc(0))).toEqual(Buffer.from('\0tim\0tanstaaftanstaaf'));
});

test('PLAIN and LOGIN send names and passwords in UTF-8', async () => {
  const credential = { name: 'x', user: 'jörg', password: 'pâß wörd' };
  expect((await plain.start(credential, server).respond(Buffer.alloc(0))).toString('utf8')).toBe('\0jörg\0pâß wörd');
  const exchange = login.start(credential, server);
  expect((await exchange.respond(Buffer.from('Username:'))).toString('utf8')).toBe('jörg');
  expect((await exchange.respond(Buffer.from('Password:'))).toString('utf8')).toBe('pâß wörd');
});

test('LOGIN never repeats the password to a server that keeps asking', async () => {
  const exchange = login.start(tim, server);
  await exchange.respond(Buffer.from('Username:'));
  await exchange.respond(Buffer.from('Password:'));
  expect(await exchange.respond(Buffer.from('Password:'))).toHaveLength(0);
});

test('the mechanism is the strongest of its kind, whatever the case of the names', () => {
  expect(chooseMechanism('plain', ['LOGIN', 'plain', 'CRAM-MD5'], 'mail:110').name).toBe('PLAIN');
  expect(chooseMechanism('encrypted', ['LOGIN', 'plain', 'cram-md5'], 'mail:110').name).toBe('CRAM-MD5');
  expect(findMechanism('encrypted', ['PLAIN', 'LOGIN'])).toBeUndefined();
});

test('Encrypted never falls back to a plain mechanism; the error names what is offered', () => {
  const choose = () => chooseMechanism('encrypted', ['PLAIN', 'LOGIN'], 'mail.example.com:143');
  expect(choose).toThrow(FlowError);
  expect(choose).toThrow('mail.example.com:143 does not offer CRAM-MD5. It offers: PLAIN, LOGIN.');
  expect(() => chooseMechanism('encrypted', [], 'mail.example.com:143')).toThrow('It offers: no mechanism.');
});
