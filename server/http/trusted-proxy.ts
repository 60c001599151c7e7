import { BlockList, isIP } from 'node:net';
import type { Express, RequestHandler } from 'express';
import { FlowError } from '../../shared/errors.ts';

/** Which proxies speak for visitors: their word counts for the visitor's address and for http or https (RFC 7239, section 8.1). */
export interface TrustedProxies {
  includes(address: string): boolean;
  /** Named by itself, not by a range that visitors may be in, too. */
  names(address: string): boolean;
}

/** Ranges by name; `private` is RFC 1918 and RFC 4193: the networks of container engines, for one. */
const named: Record<string, string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** @throws Error whose message goes on after the name of the variable */
export function readTrustedProxies(text: string): TrustedProxies {
  const list = new BlockList();
  const single = new BlockList();
  const ranges = text
    .split(',')
    .map((part) => part.trim())
    .flatMap((part) => named[part] ?? [part]);
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (version === 0 || !/^\d{1,3}$/.test(bits ?? '0') || prefix > most)
      throw new Error('must hold IP addresses, ranges such as 10.0.0.0/8, loopback or private, with commas between them');
    list.addSubnet(address, prefix, familyOf(version));
    if (prefix === most) single.addAddress(address, familyOf(version));
  }
  const isIn = (some: BlockList) => (address: string) => isIP(address) !== 0 && some.check(address, familyOf(isIP(address)));
  return { includes: isIn(list), names: isIn(single) };
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** Only a proxy that is trusted may be the other end of a connection: nobody walks around it. */
export function trustProxies(app: Express, proxies: TrustedProxies): RequestHandler {
  // The peer is a proxy. Whom it names is the visitor, unless that is a proxy named by itself: one in a range may be anybody.
  app.set('trust proxy', (address: string, hop: number) => (hop === 0 ? proxies.includes(address) : proxies.names(address)));
  return (request, _response, next) => {
    const peer = request.socket.remoteAddress ?? '';
    if (!proxies.includes(peer)) throw new FlowError('NOT_THROUGH_PROXY', { address: peer });
    next();
  };
}
