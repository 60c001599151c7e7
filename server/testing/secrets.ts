import { FlowError } from '../../shared/errors.ts';
import type { ReadContext } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';

/** Nothing is deployed but what a test names. */
export function secretsOf(deployed: Partial<Secrets> = {}): Secrets {
  const missing = async (name: string) => {
    throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
  };
  return {
    useCredential: missing,
    useParameter: missing,
    useClientToken: missing,
    useAccessToken: missing,
    trustedCertificate: async (name) => {
      throw new FlowError('CERTIFICATE_NOT_DEPLOYED', { name });
    },
    knownHosts: async (name) => {
      throw new FlowError('KNOWN_HOSTS_NOT_DEPLOYED', { name });
    },
    useKeyPair: async (name) => {
      throw new FlowError('KEY_PAIR_NOT_DEPLOYED', { name });
    },
    trustedCertificates: async () => [],
    keyPairs: async () => [],
    ...deployed,
  };
}

export function readContext(deployed: Partial<Secrets> = {}, signal = new AbortController().signal): ReadContext {
  return { secrets: secretsOf(deployed), signal };
}
