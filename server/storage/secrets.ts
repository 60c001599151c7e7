import type { OAuth2ClientStore, OAuth2CredentialStore } from '../ports/oauth2.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { CertificateStore, CredentialStore, KeyPairStore, KnownHostsStore, SecureParameterStore } from '../ports/security.ts';

export interface SecretStores {
  credentials: Pick<CredentialStore, 'use'>;
  secureParameters: Pick<SecureParameterStore, 'use'>;
  oauth2Credentials: Pick<OAuth2CredentialStore, 'use'>;
  oauth2Clients: Pick<OAuth2ClientStore, 'use'>;
  certificates: Pick<CertificateStore, 'use' | 'useAll'>;
  keyPairs: Pick<KeyPairStore, 'use' | 'useAll'>;
  knownHosts: Pick<KnownHostsStore, 'use'>;
}

/** Everything secret that adapters may ask for, from the stores that keep it. */
export function openSecrets({
  credentials,
  secureParameters,
  oauth2Credentials,
  oauth2Clients,
  certificates,
  keyPairs,
  knownHosts,
}: SecretStores): Secrets {
  return {
    useCredential: credentials.use,
    useParameter: secureParameters.use,
    useAccessToken: oauth2Credentials.use,
    useClientToken: oauth2Clients.use,
    trustedCertificate: certificates.use,
    trustedCertificates: certificates.useAll,
    keyPairs: keyPairs.useAll,
    useKeyPair: keyPairs.use,
    knownHosts: knownHosts.use,
  };
}
