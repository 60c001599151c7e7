import type { Permission, Role } from '../../shared/roles.ts';
import type { CertificateFacts } from '../../shared/certificate.ts';
import type { ErrorView } from '../../shared/errors.ts';
import type { ArtifactUse, Refusal } from './material.ts';
import type { KeyPair, UseCredential, UseParameter } from './secrets.ts';
import type { Origin, OwnAccount } from './users.ts';

/** Security material, people and tokens. */

export interface CredentialRow {
  name: string;
  description: string;
  user: string;
  allowedHosts: string[];
  deployedAt: Date;
  deployedBy: string;
  usedBy: ArtifactUse[];
  refusal: Refusal | null;
  /** Its secret can't be opened. */
  error: ErrorView | null;
}

export interface CredentialStore {
  list(): Promise<CredentialRow[]>;
  /** @throws CREDENTIAL_EXISTS */
  create(
    credential: { name: string; description: string; user: string; password: string; allowedHosts: string[] },
    by: string,
  ): Promise<CredentialRow>;
  /** Undefined when there is none. Lifts sign-in pauses of the channels that use it. */
  save(
    name: string,
    change: { description: string; user: string; password?: string | undefined; allowedHosts: string[] },
    by: string,
  ): Promise<CredentialRow | undefined>;
  /** @throws CREDENTIAL_IN_USE */
  remove(name: string): Promise<boolean>;
  use: UseCredential;
}

/** One secret value, such as the key of an API. */
export type SecureParameterRow = Omit<CredentialRow, 'user'>;

export interface SecureParameterStore {
  list(): Promise<SecureParameterRow[]>;
  /** @throws CREDENTIAL_EXISTS */
  create(parameter: { name: string; description: string; secret: string; allowedHosts: string[] }, by: string): Promise<SecureParameterRow>;
  /** Undefined when there is none. */
  save(
    name: string,
    change: { description: string; secret?: string | undefined; allowedHosts: string[] },
    by: string,
  ): Promise<SecureParameterRow | undefined>;
  /** @throws CREDENTIAL_IN_USE */
  remove(name: string): Promise<boolean>;
  use: UseParameter;
}

/** What a deployed certificate says (RFC 5280). */
export interface DeployedCertificate extends Omit<CertificateFacts, 'pem'> {
  /** `RSA 2048 bit` */
  key: string;
  isAuthority: boolean;
}

export interface CertificateRow {
  name: string;
  description: string;
  /** As they were deployed; at least one. */
  certificates: DeployedCertificate[];
  deployedAt: Date;
  deployedBy: string;
  usedBy: ArtifactUse[];
}

/** Certificates that are trusted: for TLS where a channel names them, for S/MIME signatures all of them. */
export interface CertificateStore {
  list(): Promise<CertificateRow[]>;
  /** @throws CERTIFICATE_EXISTS, CERTIFICATE_NOT_READABLE */
  create(certificate: { name: string; description: string; pem: string }, by: string): Promise<CertificateRow>;
  /** Undefined when there is none. @throws CERTIFICATE_NOT_READABLE */
  save(name: string, change: { description: string; pem?: string | undefined }, by: string): Promise<CertificateRow | undefined>;
  /** @throws CERTIFICATE_IN_USE */
  remove(name: string): Promise<boolean>;
  /** PEM. @throws CERTIFICATE_NOT_DEPLOYED */
  use(name: string): Promise<string>;
  /** PEM, one certificate each, of all artifacts. */
  useAll(): Promise<string[]>;
}

export interface KnownHostsRow {
  name: string;
  description: string;
  /** Lines of a known_hosts file. */
  text: string;
  deployedAt: Date;
  deployedBy: string;
  usedBy: ArtifactUse[];
}

/** Which keys SSH servers have. */
export interface KnownHostsStore {
  list(): Promise<KnownHostsRow[]>;
  /** @throws KNOWN_HOSTS_EXISTS, KNOWN_HOSTS_NOT_READABLE */
  create(knownHosts: { name: string; description: string; text: string }, by: string): Promise<KnownHostsRow>;
  /** Undefined when there is none. @throws KNOWN_HOSTS_NOT_READABLE */
  save(name: string, change: { description: string; text: string }, by: string): Promise<KnownHostsRow | undefined>;
  /** @throws KNOWN_HOSTS_IN_USE */
  remove(name: string): Promise<boolean>;
  /** @throws KNOWN_HOSTS_NOT_DEPLOYED */
  use(name: string): Promise<string>;
}

export interface KeyPairRow extends CertificateRow {
  /** As SSH servers take it: `ssh-rsa AAAA…`. */
  sshPublicKey: string;
  /** Its private key can't be opened. */
  error: ErrorView | null;
}

/** PEM both, or a PKCS #12 file in base64. */
export type KeyPairMaterial =
  { kind: 'pem'; certificate: string; privateKey: string; passphrase: string } | { kind: 'pkcs12'; file: string; passphrase: string };

/** Certificates with their private keys, which never leave the server. */
export interface KeyPairStore {
  list(): Promise<KeyPairRow[]>;
  /** @throws KEY_PAIR_EXISTS, KEY_PAIR_NOT_READABLE */
  create(keyPair: { name: string; description: string; material: KeyPairMaterial }, by: string): Promise<KeyPairRow>;
  /** Undefined when there is none. @throws KEY_PAIR_NOT_READABLE */
  save(name: string, change: { description: string; material?: KeyPairMaterial | undefined }, by: string): Promise<KeyPairRow | undefined>;
  /** @throws KEY_PAIR_IN_USE */
  remove(name: string): Promise<boolean>;
  /** @throws KEY_PAIR_NOT_DEPLOYED */
  use(name: string): Promise<KeyPair>;
  useAll(): Promise<KeyPair[]>;
}

/** Who is asking: a person with a session, or a program with an API token. */
export interface Visitor {
  kind: 'session' | 'token';
  /** Of the person, or of the token. */
  id: string;
  name: string;
  /** Empty for a token. */
  email: string;
  role: Role;
  /** What the role allows now; of a token, not more than its owner may. */
  may: readonly Permission[];
  /** Of this session or token; the same as long as it lives. */
  sessionId: string;
  /** The person; of a token its owner, null for that of the environment and those from before people had roles. */
  userId: string | null;
  /** When a token ends, if it does. */
  expiresAt: Date | null;
}

export interface TokenRow {
  id: string;
  name: string;
  start: string;
  role: Role;
  owner: { id: string; name: string } | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

/** A session just begun or ended: who, and the `Set-Cookie` lines that say so to the browser. */
export interface SessionChange {
  visitor: Visitor | null;
  cookies: string[];
}

export interface NewAdministrator {
  name: string;
  email: string;
  password: string;
}

export interface NewToken {
  name: string;
  role: Role;
  userId: string | null;
  /** Null: it does not end by itself. */
  expiresAt: Date | null;
}

export interface Accounts extends OwnAccount {
  isSetUpNeeded(): Promise<boolean>;
  /**
   * Creates the first administrator and signs in. Of several at once exactly one succeeds.
   *
   * @throws SETUP_TOKEN_WRONG, SETUP_DONE, PASSWORD_TOO_WEAK, TOO_MANY_ATTEMPTS
   */
  setUp(token: string, administrator: NewAdministrator, from: Origin): Promise<SessionChange>;
  /** @throws SIGN_IN_FAILED, TOO_MANY_ATTEMPTS, ACCOUNT_LOCKED */
  signIn(email: string, password: string, from: Origin): Promise<SessionChange>;
  signOut(headers: Headers): Promise<SessionChange>;
  /** Reads `Authorization: Bearer` or the session cookie; a bearer that is not known is nobody, whatever the cookie says. */
  visitor(headers: Headers): Promise<Visitor | undefined>;
  /** @param userId of whom; undefined: of everybody */
  listTokens(userId?: string): Promise<TokenRow[]>;
  /** The token itself is in this answer and nowhere else. */
  createToken(token: NewToken, by: string): Promise<TokenRow & { token: string }>;
  /** @param userId of whom it must be; undefined: of anybody. Undefined when there is none. */
  deleteToken(id: string, userId?: string): Promise<TokenRow | undefined>;
}
