import { useMemo } from 'react';
import { artifactFacts, type CheckFacts } from '../../shared/check-artifacts.ts';
import type { CertificateView, KeyPairView } from '../../shared/api/certificates.ts';
import type { KnownHostsView } from '../../shared/api/known-hosts.ts';
import type { CredentialView } from '../../shared/api/credentials.ts';
import type { OAuth2ClientView } from '../../shared/api/oauth2-clients.ts';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import type { SecureParameterView } from '../../shared/api/secure-parameters.ts';
import { useRoute } from '../api.ts';

export interface Artifacts {
  credentials: CredentialView[];
  oauth2Credentials: OAuth2CredentialView[];
  oauth2Clients: OAuth2ClientView[];
  secureParameters: SecureParameterView[];
  certificates: CertificateView[];
  knownHosts: KnownHostsView[];
  keyPairs: KeyPairView[];
  /** The same as checks of drawings take it. */
  facts: CheckFacts;
  /** False until all of it has been read: nothing can be said to be missing. */
  isKnown: boolean;
}

/** The security material that drawings name; live. */
export function useArtifacts(): Artifacts {
  const credentials = useRoute('listCredentials', {}).data?.items;
  const oauth2Credentials = useRoute('listOAuth2Credentials', {}).data?.items;
  const oauth2Clients = useRoute('listOAuth2Clients', {}).data?.items;
  const secureParameters = useRoute('listSecureParameters', {}).data?.items;
  const knownHosts = useRoute('listKnownHosts', {}).data?.items;
  const keyPairs = useRoute('listKeyPairs', {}).data?.items;
  const { data, dataUpdatedAt } = useRoute('listCertificates', {});
  const certificates = data?.items;
  return useMemo(() => {
    const deployed = {
      credentials: credentials ?? [],
      oauth2Credentials: oauth2Credentials ?? [],
      oauth2Clients: oauth2Clients ?? [],
      secureParameters: secureParameters ?? [],
      certificates: certificates ?? [],
      knownHosts: knownHosts ?? [],
      keyPairs: keyPairs ?? [],
    };
    return {
      ...deployed,
      facts: artifactFacts(deployed, new Date(dataUpdatedAt)),
      isKnown: [credentials, oauth2Credentials, oauth2Clients, secureParameters, certificates, knownHosts, keyPairs].every(
        (list) => list !== undefined,
      ),
    };
  }, [credentials, oauth2Credentials, oauth2Clients, secureParameters, certificates, knownHosts, keyPairs, dataUpdatedAt]);
}
