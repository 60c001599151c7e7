import type { SessionItem, UserView } from '../../shared/api/users.ts';
import type { SessionRow, UserRow } from '../ports/users.ts';
import { browserName } from './browser-name.ts';

/** What may leave the server about people and their sessions: each field is named. */

const iso = (time: Date) => time.toISOString();
const isoOrNull = (time: Date | null) => time?.toISOString() ?? null;

export function presentUser(user: UserRow): UserView {
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    role: user.role,
    isDisabled: user.isDisabled,
    isInvited: user.isInvited,
    linkUntil: isoOrNull(user.linkUntil),
    isLocked: user.isLocked,
    lockedUntil: isoOrNull(user.lockedUntil),
    lastSignInAt: isoOrNull(user.lastSignInAt),
    createdAt: iso(user.createdAt),
    sessions: user.sessions,
    tokens: user.tokens,
  };
}

export function presentSessionItem(session: SessionRow, thisSessionId: string): SessionItem {
  return {
    id: session.id,
    isThis: session.id === thisSessionId,
    browser: browserName(session.userAgent),
    address: session.address,
    createdAt: iso(session.createdAt),
    lastSeenAt: iso(session.lastSeenAt),
    expiresAt: iso(session.expiresAt),
  };
}
