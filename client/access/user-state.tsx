import type { UserView } from '../../shared/api/users.ts';
import { Badge } from '../ui/badge.tsx';
import { TimeText } from '../ui/time-text.tsx';

/** What stands between a person and signing in, if anything does. */
export function UserState({ user: { isDisabled, isInvited, isLocked, lockedUntil, linkUntil } }: { user: UserView }) {
  if (isDisabled) return <Badge>Disabled</Badge>;
  // Failed sign-ins of an account without a password hold up nobody: the link starts anew.
  if (isInvited) return linkUntil ? <Badge tone="info">Invited</Badge> : <Badge tone="warn">The link has run out</Badge>;
  if (isLocked) return <Badge tone="bad">Locked after failed sign-ins</Badge>;
  if (lockedUntil) {
    return (
      <Badge tone="warn">
        Next try <TimeText at={lockedUntil} />
      </Badge>
    );
  }
  return <Badge tone="good">Active</Badge>;
}
