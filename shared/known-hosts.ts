/** Entries of a known_hosts file of OpenSSH (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */

export interface KnownHost {
  /** From 1. */
  line: number;
  /** Its key is believed by nobody any more. */
  isRevoked: boolean;
  /** Patterns with commas between them, or one hashed name. */
  hosts: string;
  /** `ssh-ed25519` */
  type: string;
  /** base64 */
  key: string;
  comment: string;
}

export interface KnownHostsProblem {
  line: number;
  reason: string;
}

export const maxKnownHostsLength = 200_000;
const maxEntries = 1_000;

/** Those of DSA are too weak, and OpenSSH dropped them too. */
const keyTypes = new Set(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa']);

/** What is wrong is told by line; empty lines and comments are left out. */
export function readKnownHosts(text: string): { entries: KnownHost[]; problems: KnownHostsProblem[] } {
  const entries: KnownHost[] = [];
  const problems: KnownHostsProblem[] = [];
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const read = readLine(trimmed);
    if (typeof read === 'string') problems.push({ line: index + 1, reason: read });
    else entries.push({ line: index + 1, ...read });
  }
  if (entries.length === 0 && problems.length === 0) problems.push({ line: 1, reason: 'it has no entry' });
  const [tooMany] = entries.slice(maxEntries);
  if (tooMany) problems.push({ line: tooMany.line, reason: `it has more than ${maxEntries} entries` });
  return { entries, problems };
}

/** @returns what is wrong with it, if something is */
function readLine(text: string): Omit<KnownHost, 'line'> | string {
  const words = text.split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  if (marker === '@cert-authority') return 'certificate authorities of SSH are not supported; enter the keys of the hosts';
  if (marker !== undefined && marker !== '@revoked') return `'${marker}' is not a marker`;
  const [hosts = '', type = '', key = '', ...comment] = words;
  if (type === '' || key === '') return 'it is not "hosts, key type, key"';
  if (!keyTypes.has(type)) return `keys of type '${type}' are not supported`;
  if (typeIn(key) !== type) return `the key is not a whole one of type '${type}'`;
  return { isRevoked: marker === '@revoked', hosts, type, key, comment: comment.join(' ') };
}

/** What a whole key says it is (RFC 4253, section 6.6): parts that begin with their length in four bytes, the first of them its type. */
function typeIn(key: string): string | undefined {
  let bytes: string;
  try {
    bytes = atob(key);
  } catch {
    return undefined;
  }
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = [0, 1, 2, 3].reduce((sum, index) => sum * 256 + bytes.charCodeAt(at + index), 0);
    const part = bytes.slice(at + 4, at + 4 + length);
    // One that was cut off, in copying for example.
    if (part.length !== length || length === 0) return undefined;
    parts.push(part);
    at += 4 + length;
  }
  const [type = '', ...rest] = parts;
  if (type === 'ssh-ed25519' && rest[0]?.length !== 32) return undefined;
  return rest.length === (type === 'ssh-ed25519' ? 1 : 2) ? type : undefined;
}

/** How a host is named there: with its port, unless that is the usual one. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** The text with these lines of a server in it, in the place of other keys that it says the server has. */
export function takenOver(text: string, lines: string[]): { text: string; added: number; replaced: number } {
  const present = text.split(/\r?\n/).map((line) => line.trim());
  const added = lines.filter((line) => !present.includes(line));
  if (added.length === 0) return { text, added: 0, replaced: 0 };
  const beginnings = lines.map((line) => `${line.split(' ').slice(0, 2).join(' ')} `);
  const isOther = (line: string) => !lines.includes(line) && beginnings.some((beginning) => line.startsWith(beginning));
  const kept = present.filter((line) => !isOther(line));
  while (kept.at(-1) === '') kept.pop();
  return { text: `${[...kept, ...added].join('\n')}\n`, added: added.length, replaced: present.filter(isOther).length };
}
