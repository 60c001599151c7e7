import type { UseCredential } from './secrets.ts';

/** User Credentials artifacts, people and tokens. */

export interface CredentialRow {
  name: string;
  description: string;
  user: string;
  allowedHosts: string[];
  deployedAt: Date;
  deployedBy: string;
  usedBy: string[];
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

/** Who is asking: a person with a session, or a program with an API token. */
export interface Visitor {
  kind: 'session' | 'token';
  /** Of the person, or of the token. */
  id: string;
  name: string;
  /** Empty for a token. */
  email: string;
  /** The only role for now. */
  role: 'administrator';
  /** Of this session or token; the same as long as it lives. */
  sessionId: string;
}

export interface TokenRow {
  id: string;
  name: string;
  start: string;
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

export interface Accounts {
  isSetUpNeeded(): Promise<boolean>;
  /**
   * Creates the first administrator and signs in. Of several at once exactly one succeeds.
   *
   * @throws SETUP_TOKEN_WRONG, SETUP_DONE
   */
  setUp(token: string, administrator: NewAdministrator): Promise<SessionChange>;
  /** @throws SIGN_IN_FAILED */
  signIn(email: string, password: string, userAgent: string | undefined): Promise<SessionChange>;
  signOut(headers: Headers): Promise<SessionChange>;
  /** Reads `Authorization: Bearer` or the session cookie; a bearer that is not known is nobody, whatever the cookie says. */
  visitor(headers: Headers): Promise<Visitor | undefined>;
  listTokens(): Promise<TokenRow[]>;
  /** The token itself is in this answer and nowhere else. */
  createToken(name: string, by: string): Promise<TokenRow & { token: string }>;
  deleteToken(id: string): Promise<boolean>;
}
