import type { Role } from '../../shared/roles.ts';
import type { SessionChange, Visitor } from './security.ts';

/** The people who may sign in, as administrators see them. */

export interface UserRow {
  id: string;
  name: string;
  /** Lower case. */
  email: string;
  role: Role;
  isDisabled: boolean;
  /** Has no password. */
  isInvited: boolean;
  /** Of the link that still works. */
  linkUntil: Date | null;
  isLocked: boolean;
  lockedUntil: Date | null;
  lastSignInAt: Date | null;
  createdAt: Date;
  sessions: number;
  tokens: number;
}

/** What the link to choose a password is made of. The token is in this answer and nowhere else. */
export interface Welcome {
  token: string;
  until: Date;
}

export interface Users {
  list(): Promise<UserRow[]>;
  get(id: string): Promise<UserRow | undefined>;
  /** @throws USER_EXISTS */
  create(user: { name: string; email: string; role: Role }, by: string): Promise<Welcome & { user: UserRow }>;
  /**
   * A disabled account has no sessions, and its tokens rest.
   *
   * @throws NOT_FOUND, LAST_ADMINISTRATOR
   */
  save(id: string, change: { name: string; role: Role; isDisabled: boolean }): Promise<UserRow>;
  /** @throws NOT_FOUND, LAST_ADMINISTRATOR */
  remove(id: string): Promise<UserRow>;
  /**
   * Takes the password and the sessions away.
   *
   * @throws NOT_FOUND, LAST_ADMINISTRATOR when nobody else could help if the link were lost
   */
  reset(id: string, how: { revokesTokens: boolean; by: string }): Promise<Welcome & { user: UserRow }>;
  /** @throws NOT_FOUND */
  unlock(id: string): Promise<UserRow>;
  /** @throws NOT_FOUND */
  endSessions(id: string): Promise<{ user: UserRow; ended: number }>;
}

export interface SessionRow {
  id: string;
  userAgent: string;
  address: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

/** What people do with their own account. */
export interface OwnAccount {
  /** Oldest last. */
  listSessions(userId: string): Promise<SessionRow[]>;
  /** False when this person has no such session. */
  endSession(userId: string, sessionId: string): Promise<boolean>;
  /** @returns the ids of the sessions that ended */
  endOtherSessions(userId: string, sessionId: string): Promise<string[]>;
  /**
   * Keeps this session, ends the others and every link to choose a password.
   *
   * @throws PASSWORD_WRONG for a wrong current one, which counts like a failed sign-in; PASSWORD_TOO_WEAK
   * @returns the ids of the sessions that ended
   */
  changePassword(visitor: Visitor, passwords: { current: string; next: string }, address: string): Promise<string[]>;
  /** @throws LINK_USED */
  readWelcome(token: string, address: string): Promise<{ name: string; email: string }>;
  /** @throws LINK_USED, PASSWORD_TOO_WEAK */
  welcome(token: string, password: string, from: Origin): Promise<SessionChange>;
}

/** Where a sign-in comes from. */
export interface Origin {
  address: string;
  userAgent: string | undefined;
}
