import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Credential } from '../../ports/secrets.ts';
import { badChallenge, notProven, type SaslExchange, type SaslMechanism, type SaslServer } from './sasl-mechanism.ts';

const name = 'DIGEST-MD5';

/** RFC 2831, obsolete since RFC 6331 but all that some servers offer: like CRAM-MD5, and the server proves itself too. */
export const digestMd5: SaslMechanism = {
  name,
  authentication: 'encrypted',
  start: (credential, server) => startDigestMd5(credential, server, randomBytes(24).toString('base64')),
};

/** Longest challenge (RFC 2831, section 2.1.1). */
const maxChallengeBytes = 2_048;

/** @param cnonce printable ASCII without quote and backslash, never used before */
export function startDigestMd5({ user, password }: Credential, server: SaslServer, cnonce: string): SaslExchange {
  const digestUri = `${server.service}/${server.host}`;
  let serverDigest: string | undefined;
  let isProven = false;

  const prove = (challenge: Buffer): Buffer => {
    const { nonce, realm, isUtf8, hashed } = readChallenge(challenge, user, server);
    const secret = md5(hashed(user), ':', hashed(realm ?? ''), ':', hashed(password));
    const key = md5(secret, `:${nonce}:${cnonce}`).toString('hex');
    const digest = (method: string) => {
      const uriHash = md5(`${method}:${digestUri}`).toString('hex');
      return md5(`${key}:${nonce}:00000001:${cnonce}:auth:${uriHash}`).toString('hex');
    };
    serverDigest = digest('');
    const answer = [
      ...(isUtf8 ? ['charset=utf-8'] : []),
      `username=${quoted(user)}`,
      ...(realm === undefined ? [] : [`realm=${quoted(realm)}`]),
      `nonce=${quoted(nonce)}`,
      'nc=00000001',
      `cnonce=${quoted(cnonce)}`,
      `digest-uri=${quoted(digestUri)}`,
      `response=${digest('AUTHENTICATE')}`,
      'qop=auth',
    ].join(',');
    return isUtf8 ? Buffer.from(answer) : latin1IfPossible(answer);
  };

  const verify = (challenge: Buffer): Buffer => {
    const [theirs = ''] = directives(challenge.toString('latin1'))?.get('rspauth') ?? [];
    const [expected, found] = [Buffer.from(serverDigest ?? ''), Buffer.from(theirs.toLowerCase())];
    if (found.length !== expected.length || !timingSafeEqual(found, expected)) throw notProven(server, name, 'its rspauth is wrong');
    isProven = true;
    return Buffer.alloc(0);
  };

  const steps = [prove, verify];
  return {
    respond: (challenge) => {
      const step = steps.shift();
      if (!step) throw badChallenge(server, `${name} has ended, but the server sent one more challenge`);
      return step(challenge);
    },
    finish: (data) => {
      if (!isProven && serverDigest !== undefined && data) verify(data);
      if (!isProven) throw notProven(server, name, 'it ended the sign-in without its rspauth');
    },
  };
}

interface Challenge {
  nonce: string;
  /** Absent where the server names none. */
  realm: string | undefined;
  isUtf8: boolean;
  /** The bytes of a name or password that are hashed. */
  hashed: (text: string) => Buffer;
}

function readChallenge(challenge: Buffer, user: string, server: SaslServer): Challenge {
  const fail = (what: string) => badChallenge(server, `the challenge of ${name} ${what}`);
  if (challenge.length > maxChallengeBytes) throw fail(`is longer than ${maxChallengeBytes} bytes`);
  const text = challenge.toString('latin1');
  const found = directives(text);
  if (!found) throw fail('is not a list of directives');
  const [nonces = [], algorithms = [], charsets = []] = ['nonce', 'algorithm', 'charset'].map((key) => found.get(key));
  const [nonce] = nonces;
  if (nonce === undefined || nonces.length > 1 || !/^[\x20-\x7e]+$/.test(nonce)) throw fail('has no usable nonce');
  if (algorithms.length !== 1 || algorithms[0]?.toLowerCase() !== 'md5-sess') throw fail('names another algorithm than md5-sess');
  if (charsets.length > 1 || (charsets.length === 1 && charsets[0]?.toLowerCase() !== 'utf-8'))
    throw fail('names another charset than utf-8');
  const protections = found.get('qop')?.flatMap((list) => list.toLowerCase().split(/[\s,]+/)) ?? ['auth'];
  if (!protections.includes('auth')) throw fail('asks for a protection of its own (qop); TLS is for that');
  const isUtf8 = charsets.length === 1;
  const realms = (found.get('realm') ?? []).map((realm) => (isUtf8 ? Buffer.from(realm, 'latin1').toString('utf8') : realm));
  // Dovecot, known by the quotes that the grammar does not have here, hashes UTF-8 as it is.
  const hashed = /charset\s*=\s*"/i.test(text) ? (value: string) => Buffer.from(value) : latin1IfPossible;
  return { nonce, realm: chooseRealm(realms, user, server), isUtf8, hashed };
}

/** A server with several realms wants one of them: that of the user's name, else that of its own, else its first. */
function chooseRealm(realms: string[], user: string, { host }: SaslServer): string | undefined {
  const domain = user.slice(user.lastIndexOf('@') + 1);
  return realms.find((realm) => realm === domain) ?? realms.find((realm) => realm === host) ?? realms[0];
}

/**
 * `key=value, key="value"` (RFC 2831, section 7.1), values by lower-case key.
 *
 * @returns undefined if it is something else
 */
function directives(text: string): Map<string, string[]> | undefined {
  const found = new Map<string, string[]>();
  const directive = /[\s,]*([!#$%&'*+.^`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?=,|$)/sy;
  while (!/^[\s,]*$/.test(text.slice(directive.lastIndex))) {
    const match = directive.exec(text);
    if (!match) return undefined;
    const [, key = '', inQuotes, token = ''] = match;
    const values = found.get(key.toLowerCase()) ?? [];
    found.set(key.toLowerCase(), [...values, inQuotes?.replaceAll(/\\(.)/gs, '$1') ?? token]);
  }
  return found;
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** RFC 2831, section 2.1.2.1: what fits into ISO 8859-1 is hashed in it, also where UTF-8 was agreed on. */
function latin1IfPossible(text: string): Buffer {
  return Buffer.from(text, /^[\0-\xff]*$/.test(text) ? 'latin1' : 'utf8');
}

function md5(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
