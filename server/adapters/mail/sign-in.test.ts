import { describe, expect, test } from 'vitest';
import { chooseSignIn, imapOffer, pop3Offer, type SignInOffer } from './sign-in.ts';

const address = { host: 'mail.example.com', port: 993 };
const imap = (words: string[], more: Partial<SignInOffer> = {}): SignInOffer => ({
  protocol: 'imap4',
  address,
  isEncrypted: true,
  ...imapOffer(words),
  ...more,
});
const pop3 = (capabilities: Record<string, string[]>, greeting = 'ready', more: Partial<SignInOffer> = {}): SignInOffer => ({
  protocol: 'pop3',
  address,
  isEncrypted: true,
  ...pop3Offer(new Map(Object.entries(capabilities)), greeting),
  ...more,
});
const withTimestamp = 'ready <1896.697170952@dbc.mtview.ca.us>';

describe('Encrypted', () => {
  const strongestFirst = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'CRAM-MD5', 'APOP'];

  test.each(strongestFirst.map((name, index) => [name, strongestFirst.slice(index)] as const))('takes %s of what is left', (name, left) => {
    const sasl = ['PLAIN', ...left.filter((one) => one !== 'APOP')].toReversed();
    expect(chooseSignIn('encrypted', pop3({ SASL: sasl, USER: [] }, withTimestamp)).name).toBe(name);
  });

  test('never falls back to a plain mechanism: the error names what is offered and what would be accepted', () => {
    const offer = imap(['IMAP4rev1', 'AUTH=PLAIN', 'auth=login']);
    expect(() => chooseSignIn('encrypted', offer)).toThrow(
      'mail.example.com:993 offers no sign-in that Authentication accepts. It offers: PLAIN and LOGIN. ' +
        'Accepted: SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5 or CRAM-MD5.',
    );
  });

  test('names APOP and USER where the protocol has them', () => {
    expect(() => chooseSignIn('encrypted', pop3({ SASL: ['PLAIN'], USER: [] }))).toThrow(
      'It offers: PLAIN and USER/PASS. Accepted: SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5, CRAM-MD5 or APOP.',
    );
  });

  test('says so when nothing is offered', () => {
    expect(() => chooseSignIn('encrypted', imap(['IMAP4rev1', 'LOGINDISABLED']))).toThrow('It offers: nothing.');
  });

  test('may be used on an open connection', () => {
    expect(chooseSignIn('encrypted', imap(['AUTH=CRAM-MD5'], { isEncrypted: false })).name).toBe('CRAM-MD5');
  });
});

describe('Plain', () => {
  test('takes PLAIN, then LOGIN, then the command of the protocol', () => {
    expect(chooseSignIn('plain', imap(['AUTH=LOGIN', 'AUTH=plain', 'AUTH=CRAM-MD5'])).name).toBe('PLAIN');
    expect(chooseSignIn('plain', imap(['AUTH=LOGIN'])).name).toBe('LOGIN');
    expect(chooseSignIn('plain', imap(['IMAP4rev1'])).name).toBe('LOGIN command');
    expect(chooseSignIn('plain', pop3({}, withTimestamp)).name).toBe('USER/PASS');
    expect(chooseSignIn('plain', pop3({ SASL: ['CRAM-MD5'], USER: [] })).name).toBe('USER/PASS');
  });

  test.each([imap(['AUTH=CRAM-MD5']), pop3({ SASL: ['CRAM-MD5'] })])('is not sent to a server that takes none ($protocol)', (offer) => {
    expect(() => chooseSignIn('plain', offer)).toThrow('It offers: CRAM-MD5. Accepted: PLAIN, LOGIN or ');
  });

  test('is not tried where the server forbids LOGIN', () => {
    expect(() => chooseSignIn('plain', imap(['IMAP4rev1', 'LOGINDISABLED']))).toThrow('It offers: nothing.');
  });

  test('needs an encrypted connection, or this machine', () => {
    const open = { isEncrypted: false };
    const notProtected = expect.objectContaining({ code: 'MAIL_PLAIN_NOT_PROTECTED' });
    expect(() => chooseSignIn('plain', imap(['AUTH=PLAIN'], open))).toThrow(notProtected);
    expect(() => chooseSignIn('plain', pop3({ USER: [] }, '', open))).toThrow(notProtected);
    expect(chooseSignIn('plain', imap(['AUTH=PLAIN'], { ...open, address: { host: '127.0.0.1', port: 143 } })).name).toBe('PLAIN');
  });
});
