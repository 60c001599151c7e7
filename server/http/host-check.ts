import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { FlowError } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/mail-address.ts';

export interface HostRules {
  /** The address listened on; `0.0.0.0` and `::` mean every address of this machine. */
  host: string;
  publicUrl: string | undefined;
  /** TLS without a proxy: browsers leave port 443 out. */
  isSecure?: boolean;
}

/**
 * Whether a request that names `header` as its Host is meant for us. A page of another site that had its name resolve to this
 * machine (DNS rebinding) would name that site.
 *
 * @param port the one the request came in on
 */
export function isHostAllowed(header: string, port: number, { host, publicUrl, isSecure = false }: HostRules): boolean {
  const named = URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : undefined;
  if (!named || named.host.toLowerCase() !== header.toLowerCase().replace(/:80$/, '')) return false;
  const usualPort = isSecure ? 443 : 80;
  const name = named.hostname.replace(/^\[|\]$/g, '');
  const isOurPort = Number(named.port || usualPort) === port;
  if (isOurPort && (isLoopback(name) || name === host.toLowerCase())) return true;
  // An address typed as a number was not resolved from a name, so there is nothing to rebind.
  if (isEveryAddress(host) && isIP(name) !== 0) return true;
  return publicUrl !== undefined && isSameHost(header, new URL(publicUrl));
}

function isSameHost(header: string, url: URL): boolean {
  const defaultPort = url.protocol === 'https:' ? ':443' : ':80';
  const given = header.toLowerCase();
  return given === url.host || given === `${url.host}${defaultPort}`;
}

function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

export function checkHost(rules: HostRules): RequestHandler {
  return (request, _response, next) => {
    const header = request.headers.host ?? '';
    if (!isHostAllowed(header, request.socket.localPort ?? 0, { ...rules, isSecure: 'encrypted' in request.socket }))
      throw new FlowError('HOST_NOT_ALLOWED', { host: header.slice(0, 200) });
    next();
  };
}
