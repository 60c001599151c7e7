import { describe, expect, test } from 'vitest';
import { cramMd5 } from './sasl-cram-md5.ts';
import { SaslDialogue } from './sasl-dialogue.ts';
import { startDigestMd5 } from './sasl-digest-md5.ts';
import { login } from './sasl-login.ts';
import type { SaslMechanism, SaslServer } from './sasl-mechanism.ts';
import { plain } from './sasl-plain.ts';
import { prepared } from './sasl-prep.ts';
import { scramSha1, scramSha256, startScram } from './sasl-scram.ts';

const server: SaslServer = { service: 'imap', host: 'elwood.innosoft.com', port: 143 };
const tim = { name: 'tim', user: 'tim', password: 'tanstaaftanstaaf' };
const user = { name: 'user', user: 'user', password: 'pencil' };
const chris = { name: 'chris', user: 'chris', password: 'secret' };
const nothing = Buffer.alloc(0);

const utf8 = async (answer: Buffer | Promise<Buffer>) => (await answer).toString('utf8');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const refused = { code: 'MAIL_PROTOCOL_ERROR' };
const unproven = { code: 'MAIL_SERVER_NOT_PROVEN' };

describe('CRAM-MD5', () => {
  test('answers the challenge of RFC 2195 as the RFC does', async () => {
    const answer = await cramMd5.start(tim, server).respond(Buffer.from('<1896.697170952@postoffice.reston.mci.net>'));
    expect(answer.toString('base64')).toBe('dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw');
  });

  test('refuses a challenge that is empty', () => {
    expect(() => cramMd5.start(tim, server).respond(nothing)).toThrow(expect.objectContaining(refused));
  });
});

describe('PLAIN and LOGIN', () => {
  test('PLAIN sends the example of RFC 4616', () => {
    expect(plain.start(tim, server).respond(nothing)).toEqual(Buffer.from('\0tim\0tanstaaftanstaaf'));
  });

  test('send names and passwords in UTF-8', async () => {
    const credential = { name: 'x', user: 'jörg', password: 'pâß wörd' };
    expect(await utf8(plain.start(credential, server).respond(nothing))).toBe('\0jörg\0pâß wörd');
    const exchange = login.start(credential, server);
    expect(await utf8(exchange.respond(Buffer.from('Username:')))).toBe('jörg');
    expect(await utf8(exchange.respond(Buffer.from('Password:')))).toBe('pâß wörd');
  });

  test('LOGIN never repeats the password to a server that keeps asking', async () => {
    const exchange = login.start(tim, server);
    await exchange.respond(Buffer.from('Username:'));
    await exchange.respond(Buffer.from('Password:'));
    expect(await exchange.respond(Buffer.from('Password:'))).toHaveLength(0);
  });
});

/** The exchanges of RFC 5802, section 5 and RFC 7677, section 3. */
const scrams = [
  {
    name: 'SCRAM-SHA-1',
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    clientFinal: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    serverFinal: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    name: 'SCRAM-SHA-256',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    clientFinal: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
] as const;

describe.each(scrams)('$name', ({ name, nonce, serverFirst, clientFinal, serverFinal }) => {
  const started = async () => {
    const exchange = startScram(name, user, server, nonce);
    const clientFirst = await utf8(exchange.respond(nothing));
    return { exchange, clientFirst };
  };
  const challenged = async () => {
    const { exchange } = await started();
    await exchange.respond(Buffer.from(serverFirst));
    return exchange;
  };

  test('follows the example of its RFC and accepts the signature of the server', async () => {
    const { exchange, clientFirst } = await started();
    expect(clientFirst).toBe(`n,,n=user,r=${nonce}`);
    expect(await utf8(exchange.respond(Buffer.from(serverFirst)))).toBe(clientFinal);
    expect(await exchange.respond(Buffer.from(serverFinal))).toHaveLength(0);
    exchange.finish?.(undefined);
  });

  test('accepts the signature also when it comes with the success', async () => {
    const exchange = await challenged();
    exchange.finish?.(Buffer.from(serverFinal));
  });

  test('refuses a wrong signature, whichever way it comes', async () => {
    const bytes = Buffer.from(serverFinal.slice(2), 'base64').toReversed();
    const wrong = Buffer.from(`v=${Buffer.from(bytes).toString('base64')}`);
    const exchange = await challenged();
    expect(() => exchange.respond(wrong)).toThrow(expect.objectContaining(unproven));
    expect(() => exchange.finish?.(undefined)).toThrow(expect.objectContaining(unproven));
    const other = await challenged();
    expect(() => other.finish?.(wrong)).toThrow(expect.objectContaining(unproven));
  });

  test.each(['', 'v=', 'v=AAAA', 'v=####', 'x=AAAA'])('refuses a signature of the wrong form: %s', async (last) => {
    const exchange = await challenged();
    expect(() => exchange.respond(Buffer.from(last))).toThrow(expect.objectContaining(unproven));
    expect(() => exchange.finish?.(undefined)).toThrow(expect.objectContaining(unproven));
  });

  test('refuses a success before the signature, at every step', async () => {
    const { exchange } = await started();
    expect(() => exchange.finish?.(undefined)).toThrow(expect.objectContaining(unproven));
    expect(() => exchange.finish?.(Buffer.from(serverFinal))).toThrow(expect.objectContaining(unproven));
    const later = await challenged();
    expect(() => later.finish?.(undefined)).toThrow(expect.objectContaining(unproven));
  });

  test('answers an error that the server names, and accepts no success after it', async () => {
    const exchange = await challenged();
    expect(await exchange.respond(Buffer.from('e=invalid-proof'))).toHaveLength(0);
    expect(() => exchange.finish?.(undefined)).toThrow(expect.objectContaining(unproven));
  });

  test('refuses one challenge more', async () => {
    const exchange = await challenged();
    await exchange.respond(Buffer.from(serverFinal));
    expect(() => exchange.respond(nothing)).toThrow(expect.objectContaining(refused));
  });

  test.each([
    ['is empty', ''],
    ['lacks the salt', `r=${nonce}x,i=4096`],
    ['lacks the count', `r=${nonce}x,s=QSXCR+Q6sek8bf92`],
    ['has a salt that is not base64', `r=${nonce}x,s=?,i=4096`],
    ['has a count that is no number', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=0x1000`],
    ['has a nonce of its own', 'r=another,s=QSXCR+Q6sek8bf92,i=4096'],
    ['has our nonce only', `r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`],
    ['needs an extension that we do not know', `m=x,r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`],
    ['asks for too few iterations', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4095`],
    ['asks for so many iterations that it costs minutes', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=2000000000`],
    ['asks for more iterations than a number holds', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=99999999999999999999`],
  ])('refuses a challenge that %s', async (_, challenge) => {
    const { exchange } = await started();
    const startedAt = performance.now();
    await expect(exchange.respond(Buffer.from(challenge))).rejects.toMatchObject(refused);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('refuses a server that begins with a challenge', () => {
    expect(() => startScram(name, user, server, nonce).respond(Buffer.from(serverFirst))).toThrow(expect.objectContaining(refused));
  });
});

test('SCRAM writes commas and equals signs of a name as RFC 5802 does, and never uses a nonce twice', async () => {
  const credential = { name: 'x', user: 'a=b,c', password: 'x' };
  const first = await utf8(scramSha256.start(credential, server).respond(nothing));
  expect(first).toMatch(/^n,,n=a=3Db=2Cc,r=[\x21-\x2b\x2d-\x7e]{20,}$/);
  expect(await utf8(scramSha256.start(credential, server).respond(nothing))).not.toBe(first);
});

describe('names and passwords', () => {
  /** RFC 4013, section 3. */
  test.each([
    ['I\u00ADX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00AA', 'a'],
    ['\u2168', 'IX'],
    ['a\u00A0b', 'a b'],
    ['e\u0301', '\u00E9'],
  ])('%j is hashed as %j', (text, expected) => {
    expect(prepared(text)).toBe(expected);
  });

  test.each(['\u0007', '\u0627\u0031', 'pass\u{1F600}word', '\u00AD'])('%j, which SASLprep forbids, stays usable', (text) => {
    expect([text, '']).toContain(prepared(text));
  });
});

describe('DIGEST-MD5', () => {
  const cnonce = 'OA6MHXh6VqTrRk';
  const challenge = 'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8';
  const rspauth = 'rspauth=ea40f60335c427b5527b84dbabcdfffd';
  const answerTo = (text: string, credential = chris, at = server) =>
    utf8(startDigestMd5(credential, at, cnonce).respond(Buffer.from(text)));
  const challenged = async () => {
    const exchange = startDigestMd5(chris, server, cnonce);
    await exchange.respond(Buffer.from(challenge));
    return exchange;
  };

  test('follows the example of RFC 2831, section 4 and accepts the rspauth of the server', async () => {
    expect(await answerTo(challenge)).toBe(
      'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,cnonce="OA6MHXh6VqTrRk",' +
        'digest-uri="imap/elwood.innosoft.com",response=d388dad90d4bbd760a152321f2143af7,qop=auth',
    );
    const exchange = await challenged();
    expect(await exchange.respond(Buffer.from(rspauth))).toHaveLength(0);
    exchange.finish?.(undefined);
  });

  test('accepts the rspauth also when it comes with the success', async () => {
    (await challenged()).finish?.(Buffer.from(rspauth));
  });

  test.each(['rspauth=ea40f60335c427b5527b84dbabcdfffe', 'rspauth=""', 'rspauth=ea40'])('refuses a wrong rspauth: %s', async (last) => {
    const exchange = await challenged();
    expect(() => exchange.respond(Buffer.from(last))).toThrow(expect.objectContaining(unproven));
  });

  test('refuses a success before the rspauth, at every step', async () => {
    expect(() => startDigestMd5(chris, server, cnonce).finish?.(undefined)).toThrow(expect.objectContaining(unproven));
    const exchange = await challenged();
    expect(() => exchange.finish?.(undefined)).toThrow(expect.objectContaining(unproven));
  });

  test('refuses another challenge in place of the rspauth, and one challenge more', async () => {
    const exchange = await challenged();
    expect(() => exchange.respond(Buffer.from(`${challenge},stale=true`))).toThrow(expect.objectContaining(unproven));
    const other = await challenged();
    await other.respond(Buffer.from(rspauth));
    expect(() => other.respond(nothing)).toThrow(expect.objectContaining(refused));
  });

  test('reads quoted pairs, white space, empty elements and any case', async () => {
    const same =
      ' ,NONCE = "OA6MG9tEQGm2hh" ,, qop="auth-int, AUTH", Algorithm="MD5-sess",charset="UTF-8",realm="elwood\\.innosoft.com",maxbuf=65536,new-thing="a\\"b" ,';
    expect(await answerTo(same)).toBe(await answerTo(challenge));
  });

  test('escapes quotes and backslashes in what it sends', async () => {
    const credential = { ...chris, user: 'a"b\\c,=' };
    expect(await answerTo(challenge, credential)).toContain(String.raw`username="a\"b\\c,=",realm=`);
  });

  test('names no realm where the server names none, and the empty one where it does', async () => {
    const without = 'nonce="n",algorithm=md5-sess';
    expect(await answerTo(without)).not.toContain('realm');
    expect(await answerTo(`realm="",${without}`)).toContain('realm="",');
  });

  test("of several realms takes the one of the user's name, else that of the server, else the first", async () => {
    const realms = 'realm="a.example",realm="b.example",realm="elwood.innosoft.com",nonce="n",algorithm=md5-sess';
    expect(await answerTo(realms, { ...chris, user: 'chris@b.example' })).toContain('realm="b.example"');
    expect(await answerTo(realms)).toContain('realm="elwood.innosoft.com"');
    expect(await answerTo(realms, chris, { ...server, host: 'other.example' })).toContain('realm="a.example"');
  });

  test('hashes what fits into ISO 8859-1 in it, except for Dovecot, which writes the charset in quotes', async () => {
    const responseTo = async (text: string, password: string) => /response=(\w+)/.exec(await answerTo(text, { ...chris, password }))?.[1];
    const inLatin1 = challenge.replace(',charset=utf-8', '');
    const dovecot = challenge.replace('charset=utf-8', 'charset="utf-8"');
    expect(await responseTo(challenge, 'pâß')).toBe(await responseTo(inLatin1, 'pâß'));
    expect(await responseTo(dovecot, 'pâß')).not.toBe(await responseTo(challenge, 'pâß'));
    expect(await responseTo(dovecot, 'secret')).toBe(await responseTo(challenge, 'secret'));
    expect(await responseTo(dovecot, 'пароль')).toBe(await responseTo(challenge, 'пароль'));
  });

  test('is made for protocol and host: what it sends is of no use elsewhere', async () => {
    expect(await answerTo(challenge, chris, { ...server, service: 'pop' })).toContain('digest-uri="pop/elwood.innosoft.com"');
    expect(await answerTo(challenge, chris, { ...server, service: 'pop' })).not.toContain('response=d388dad90d4bbd760a152321f2143af7');
  });

  test.each([
    ['is empty', ''],
    ['has no nonce', 'algorithm=md5-sess'],
    ['has an empty nonce', 'nonce="",algorithm=md5-sess'],
    ['has two nonces', 'nonce="a",nonce="b",algorithm=md5-sess'],
    ['names no algorithm', 'nonce="a"'],
    ['names another algorithm', 'nonce="a",algorithm=md5'],
    ['names another charset', 'nonce="a",algorithm=md5-sess,charset=koi8-r'],
    ['wants the connection protected by itself', 'nonce="a",algorithm=md5-sess,qop="auth-int,auth-conf"'],
    ['has a quote that never ends', 'nonce="a,algorithm=md5-sess'],
    ['is no list', 'hello there'],
    ['is too long', `nonce="a",algorithm=md5-sess,x="${'x'.repeat(2_048)}"`],
  ])('refuses a challenge that %s', async (_, text) => {
    await expect(async () => await answerTo(text)).rejects.toMatchObject(refused);
  });
});

describe('a dialogue', () => {
  const asker: SaslMechanism = { name: 'ASKER', authentication: 'encrypted', start: () => ({ respond: (challenge) => challenge }) };

  test('hands base64 to and fro', async () => {
    expect(await new SaslDialogue(asker, tim, server).answer(base64('hello'))).toBe(base64('hello'));
    expect(await new SaslDialogue(asker, tim, server).answer('')).toBe('');
  });

  test('refuses what is not base64, except where nobody reads it', async () => {
    await expect(new SaslDialogue(asker, tim, server).answer('Password:')).rejects.toMatchObject(refused);
    await expect(new SaslDialogue(asker, tim, server).answer('QQ=')).rejects.toMatchObject(refused);
    expect(await new SaslDialogue(login, tim, server).answer('Username:')).toBe(base64('tim'));
  });

  test('refuses a challenge that is too long, and challenges without end', async () => {
    await expect(new SaslDialogue(asker, tim, server).answer('A'.repeat(8_196))).rejects.toMatchObject(refused);
    const dialogue = new SaslDialogue(asker, tim, server);
    for (let i = 0; i < 10; i++) await dialogue.answer('');
    await expect(dialogue.answer('')).rejects.toMatchObject({ ...refused, details: 'more than 10 challenges' });
  });

  test.each([cramMd5, scramSha1, plain])('of $name does not end well before it has begun', (mechanism) => {
    expect(() => new SaslDialogue(mechanism, tim, server).finish('logged in')).toThrow(expect.objectContaining(unproven));
  });

  const [{ nonce, serverFirst, serverFinal }] = scrams;
  const scram: SaslMechanism = { ...scramSha1, start: (credential, at) => startScram('SCRAM-SHA-1', credential, at, nonce) };

  test.each([
    (data: string) => data,
    (data: string) => `SASL ${data} Authentication completed successfully`,
    (data: string) => `SASL "${data}" welcome`,
  ])('finds the proof in the words of a success', async (words) => {
    const dialogue = new SaslDialogue(scram, user, server);
    await dialogue.answer('');
    await dialogue.answer(base64(serverFirst));
    expect(() => dialogue.finish('Authenticationcompletedsuccessfully')).toThrow(expect.objectContaining(unproven));
    dialogue.finish(words(base64(serverFinal)));
  });
});
