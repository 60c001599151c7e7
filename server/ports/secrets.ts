/** Security material as adapters use it: by name, decrypted, for one host. Never log any of it. */

/** User and password of one User Credentials artifact. */
export interface Credential {
  name: string;
  user: string;
  password: string;
}

/** Hands out a credential for one host; throws CREDENTIAL_NOT_DEPLOYED or CREDENTIAL_HOST_NOT_ALLOWED. */
export type UseCredential = (name: string, host: string) => Promise<Credential>;

/** What signs in instead of a password (RFC 6750). */
export interface AccessToken {
  name: string;
  user: string;
  token: string;
}

export type UseAccessToken = (name: string, host: string, refused?: string) => Promise<AccessToken>;

/**
 * The token of a client that signs in as itself.
 *
 * @param refused see `useAccessToken`
 * @throws FlowError CREDENTIAL_NOT_DEPLOYED, CREDENTIAL_HOST_NOT_ALLOWED, OAUTH2_*
 */
export type UseClientToken = (name: string, host: string, refused?: string) => Promise<string>;

/** Hands out the value of a Secure Parameter for one host; throws CREDENTIAL_NOT_DEPLOYED or CREDENTIAL_HOST_NOT_ALLOWED. */
export type UseParameter = (name: string, host: string) => Promise<string>;

/** PEM both. */
export interface KeyPair {
  name: string;
  certificate: string;
  privateKey: string;
}

export interface Secrets {
  useCredential: UseCredential;
  useParameter: UseParameter;
  useClientToken: UseClientToken;
  /**
   * A token that is good for some minutes more; refreshed before it runs out.
   *
   * @param refused a token that the server did not accept: another one is fetched, unless there is one already
   * @throws FlowError CREDENTIAL_NOT_DEPLOYED, CREDENTIAL_HOST_NOT_ALLOWED, OAUTH2_*
   */
  useAccessToken: UseAccessToken;
  /** PEM of one deployed certificate. @throws FlowError CERTIFICATE_NOT_DEPLOYED */
  trustedCertificate(name: string): Promise<string>;
  /** Lines of a known_hosts file. @throws FlowError KNOWN_HOSTS_NOT_DEPLOYED */
  knownHosts(name: string): Promise<string>;
  /** To sign in with. @throws FlowError KEY_PAIR_NOT_DEPLOYED */
  useKeyPair(name: string): Promise<KeyPair>;
  /** PEM of all deployed certificates, against which signatures are verified. */
  trustedCertificates(): Promise<string[]>;
  /** Those that mails may be encrypted for. */
  keyPairs(): Promise<KeyPair[]>;
}
