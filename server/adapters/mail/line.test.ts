import net from 'node:net';
import { expect, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { CertificateFacts, TlsFacts } from '../../../shared/certificate.ts';
import { lineNotes, lineOf, requireProtection, type Line } from './line.ts';
import type { Route } from './route.ts';

const now = new Date('2026-03-01T12:00:00Z');
const address = { host: 'mail.example.com', port: 143 };
const open: Line = { address, isLocal: false };
const local: Line = { address: { host: 'localhost', port: 143 }, isLocal: true };

function certificate(validTo: string, isSelfSigned = false): CertificateFacts {
  return {
    subject: 'CN=x',
    issuer: 'CN=y',
    names: [],
    validFrom: '2025-01-01T00:00:00.000Z',
    validTo,
    fingerprint256: '',
    pem: '',
    isSelfSigned,
  };
}

function encrypted(...validTo: string[]): Line {
  const tls: TlsFacts = { version: 'TLSv1.3', cipher: 'x', chain: validTo.map((end) => certificate(end)) };
  return { address, isLocal: false, tls };
}

const settings = (config: Partial<MailSenderConfig>) => mailSender.config.parse(config);
const far = '2027-01-01T00:00:00.000Z';

test.each([
  ['a password on an open line', { authentication: 'plain' }, open, false],
  ['a token on an open line', { authentication: 'oauth2' }, open, false],
  ['a password after STARTTLS was not offered', { authentication: 'plain', protection: 'starttls-optional' }, open, false],
  ['a hashed password on an open line', { authentication: 'encrypted' }, open, true],
  ['a password on an encrypted line', { authentication: 'plain' }, encrypted(far), true],
  ['a token on an encrypted line', { authentication: 'oauth2' }, encrypted(far), true],
  ['a password within this machine', { authentication: 'plain' }, local, true],
  ['a password where it was allowed', { authentication: 'plain', allowUnprotected: true }, open, true],
  ['a token where it was allowed', { authentication: 'oauth2', allowUnprotected: true }, open, true],
] satisfies [string, Partial<MailSenderConfig>, Line, boolean][])('%s', (_, config, line, isSent) => {
  const ask = () => requireProtection(settings(config), line);
  if (isSent) expect(ask).not.toThrow();
  else expect(ask).toThrow('is not encrypted, so neither password nor token was sent');
});

test.each([
  ['127.0.0.1', {}, '127.0.0.1', true],
  ['localhost', {}, '::1', true],
  ['localhost', {}, '::ffff:127.0.0.1', true],
  // A name server may say anything.
  ['mail.localhost', {}, '192.0.2.1', false],
  ['mail.example.com', {}, '127.0.0.1', false],
  ['localhost', { proxy: { type: 'socks5', host: '127.0.0.1', port: 1080 } }, '127.0.0.1', false],
] satisfies [string, Partial<Route>, string, boolean][])('a line to %s (%j) whose other end is %s', (host, route, peer, isLocal) => {
  const socket = new net.Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  expect(lineOf({ host, port: 143, timeoutMs: 1_000, ...route }, socket)).toEqual({
    address: { host, port: 143 },
    tls: undefined,
    isLocal,
  });
});

test('an allowed secret on an open line is a warning of every poll; a hashed one is none', () => {
  const plain = settings({ protection: 'off', allowUnprotected: true });
  expect(lineNotes(plain, open, now)).toEqual([expect.stringMatching(/^The password was sent to mail\.example\.com:143 unencrypted/)]);
  const token = settings({ protection: 'off', allowUnprotected: true, authentication: 'oauth2' });
  expect(lineNotes(token, open, now)).toEqual([expect.stringMatching(/^The access token was sent/)]);
  expect(lineNotes(settings({ protection: 'off', authentication: 'encrypted' }), open, now)).toEqual([]);
  expect(lineNotes(settings({ protection: 'off' }), local, now)).toEqual([]);
});

test('STARTTLS that was not offered is told, with or without a secret at risk', () => {
  const optional = settings({ protection: 'starttls-optional', authentication: 'encrypted' });
  expect(lineNotes(optional, open, now)).toEqual(['mail.example.com:143 did not offer STARTTLS: the connection is not encrypted.']);
  expect(lineNotes(optional, encrypted(far), now)).toEqual([]);
});

test.each([
  ['2026-03-22T12:00:00.000Z', []],
  ['2026-03-22T11:59:59.000Z', ['in 20 days, on 2026-03-22']],
  ['2026-03-02T13:00:00.000Z', ['in 1 day, on 2026-03-02']],
  ['2026-03-01T13:00:00.000Z', ['in less than a day, on 2026-03-01']],
])('a certificate that ends at %s', (end, told) => {
  expect(lineNotes(settings({}), encrypted(end, far), now)).toEqual(told.map((words) => expect.stringContaining(words)));
  // The end of an issuer ends the chain.
  expect(lineNotes(settings({}), encrypted(far, end), now)).toHaveLength(told.length);
});

test('the end of an authority that signs itself is not the concern of the server', () => {
  const tls: TlsFacts = { version: 'TLSv1.3', cipher: 'x', chain: [certificate(far), certificate('2026-03-02T00:00:00.000Z', true)] };
  expect(lineNotes(settings({}), { ...open, tls }, now)).toEqual([]);
});
