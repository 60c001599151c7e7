import net from 'node:net';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import { mailError } from './mail-error.ts';
import { askHttpProxy } from './proxy-http-connect.ts';
import { askSocksProxy } from './proxy-socks5.ts';
import { proxyError, type ProxyTalk } from './proxy-talk.ts';
import type { Proxy, Route } from './route.ts';
import { eventOf, type Patience } from './waiting.ts';
import { WireReader } from './wire-reader.ts';

/** Firewalls and address translators forget a connection on which nothing is heard for some minutes. */
const keepAliveInitialDelay = 60_000;
/**
 * Node tries the addresses of a name one after the other and drops an attempt for the next. Its own 250 ms is less than
 * a far server needs to answer: where the last address is a dead end, none would be reached.
 */
const autoSelectFamilyAttemptTimeout = 1_000;

/**
 * Gets a way for bytes to the mail server, directly or through the proxy. Behind a proxy its name is not looked up here.
 *
 * @returns a paused socket; an error before somebody listens is swallowed, `destroyed` shows it
 * @throws FlowError MAIL_HOST_NOT_FOUND, MAIL_CONNECTION_REFUSED, MAIL_HOST_UNREACHABLE, MAIL_TIMEOUT, MAIL_PROXY_*
 */
export async function dial(route: Route, until: Pick<Patience, 'signal' | 'deadline'>): Promise<net.Socket> {
  const address = addressText(route);
  const facts = { ...until, address, during: 'connecting' };
  const { proxy, timeoutMs } = route;
  if (!proxy) {
    return await reach(route, { ...facts, explain: (error) => mailError(error, { address: route, during: 'connecting', timeoutMs }) });
  }
  const patience: Patience = { ...facts, explain: (error) => proxyError(error, { proxy, address, timeoutMs }) };
  const socket = await reach(proxy, patience);
  await passThrough(socket, proxy, route, patience);
  return socket;
}

async function reach({ host, port }: ServerAddress, patience: Patience): Promise<net.Socket> {
  const socket = net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay, autoSelectFamilyAttemptTimeout });
  // What comes while nobody listens must not end the process.
  socket.on('error', () => {});
  await eventOf(socket, 'connect', patience);
  return socket;
}

async function passThrough(socket: net.Socket, proxy: Proxy, target: ServerAddress, patience: Patience): Promise<void> {
  const reader = new WireReader(socket, patience);
  const talk: ProxyTalk = { proxy, target, reader, write: (bytes) => void socket.write(bytes) };
  try {
    await (proxy.type === 'socks5' ? askSocksProxy : askHttpProxy)(talk);
    reader.giveBack();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
