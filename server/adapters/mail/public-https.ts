import { lookup as lookUp } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import https from 'node:https';
import { BlockList, isIPv6 } from 'node:net';

/** Longest answer that is read, in bytes. */
const maxBytes = 64 * 1024;

export interface PublicHttps {
  lookup: (host: string) => Promise<LookupAddress[]>;
  /** Whether an address may be asked; the default lets only public ones through. */
  isAllowed: (address: string) => boolean;
  port: number;
  /** Authorities besides those of this machine, as PEM. */
  ca?: string | undefined;
}

export const publicHttps: PublicHttps = {
  lookup: (host) => lookUp(host, { all: true }),
  isAllowed: isPublicAddress,
  port: 443,
};

/**
 * Reads a text from a host that a stranger may have named: over HTTPS only, from public addresses only, which are looked up once and
 * then connected to, so that a second look-up can't lead elsewhere; no redirects, no compression, a limit on its length.
 *
 * @returns undefined when there is none: any answer but 200, or a text that is too long
 * @throws Error when the host can't be reached, or its certificate is not right
 */
export async function fetchPublicText(host: string, path: string, signal: AbortSignal, world = publicHttps): Promise<string | undefined> {
  const addresses = await unlessAborted(world.lookup(host), signal);
  const [first] = addresses;
  if (!first || !addresses.every(({ address }) => world.isAllowed(address))) throw new Error(`${host} is no public host`);
  return await new Promise((resolve, reject) => {
    const request = https.request({
      host,
      servername: host,
      port: world.port,
      path,
      ca: world.ca,
      signal,
      agent: false,
      headers: { accept: 'text/xml, application/xml', 'accept-encoding': 'identity', 'user-agent': 'Mailroom' },
      lookup: (_host, options, done) => {
        if (options.all === true) done(null, addresses);
        else done(null, first.address, first.family);
      },
    });
    request.once('error', reject).once('response', (response) => {
      const pieces: Buffer[] = [];
      let length = 0;
      const end = (text: string | undefined) => {
        resolve(text);
        request.destroy();
      };
      if (response.statusCode !== 200) return end(undefined);
      response.once('error', reject).once('end', () => end(Buffer.concat(pieces).toString('utf8')));
      response.on('data', (piece: Buffer) => {
        length += piece.length;
        pieces.push(piece);
        if (length > maxBytes) end(undefined);
      });
    });
    request.end();
  });
}

/** dns.lookup can't be stopped; it is left to end alone. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const gone = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  return await Promise.race([work, gone]);
}

/** Special-purpose IPv4 networks (RFC 6890 and its registry). */
const special = new BlockList();
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]) {
  const [address = '', bits] = network.split('/');
  special.addSubnet(address, Number(bits));
}
/** Global unicast (RFC 4291, section 2.4). What is not in it is local, mapped or translated. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
/** Within it: Teredo, documentation, and 6to4, which wraps any IPv4 address. */
const special6 = new BlockList();
special6.addSubnet('2001::', 23, 'ipv6');
special6.addSubnet('2001:db8::', 32, 'ipv6');
special6.addSubnet('2002::', 16, 'ipv6');
special6.addSubnet('3fff::', 20, 'ipv6');

/** Whether an address is one of the Internet's, not of this machine or its networks. */
export function isPublicAddress(address: string): boolean {
  if (isIPv6(address)) return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
  return !special.check(address);
}
