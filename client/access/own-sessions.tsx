import { useMutation } from '@tanstack/react-query';
import { call, useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { toast } from '../ui/toast.tsx';
import { SessionsTable } from './sessions-table.tsx';

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
            <SessionsTable sessions={items} onEnd={(id) => end.mutate(id)} />
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
