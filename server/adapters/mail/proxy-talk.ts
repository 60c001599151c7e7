import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import { mailError } from './mail-error.ts';
import type { Proxy } from './route.ts';
import type { WireReader } from './wire-reader.ts';

/** One side of asking a proxy for a connection. */
export interface ProxyTalk {
  proxy: Proxy;
  /** Where to; the proxy looks the name up. */
  target: ServerAddress;
  reader: WireReader;
  write: (bytes: Uint8Array | string) => void;
}

export interface ProxyFacts {
  proxy: Proxy;
  /** The mail server. */
  address: string;
  timeoutMs: number;
}

/** An error of the socket to a proxy, in words that name the proxy as the one to look at. */
export function proxyError(error: unknown, { proxy, address, timeoutMs }: ProxyFacts): FlowError {
  const { code, details } = mailError(error, { address: proxy, during: 'connecting', timeoutMs });
  const options = { cause: error, ...(details === undefined ? {} : { details }) };
  const name = addressText(proxy);
  if (code === 'MAIL_TIMEOUT') return new FlowError('MAIL_PROXY_TIMEOUT', { proxy: name, address, timeoutMs }, options);
  if (code === 'MAIL_CONNECTION_LOST') return new FlowError('MAIL_PROXY_LOST', { proxy: name, address }, options);
  if (code === 'MAIL_HOST_NOT_FOUND') return new FlowError('MAIL_PROXY_NOT_FOUND', { host: proxy.host }, options);
  return new FlowError('MAIL_PROXY_UNREACHABLE', { proxy: name }, options);
}

/** The proxy says something that its protocol does not have. */
export function notAProxy(proxy: Proxy, details: string): FlowError {
  return new FlowError('MAIL_PROXY_PROTOCOL_ERROR', { proxy: addressText(proxy), protocol: protocolNames[proxy.type] }, { details });
}

/** The beginning of an answer, readable whatever it is. */
export function answered(start: Buffer): string {
  return `it answered ${JSON.stringify(start.toString('latin1', 0, 40))}`;
}

const protocolNames: Record<Proxy['type'], string> = { socks5: 'SOCKS5', 'http-connect': 'HTTP CONNECT' };
