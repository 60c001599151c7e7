import net from 'node:net';
import tls from 'node:tls';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import { mailError } from './mail-error.ts';

export interface ConnectOptions extends ServerAddress {
  /** TLS from the first byte (RFC 8314, section 3). */
  isTls: boolean;
  /** For name lookup, connection and TLS handshake together. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Opens a connection to a mail server. The certificate is always verified against the system's authorities.
 *
 * @returns a connected socket that nobody reads yet; an error before somebody listens is swallowed, `destroyed` shows it
 * @throws FlowError MAIL_HOST_NOT_FOUND, MAIL_CONNECTION_REFUSED, MAIL_TIMEOUT, MAIL_CERTIFICATE_*, MAIL_CLEAR_ON_TLS_PORT, MAIL_TLS_FAILED …
 */
export async function connectTo(options: ConnectOptions): Promise<net.Socket> {
  const { host, port } = options;
  if (options.isTls)
    return await opened(tls.connect({ host, port, ...tlsOptions(host) }), 'secureConnect', { ...options, during: 'connecting' });
  return await opened(net.connect({ host, port }), 'connect', { ...options, during: 'connecting' });
}

/**
 * Makes an open connection a TLS one, after the server agreed to STARTTLS or STLS.
 * Bytes that came before the handshake are not looked at: whoever reads the socket must refuse them first.
 *
 * @throws FlowError like connectTo; the socket is gone then
 */
export async function upgrade(socket: net.Socket, options: Omit<ConnectOptions, 'isTls'>): Promise<tls.TLSSocket> {
  try {
    return await opened(tls.connect({ socket, ...tlsOptions(options.host) }), 'secureConnect', { ...options, during: 'TLS handshake' });
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'MAIL_CLEAR_ON_TLS_PORT') throw error;
    // The port is right: the server agreed to TLS and then went on in clear.
    throw new FlowError('MAIL_TLS_FAILED', { address: addressText(options) }, { cause: error.cause, details: error.details });
  }
}

/** Whether the server would answer a TLS hello: tells a silent TLS port from a server that is down. Never throws. */
export async function speaksTls(options: Omit<ConnectOptions, 'isTls'>): Promise<boolean> {
  try {
    const socket = await connectTo({ ...options, isTls: true });
    socket.destroy();
    return true;
  } catch (error) {
    return error instanceof FlowError && error.code.startsWith('MAIL_CERTIFICATE_');
  }
}

function tlsOptions(host: string): tls.ConnectionOptions {
  // RFC 6066, section 3: an address is not a server name; `host` is what the certificate is compared with then.
  return { host, minVersion: 'TLSv1.2', ...(net.isIP(host) === 0 ? { servername: host } : {}) };
}

interface OpenFacts extends ServerAddress {
  during: string;
  timeoutMs: number;
  signal: AbortSignal;
}

function opened<S extends net.Socket>(socket: S, event: 'connect' | 'secureConnect', facts: OpenFacts): Promise<S> {
  const { during, timeoutMs, signal } = facts;
  const address = addressText(facts);
  return new Promise((resolve, reject) => {
    let certificate: tls.PeerCertificate | undefined;
    // Node drops the certificate together with a connection it does not trust; 'secure' is the moment before it decides.
    if (socket instanceof tls.TLSSocket) socket.prependListener('secure', () => (certificate = socket.getPeerCertificate()));

    const fail = (error: unknown) => {
      finish();
      socket.destroy();
      reject(mailError(error, { address: facts, during, timeoutMs, certificate }));
    };
    const onAbort = () => fail(abortError(signal, address, during));
    const onClose = () => fail(new FlowError('MAIL_CONNECTION_LOST', { address, during }));
    const timer = setTimeout(() => fail(new FlowError('MAIL_TIMEOUT', { address, during, timeoutMs })), timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail).off('close', onClose);
      // An error that comes while nobody listens must not end the process.
      socket.on('error', () => {});
    };

    socket.once('error', fail).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    socket.once(event, () => {
      finish();
      resolve(socket);
    });
  });
}

/** Why a visit was ended from outside: the reason of the abort where it is one of ours. */
export function abortError(signal: AbortSignal, address: string, during: string): FlowError {
  const reason: unknown = signal.reason;
  return reason instanceof FlowError
    ? reason
    : new FlowError('MAIL_CONNECTION_LOST', { address, during }, { cause: reason, details: 'ended by Mailroom' });
}
