import { Socket } from 'node:net';
import { Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { FlowError } from '../../../shared/errors.ts';
import { knownHostName, type KnownHost } from '../../../shared/known-hosts.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import { reasonOf } from '../network-error.ts';
import { fingerprintOf, judgeHostKey, knownTypes, typeOfKey, type HostKey } from './host-keys.ts';
import { signInHandler, type SshSignIn } from './sign-in.ts';

/** A connection to an SSH server that has shown a known key, with somebody signed in. */
export interface SshConnection extends Disposable {
  client: Client;
  /** Aborted, with the reason, when the connection is lost or the caller gives up: every wait is to end. */
  lost: AbortSignal;
  address: string;
  timeoutMs: number;
  /** When the server last answered, by `performance.now()`. */
  answeredAt: number;
  /** Ends it now, with the reason. */
  cut: (reason: Error) => void;
}

export interface SshTarget extends ServerAddress {
  /** Longest time without any progress. */
  timeoutMs: number;
}

const rsa: ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256'];
export const hostKeyAlgorithms: Record<string, ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': rsa,
};

/** No SHA-1, no CBC. */
const algorithms = {
  cipher: ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
} satisfies ConnectConfig['algorithms'];

/**
 * Nothing is sent before the server's key was found among the known hosts.
 *
 * @throws FlowError SSH_*
 */
export async function connectSsh(target: SshTarget, known: KnownHost[], signIn: SshSignIn, signal: AbortSignal): Promise<SshConnection> {
  const { host, port } = target;
  const types = knownTypes(known, host, port);
  const offered = types.length === 0 ? Object.values(hostKeyAlgorithms).flat() : types.flatMap((type) => hostKeyAlgorithms[type] ?? []);
  return openSsh(target, signIn, offered, signal, (key) => {
    const verdict = judgeHostKey(known, host, port, key);
    return verdict === 'known' ? undefined : hostKeyError(verdict, target, key);
  });
}

/** A server that does not hang up after a goodbye is left. */
const goodbyeMs = 1_000;

/**
 * @param refuse says what is wrong with the key of the server, before anything is sent to it
 */
export function openSsh(
  target: SshTarget,
  signIn: SshSignIn,
  offered: ServerHostKeyAlgorithm[],
  signal: AbortSignal,
  refuse: (key: HostKey) => FlowError | undefined,
): Promise<SshConnection> {
  const { host, port, timeoutMs } = target;
  const address = addressText(target);
  const { promise, resolve, reject } = Promise.withResolvers<SshConnection>();
  const client = new Client();
  // Our own: the library leaves a socket open that it can't write to any more.
  const socket = new Socket();
  // Else each question waits 40 ms for the one before to be acknowledged: a file took 640 ms instead of 40 ms on loopback.
  socket.setNoDelay(true);
  const lost = new AbortController();
  let refused: FlowError | undefined;
  let stage: Stage = 'begun';

  const cut = (reason: unknown) => {
    // A later reason is a consequence of the first.
    lost.abort(reason);
    reject(lost.signal.reason as Error);
    socket.destroy();
  };
  const giveUp = () => cut(signal.reason);
  if (signal.aborted) {
    giveUp();
    return promise;
  }
  signal.addEventListener('abort', giveUp, { once: true });
  socket.once('close', () => {
    signal.removeEventListener('abort', giveUp);
    cut(new FlowError('SSH_CONNECTION_LOST', { address }));
  });
  client.on('error', (error) => cut(refused ?? errorOf(error, stage, { address, user: signIn.user, timeoutMs })));
  client.on('handshake', () => {
    stage = 'encrypted';
  });
  client.on('ready', () => {
    stage = 'ready';
    const goodbye = () => {
      client.end();
      const timer = setTimeout(() => socket.destroy(), goodbyeMs);
      socket.once('close', () => clearTimeout(timer));
    };
    resolve({ client, lost: lost.signal, address, timeoutMs, answeredAt: performance.now(), cut, [Symbol.dispose]: goodbye });
  });
  try {
    socket.connect({ host, port });
    client.connect({
      sock: socket,
      username: signIn.user,
      authHandler: signInHandler(signIn, () => cut(new FlowError('SSH_SIGN_IN_REFUSED', { address, user: signIn.user }))),
      readyTimeout: timeoutMs,
      keepaliveInterval: Math.max(1_000, Math.round(timeoutMs / 3)),
      algorithms: { ...algorithms, serverHostKey: offered },
      hostVerifier: (bytes: Buffer) => {
        refused = refuse({ type: typeOfKey(bytes), bytes });
        return refused === undefined;
      },
    });
  } catch (error) {
    cut(error);
  }
  return promise;
}

function hostKeyError(verdict: 'unknown' | 'changed' | 'revoked', target: SshTarget, { type, bytes }: HostKey): FlowError {
  const code = ({ unknown: 'SSH_HOST_KEY_UNKNOWN', changed: 'SSH_HOST_KEY_CHANGED', revoked: 'SSH_HOST_KEY_REVOKED' } as const)[verdict];
  const shown = { address: addressText(target), type, fingerprint: fingerprintOf(bytes) };
  return new FlowError(code, shown, { details: `${knownHostName(target.host, target.port)} ${type} ${bytes.toString('base64')}` });
}

type Stage = 'begun' | 'encrypted' | 'ready';

/** SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE (RFC 4253, section 11.1). */
const noMoreMethods = 14;

/** `level` is where the library was when it happened; `code` is of a server that said goodbye itself. */
function errorOf(
  error: Error & { level?: string; code?: unknown },
  stage: Stage,
  { address, user, timeoutMs }: { address: string; user: string; timeoutMs: number },
): FlowError {
  const details = reasonOf(error);
  if (stage === 'ready') return new FlowError('SSH_CONNECTION_LOST', { address }, { details });
  const isTurnedAway = stage === 'encrypted' && (error.code === noMoreMethods || /authenticat/i.test(error.message));
  if (isTurnedAway || error.level === 'client-authentication') return new FlowError('SSH_SIGN_IN_REFUSED', { address, user });
  if (error.level === 'client-timeout') return new FlowError('SSH_TIMEOUT', { address, timeoutMs });
  if (error.level === 'client-socket') return new FlowError('SSH_UNREACHABLE', { address }, { details });
  return new FlowError('SSH_HANDSHAKE_FAILED', { address }, { details });
}
