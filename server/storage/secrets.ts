import type { OAuth2CredentialStore } from '../ports/oauth2.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { CertificateStore, CredentialStore, KeyPairStore } from '../ports/security.ts';

export interface SecretStores {
  credentials: Pick<CredentialStore, 'use'>;
  oauth2Credentials: Pick<OAuth2CredentialStore, 'use'>;
  certificates: Pick<CertificateStore, 'use' | 'useAll'>;
  keyPairs: Pick<KeyPairStore, 'useAll'>;
}

/** Everything secret that adapters may ask for, from the stores that keep it. */
export function openSecrets({ credentials, oauth2Credentials, certificates, keyPairs }: SecretStores): Secrets {
  return {
    useCredential: credentials.use,
    useAccessToken: oauth2Credentials.use,
    trustedCertificate: certificates.use,
    trustedCertificates: certificates.useAll,
    keyPairs: keyPairs.useAll,
  };
}
