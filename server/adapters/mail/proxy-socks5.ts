import net from 'node:net';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/secrets.ts';
import { wireHost } from './address.ts';
import { answered, notAProxy, type ProxyTalk } from './proxy-talk.ts';

const noSignIn = 0x00;
const userAndPassword = 0x02;
const nothingAcceptable = 0xff;

/**
 * Asks a SOCKS5 proxy for a connection (RFC 1928; RFC 1929 for user and password).
 *
 * @throws FlowError MAIL_PROXY_*
 */
export async function askSocksProxy(talk: ProxyTalk): Promise<void> {
  await signIn(talk);
  const { target, write } = talk;
  write(Buffer.concat([Buffer.from([5, 1, 0]), hostBytes(wireHost(target.host)), portBytes(target.port)]));
  await readReply(talk);
}

async function signIn({ proxy, reader, write }: ProxyTalk): Promise<void> {
  const { credential } = proxy;
  const offered = credential ? [noSignIn, userAndPassword] : [noSignIn];
  write(Buffer.from([5, offered.length, ...offered]));
  const start = await reader.peek();
  if (start[0] !== 5) throw notAProxy(proxy, answered(start));
  const [, method] = await reader.take(2);
  if (method === noSignIn) return;
  if (method === nothingAcceptable) {
    const accepted = credential ? 'neither user and password nor going without' : 'nobody without a sign-in';
    throw new FlowError('MAIL_PROXY_SIGN_IN_WANTED', { proxy: addressText(proxy), accepted });
  }
  if (method !== userAndPassword || !credential) throw notAProxy(proxy, `it chose the sign-in ${method}, which was not offered`);
  write(signInBytes(credential, addressText(proxy)));
  const [, status] = await reader.take(2);
  if (status !== 0) throw new FlowError('MAIL_PROXY_SIGN_IN_REFUSED', { proxy: addressText(proxy), user: credential.user });
}

function signInBytes({ user, password }: Credential, proxy: string): Buffer {
  const parts = [Buffer.from(user), Buffer.from(password)];
  if (parts.some(({ length }) => length < 1 || length > 255)) {
    throw new FlowError(
      'MAIL_PROXY_SIGN_IN_REFUSED',
      { proxy, user },
      { details: 'SOCKS5 carries 1 to 255 bytes of user and of password' },
    );
  }
  return Buffer.concat([Buffer.from([1]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]);
}

const ipv4 = 1;
const name = 3;
const ipv6 = 4;

function hostBytes(host: string): Buffer {
  const version = net.isIP(host);
  if (version === 4) return Buffer.from([ipv4, ...host.split('.').map(Number)]);
  if (version === 6) return Buffer.concat([Buffer.from([ipv6]), ipv6Bytes(host)]);
  const bytes = Buffer.from(host);
  if (bytes.length > 255) throw new FlowError('MAIL_HOST_NOT_FOUND', { host }, { details: 'a name has at most 255 bytes' });
  return Buffer.concat([Buffer.from([name, bytes.length]), bytes]);
}

/** RFC 4291, section 2.2. */
function ipv6Bytes(host: string): Buffer {
  // An IPv4 address as the last two groups, written as them.
  const groups = host.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [start = [], end] = groups.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = end === undefined ? [] : Array<string>(8 - start.length - end.length).fill('0');
  return Buffer.concat([...start, ...zeros, ...(end ?? [])].map((group) => portBytes(Number.parseInt(group, 16))));
}

/** Two bytes, the higher one first. */
function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}

/** RFC 1928, section 6. */
const refusals = new Map([
  [1, 'general failure'],
  [3, 'network unreachable'],
  [4, 'host unreachable'],
  [5, 'connection refused'],
  [6, 'it took too long'],
]);
const notAllowed = 2;

async function readReply({ proxy, target, reader }: ProxyTalk): Promise<void> {
  const facts = { proxy: addressText(proxy), address: addressText(target) };
  const [version, reply = 0] = await reader.take(2);
  if (version !== 5) throw notAProxy(proxy, `a reply of version ${version}`);
  if (reply === notAllowed) throw new FlowError('MAIL_PROXY_FORBIDS', facts);
  const words = refusals.get(reply);
  if (words !== undefined) throw new FlowError('MAIL_PROXY_TARGET_UNREACHABLE', facts, { details: words });
  if (reply !== 0) throw notAProxy(proxy, `the reply ${reply}`);
  // The address that the proxy speaks from; nobody needs it.
  const [, kind] = await reader.take(2);
  if (kind === ipv4) await reader.take(4 + 2);
  else if (kind === ipv6) await reader.take(16 + 2);
  else if (kind === name) await reader.take((await reader.take(1)).readUInt8() + 2);
  else throw notAProxy(proxy, `an address of the kind ${kind}`);
}
