import { Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { FlowError } from '../../../shared/errors.ts';
import { knownHostName, type KnownHost } from '../../../shared/known-hosts.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import { reasonOf } from '../network-error.ts';
import { fingerprintOf, judgeHostKey, knownTypes, typeOfKey, type HostKey } from './host-keys.ts';

/** A connection to an SSH server that has shown a known key, with somebody signed in. */
export interface SshConnection extends Disposable {
  client: Client;
  /** Aborted, with the reason, when the connection is lost or the caller gives up: every wait is to end. */
  lost: AbortSignal;
  address: string;
  timeoutMs: number;
}

/** RFC 4252: a password, also where it is asked for as if by a person, or a key. */
export type SshSignIn = { user: string } & ({ password: string } | { privateKey: string });

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
  const client = new Client();
  const lost = new AbortController();
  let refused: FlowError | undefined;
  let isReady = false;

  return new Promise((resolve, reject) => {
    const end = (reason: unknown) => {
      // A later reason is a consequence of the first.
      lost.abort(reason);
      reject(lost.signal.reason as Error);
      client.destroy();
    };
    if (signal.aborted) {
      end(signal.reason);
      return;
    }
    const giveUp = () => end(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    client.on('close', () => {
      signal.removeEventListener('abort', giveUp);
      end(new FlowError('SSH_CONNECTION_LOST', { address }));
    });
    client.on('error', (error) => end(refused ?? errorOf(error, isReady, address, signIn.user, timeoutMs)));
    // Else each question waits 40 ms for the one before to be acknowledged: a file took 640 ms instead of 40 ms on loopback.
    client.on('connect', () => client.setNoDelay(true));
    client.on('keyboard-interactive', (_name, _instructions, _lang, prompts, finish) =>
      finish(prompts.map(() => ('password' in signIn ? signIn.password : ''))),
    );
    client.on('ready', () => {
      isReady = true;
      resolve({ client, lost: lost.signal, address, timeoutMs, [Symbol.dispose]: () => void client.end() });
    });
    client.connect({
      host,
      port,
      username: signIn.user,
      ...('password' in signIn ? { password: signIn.password, tryKeyboard: true } : { privateKey: signIn.privateKey }),
      readyTimeout: timeoutMs,
      keepaliveInterval: Math.max(1_000, Math.round(timeoutMs / 3)),
      algorithms: { ...algorithms, serverHostKey: offered },
      hostVerifier: (bytes: Buffer) => {
        refused = refuse({ type: typeOfKey(bytes), bytes });
        return refused === undefined;
      },
    });
  });
}

function hostKeyError(verdict: 'unknown' | 'changed' | 'revoked', target: SshTarget, { type, bytes }: HostKey): FlowError {
  const code = ({ unknown: 'SSH_HOST_KEY_UNKNOWN', changed: 'SSH_HOST_KEY_CHANGED', revoked: 'SSH_HOST_KEY_REVOKED' } as const)[verdict];
  const shown = { address: addressText(target), type, fingerprint: fingerprintOf(bytes) };
  return new FlowError(code, shown, { details: `${knownHostName(target.host, target.port)} ${type} ${bytes.toString('base64')}` });
}

/** `level` is where the library was when it happened. */
function errorOf(error: Error & { level?: string }, isReady: boolean, address: string, user: string, timeoutMs: number): FlowError {
  const details = reasonOf(error);
  if (isReady) return new FlowError('SSH_CONNECTION_LOST', { address }, { details });
  if (error.level === 'client-authentication') return new FlowError('SSH_SIGN_IN_REFUSED', { address, user });
  if (error.level === 'client-timeout') return new FlowError('SSH_TIMEOUT', { address, timeoutMs });
  if (error.level === 'client-socket') return new FlowError('SSH_UNREACHABLE', { address }, { details });
  return new FlowError('SSH_HANDSHAKE_FAILED', { address }, { details });
}
