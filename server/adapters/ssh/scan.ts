import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { ScanHostKeys, ShownHostKey } from '../../ports/ssh.ts';
import { hostKeyAlgorithms, openSsh, type SshTarget } from './connect.ts';
import { fingerprintOf, type HostKey } from './host-keys.ts';

export const scanHostKeys: ScanHostKeys = async (target, signal) => {
  const found: ShownHostKey[] = [];
  let failure: unknown;
  for (const offered of Object.values(hostKeyAlgorithms)) {
    const shown = await keyOf(target, offered, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      failure = error;
      return undefined;
    });
    // One that is not there, or does not answer, is asked no more. What it has shown so far is worth something.
    if (failure instanceof FlowError && goneCodes.has(failure.code)) break;
    if (shown) found.push({ type: shown.type, fingerprint: fingerprintOf(shown.bytes), key: shown.bytes.toString('base64') });
  }
  if (found.length === 0) throw failure;
  return found;
};

const goneCodes = new Set<string>(['SSH_UNREACHABLE', 'SSH_TIMEOUT']);

/** Goes away as soon as the key is shown. */
async function keyOf(target: SshTarget, offered: Parameters<typeof openSsh>[2], signal: AbortSignal): Promise<HostKey | undefined> {
  let seen: HostKey | undefined;
  // Whoever signs in is named only after the key was accepted, which it never is here.
  const nobody = { user: 'nobody', password: '' };
  try {
    const connection = await openSsh(target, nobody, offered, signal, (key) => {
      seen = key;
      return new FlowError('SSH_HANDSHAKE_FAILED', { address: addressText(target) });
    });
    connection[Symbol.dispose]();
  } catch (error) {
    signal.throwIfAborted();
    if (!seen) throw error;
  }
  return seen;
}
