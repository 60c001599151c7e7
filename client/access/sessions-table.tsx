import type { SessionItem } from '../../shared/api/users.ts';
import { Table, Td, Th } from '../shell/table.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { TimeText } from '../ui/time-text.tsx';

/** Sessions of one person, each with a way to end it, but the visitor's own. */
export function SessionsTable({ sessions, onEnd }: { sessions: SessionItem[]; onEnd: (id: string) => void }) {
  return (
    <Table
      label="Sessions"
      head={
        <>
          <Th className="w-full">Browser</Th>
          <Th>Address</Th>
          <Th>Signed in</Th>
          <Th>Last seen</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </>
      }
    >
      {sessions.map((session) => (
        <tr key={session.id}>
          <Td className="min-w-36">
            {session.browser || 'Unknown'} {session.isThis && <Badge tone="accent">this one</Badge>}
          </Td>
          <Td className="text-ink-soft font-mono text-xs">{session.address || 'unknown'}</Td>
          <Td className="text-ink-soft">
            <TimeText at={session.createdAt} />
          </Td>
          <Td className="text-ink-soft">
            <TimeText at={session.lastSeenAt} />
          </Td>
          <Td className="w-px text-right">
            {!session.isThis && (
              <Button
                size="sm"
                aria-label={`Sign out ${session.browser || 'the unknown browser'} at ${session.address || 'an unknown address'}`}
                onClick={() => onEnd(session.id)}
              >
                Sign out
              </Button>
            )}
          </Td>
        </tr>
      ))}
    </Table>
  );
}
