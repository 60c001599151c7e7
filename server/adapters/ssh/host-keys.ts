import { createHash, createHmac } from 'node:crypto';
import { knownHostName, type KnownHost } from '../../../shared/known-hosts.ts';

/** Whether the key of a server is the one that people have said it is (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */

export interface HostKey {
  type: string;
  /** As it travels (RFC 4253, section 6.6). */
  bytes: Buffer;
}

export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

export function judgeHostKey(known: KnownHost[], host: string, port: number, { type, bytes }: HostKey): HostKeyVerdict {
  const name = knownHostName(host, port);
  const key = bytes.toString('base64');
  // A key that is known to be bad is bad at every port.
  const ofHost = known.filter(({ hosts, isRevoked }) => isNamed(hosts, name) || (isRevoked && isNamed(hosts, host)));
  const same = ofHost.filter((entry) => entry.type === type && isSameKey(entry.key, key));
  if (same.some(({ isRevoked }) => isRevoked)) return 'revoked';
  if (same.length > 0) return 'known';
  return ofHost.some(({ isRevoked }) => !isRevoked) ? 'changed' : 'unknown';
}

/** Types of the keys that are known for a host: a server has one of each, and is asked for one that can be compared. */
export function knownTypes(known: KnownHost[], host: string, port: number): string[] {
  const name = knownHostName(host, port);
  return [...new Set(known.filter(({ hosts, isRevoked }) => !isRevoked && isNamed(hosts, name)).map(({ type }) => type))];
}

/** `SHA256:…`, as `ssh-keygen -l` writes it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Type of a key as it travels. */
export function typeOfKey(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** Not every tool writes the filling at its end. */
function isSameKey(a: string, b: string): boolean {
  return a.replace(/=+$/, '') === b.replace(/=+$/, '');
}

function isNamed(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const matches = (pattern: string) => fits(pattern, name.toLowerCase());
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** `|1|salt|HMAC-SHA1 of the name`, so that the file does not tell which hosts it is about. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash] = hashed.split('|');
  if (version !== '1') return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?`, in time that grows with the length of both only: a pattern comes from people. */
function fits(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  /** Where the last star stands, and up to where it has taken the text. */
  let star: { at: number; upTo: number } | undefined;
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = { at, upTo: place };
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[place]) {
      at += 1;
      place += 1;
    } else if (star) {
      star.upTo += 1;
      [at, place] = [star.at + 1, star.upTo];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
