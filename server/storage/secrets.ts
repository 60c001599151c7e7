import { FlowError } from '../../shared/errors.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { CredentialStore } from '../ports/security.ts';

/** Everything secret that adapters may ask for, from the stores that keep it. */
export function openSecrets({ credentials }: { credentials: Pick<CredentialStore, 'use'> }): Secrets {
  return {
    useCredential: credentials.use,
    useAccessToken: async (name) => {
      throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
    },
    trustedCertificate: async (name) => {
      throw new FlowError('CERTIFICATE_NOT_DEPLOYED', { name });
    },
    trustedCertificates: async () => [],
    keyPairs: async () => [],
  };
}
