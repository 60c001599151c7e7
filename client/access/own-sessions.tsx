import { useMutation } from '@tanstack/react-query';
import { call, useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Table, Td, Th } from '../shell/table.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';

/** Where the visitor is signed in, with a way to end what is not theirs any more. */
export function OwnSessions() {
  const sessions = useRoute('listSessions', {});
  const refresh = async () => queryClient.invalidateQueries({ queryKey: ['listSessions'] });
  const end = useMutation({
    mutationFn: async (id: string) => call('endSession', { params: { id } }),
    onSettled: refresh,
  });
  const endOthers = useMutation({
    mutationFn: async () => call('endOtherSessions'),
    onSuccess: () => toast({ text: 'You are signed out everywhere but here.', tone: 'good' }),
    onSettled: refresh,
  });
  const hasOthers = (sessions.data?.items.length ?? 0) > 1;
  return (
    <>
      <Loaded query={sessions} rows={2}>
        {({ items }) => (
          <Panel>
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
              {items.map((session) => (
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
                        onClick={() => end.mutate(session.id)}
                      >
                        Sign out
                      </Button>
                    )}
                  </Td>
                </tr>
              ))}
            </Table>
          </Panel>
        )}
      </Loaded>
      <Button
        className="self-start"
        isBusy={endOthers.isPending}
        whyNot={hasOthers ? undefined : 'You are signed in nowhere else.'}
        onClick={() => endOthers.mutate()}
      >
        Sign out everywhere else
      </Button>
    </>
  );
}
