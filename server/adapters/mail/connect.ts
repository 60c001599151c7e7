import type net from 'node:net';
import tls from 'node:tls';
import type { CertificateFacts } from '../../../shared/certificate.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import { dial } from './dial.ts';
import { mailError } from './mail-error.ts';
import type { Route } from './route.ts';
import { chainOf, tlsOptions } from './trust.ts';
import { eventOf, type Patience } from './waiting.ts';

/** The one way to a mail server, for visits and for the connection test: dial, then TLS, within one deadline. */

export interface ConnectOptions extends Route {
  /** TLS from the first byte (RFC 8314, section 3). */
  isTls: boolean;
  signal: AbortSignal;
  /** Called when the server, or the proxy for it, has accepted the connection. */
  onReached?: () => void;
}

/**
 * Opens a connection to a mail server. Its certificate is always verified: against the authorities of this machine and the
 * channel's Trusted Certificate.
 *
 * @returns a paused socket that nobody reads yet; an error before somebody listens is swallowed, `destroyed` shows it
 * @throws FlowError MAIL_HOST_NOT_FOUND, MAIL_CONNECTION_REFUSED, MAIL_TIMEOUT, MAIL_PROXY_*, MAIL_CERTIFICATE_*,
 * MAIL_CLEAR_ON_TLS_PORT, MAIL_TLS_FAILED …; nothing is left open then
 */
export async function connectTo(options: ConnectOptions): Promise<net.Socket> {
  const { isTls, signal, onReached, timeoutMs } = options;
  const until = { signal, deadline: AbortSignal.timeout(timeoutMs) };
  const socket = await dial(options, until);
  onReached?.();
  return isTls ? await shakeHands(socket, options, until, 'connecting') : socket;
}

/**
 * Makes an open connection a TLS one, after the server agreed to STARTTLS or STLS.
 * Bytes that came before the handshake are not looked at: whoever reads the socket must refuse them first.
 *
 * @throws FlowError like connectTo; the socket is gone then
 */
export async function upgrade(socket: net.Socket, options: Omit<ConnectOptions, 'isTls' | 'onReached'>): Promise<tls.TLSSocket> {
  const until = { signal: options.signal, deadline: AbortSignal.timeout(options.timeoutMs) };
  try {
    return await shakeHands(socket, options, until, 'TLS handshake');
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'MAIL_CLEAR_ON_TLS_PORT') throw error;
    // The port is right: the server agreed to TLS and then went on in clear.
    throw new FlowError('MAIL_TLS_FAILED', { address: addressText(options) }, { cause: error.cause, details: error.details });
  }
}

/** How long a server that gave no greeting has to answer a TLS hello. */
const speaksTlsMs = 5_000;

/** Whether the server would answer a TLS hello: tells a silent TLS port from a server that is down. Never throws. */
export async function speaksTls(options: Omit<ConnectOptions, 'isTls' | 'onReached'>): Promise<boolean> {
  try {
    const timeoutMs = Math.min(options.timeoutMs, speaksTlsMs);
    const socket = await connectTo({ ...options, timeoutMs, isTls: true });
    socket.destroy();
    return true;
  } catch (error) {
    return error instanceof FlowError && error.code.startsWith('MAIL_CERTIFICATE_');
  }
}

async function shakeHands(
  dialled: net.Socket,
  route: Route,
  until: Pick<Patience, 'signal' | 'deadline'>,
  during: string,
): Promise<tls.TLSSocket> {
  const socket = tlsOver(dialled, route);
  let chain: CertificateFacts[] | undefined;
  // Node drops the certificates together with a connection it does not trust; 'secure' is the moment before it decides.
  socket.prependListener('secure', () => (chain = chainOf(socket)));
  const { timeoutMs } = route;
  await eventOf(socket, 'secureConnect', {
    ...until,
    address: addressText(route),
    during,
    explain: (error) => mailError(error, { address: route, during, timeoutMs, chain }),
  });
  return socket;
}

function tlsOver(dialled: net.Socket, route: Route): tls.TLSSocket {
  try {
    const socket = tls.connect({ socket: dialled, ...tlsOptions(route) });
    // What comes while nobody listens must not end the process.
    return socket.on('error', () => {});
  } catch (error) {
    dialled.destroy();
    throw error;
  }
}
