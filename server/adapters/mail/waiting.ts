import type net from 'node:net';
import { FlowError } from '../../../shared/errors.ts';

/** How long something is waited for, and in which words it fails. */
export interface Patience {
  /** Ends the visit. */
  signal: AbortSignal;
  /** Time is up for this. */
  deadline: AbortSignal;
  /** The mail server, and what was going on, for the words of a visit that was ended. */
  address: string;
  during: string;
  /** Any error of a socket; the code is ECONNRESET where it was closed in order, and ETIMEDOUT where time is up. */
  explain: (error: unknown) => FlowError;
}

/**
 * Waits for one event of a socket. Whatever else happens first ends in a FlowError, and the socket is gone then.
 *
 * @returns what the event carries
 */
export function eventOf<T = void>(socket: net.Socket, event: 'connect' | 'secureConnect' | 'data', patience: Patience): Promise<T> {
  const { signal, deadline, address, during, explain } = patience;
  return new Promise((resolve, reject) => {
    const finish = () => {
      socket.off(event, onEvent).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      deadline.removeEventListener('abort', onDeadline);
    };
    const fail = (error: FlowError) => {
      finish();
      socket.destroy();
      reject(error);
    };
    const onEvent = (value: T) => {
      finish();
      resolve(value);
    };
    const onError = (error: unknown) => fail(explain(error));
    const onClose = () => fail(explain(withCode('ECONNRESET', 'the connection was closed')));
    const onDeadline = () => fail(explain(withCode('ETIMEDOUT', 'time is up')));
    const onAbort = () => fail(abortError(signal, address, during));

    if (signal.aborted) return onAbort();
    if (deadline.aborted) return onDeadline();
    if (socket.destroyed) return onClose();
    socket.once(event, onEvent).once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    deadline.addEventListener('abort', onDeadline, { once: true });
  });
}

/** The next bytes of a socket that is paused otherwise. */
export function chunkOf(socket: net.Socket, patience: Patience): Promise<Buffer> {
  // At once, not when the promise is looked at: what else has arrived would be handed to nobody.
  socket.once('data', () => socket.pause());
  const chunk = eventOf<Buffer>(socket, 'data', patience);
  socket.resume();
  return chunk;
}

function withCode(code: string, words: string): Error {
  return Object.assign(new Error(words), { code });
}

/** Why a visit was ended from outside: the reason of the abort where it is one of ours. */
export function abortError(signal: AbortSignal, address: string, during: string): FlowError {
  const reason: unknown = signal.reason;
  return reason instanceof FlowError
    ? reason
    : new FlowError('MAIL_CONNECTION_LOST', { address, during }, { cause: reason, details: 'ended by Mailroom' });
}
