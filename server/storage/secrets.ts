import { FlowError } from '../../shared/errors.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { CertificateStore, CredentialStore, KeyPairStore } from '../ports/security.ts';

export interface SecretStores {
  credentials: Pick<CredentialStore, 'use'>;
  certificates: Pick<CertificateStore, 'use' | 'useAll'>;
  keyPairs: Pick<KeyPairStore, 'useAll'>;
}

/** Everything secret that adapters may ask for, from the stores that keep it. */
export function openSecrets({ credentials, certificates, keyPairs }: SecretStores): Secrets {
  return {
    useCredential: credentials.use,
    useAccessToken: async (name) => {
      throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
    },
    trustedCertificate: certificates.use,
    trustedCertificates: certificates.useAll,
    keyPairs: keyPairs.useAll,
  };
}
