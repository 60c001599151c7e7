import { describe, expect, test } from 'vitest';
import type { Line } from './line.ts';
import type { Authentication } from './sasl-mechanism.ts';
import { chooseSignIn, imapOffer, pop3Offer, type SignInOffer } from './sign-in.ts';

const line: Line = { address: { host: 'mail.example.com', port: 993 }, isLocal: true };
const choose = (authentication: Authentication, offer: SignInOffer, at: Line = line) =>
  chooseSignIn({ authentication, protection: 'off', allowUnprotected: false }, at, offer);

const imap = (words: string[]): SignInOffer => ({ protocol: 'imap4', ...imapOffer(words) });
const pop3 = (capabilities: Record<string, string[]>, greeting = 'ready'): SignInOffer => ({
  protocol: 'pop3',
  ...pop3Offer(new Map(Object.entries(capabilities)), greeting),
});
const withTimestamp = 'ready <1896.697170952@dbc.mtview.ca.us>';

describe('Encrypted', () => {
  const strongestFirst = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'CRAM-MD5', 'APOP'];

  test.each(strongestFirst.map((name, index) => [name, strongestFirst.slice(index)] as const))('takes %s of what is left', (name, left) => {
    const sasl = ['PLAIN', ...left.filter((one) => one !== 'APOP')].toReversed();
    expect(choose('encrypted', pop3({ SASL: sasl, USER: [] }, withTimestamp)).name).toBe(name);
  });

  test('never falls back to a plain mechanism: the error names what is offered and what would be accepted', () => {
    const offer = imap(['IMAP4rev1', 'AUTH=PLAIN', 'auth=login']);
    expect(() => choose('encrypted', offer)).toThrow(
      'mail.example.com:993 offers no sign-in that Authentication accepts. It offers: PLAIN and LOGIN. ' +
        'Accepted: SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5 or CRAM-MD5.',
    );
  });

  test('names APOP and USER where the protocol has them', () => {
    expect(() => choose('encrypted', pop3({ SASL: ['PLAIN'], USER: [] }))).toThrow(
      'It offers: PLAIN and USER/PASS. Accepted: SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5, CRAM-MD5 or APOP.',
    );
  });

  test('says so when nothing is offered', () => {
    expect(() => choose('encrypted', imap(['IMAP4rev1', 'LOGINDISABLED']))).toThrow('It offers: nothing.');
  });

  test('may be used on an open line', () => {
    expect(choose('encrypted', imap(['AUTH=CRAM-MD5']), { ...line, isLocal: false }).name).toBe('CRAM-MD5');
  });
});

describe('Plain', () => {
  test('takes PLAIN, then LOGIN, then the command of the protocol', () => {
    expect(choose('plain', imap(['AUTH=LOGIN', 'AUTH=plain', 'AUTH=CRAM-MD5'])).name).toBe('PLAIN');
    expect(choose('plain', imap(['AUTH=LOGIN'])).name).toBe('LOGIN');
    expect(choose('plain', imap(['IMAP4rev1'])).name).toBe('LOGIN command');
    expect(choose('plain', pop3({}, withTimestamp)).name).toBe('USER/PASS');
    expect(choose('plain', pop3({ SASL: ['CRAM-MD5'], USER: [] })).name).toBe('USER/PASS');
  });

  test.each([imap(['AUTH=CRAM-MD5']), pop3({ SASL: ['CRAM-MD5'] })])('is not sent to a server that takes none ($protocol)', (offer) => {
    expect(() => choose('plain', offer)).toThrow('It offers: CRAM-MD5. Accepted: PLAIN, LOGIN or ');
  });

  test('is not tried where the server forbids LOGIN', () => {
    expect(() => choose('plain', imap(['IMAP4rev1', 'LOGINDISABLED']))).toThrow('It offers: nothing.');
  });

  test('is sent only where the line allows it', () => {
    const open = { ...line, isLocal: false };
    const notProtected = expect.objectContaining({ code: 'MAIL_PLAIN_NOT_PROTECTED' });
    expect(() => choose('plain', imap(['AUTH=PLAIN']), open)).toThrow(notProtected);
    expect(() => choose('plain', pop3({ USER: [] }), open)).toThrow(notProtected);
    expect(() => choose('oauth2', imap(['AUTH=XOAUTH2']), open)).toThrow(notProtected);
    expect(choose('plain', imap(['AUTH=PLAIN'])).name).toBe('PLAIN');
  });
});
