import { useMutation } from '@tanstack/react-query';
import type { UserView } from '../../shared/api/users.ts';
import { call, useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SessionsTable } from './sessions-table.tsx';

/** Where a person is signed in; an administrator ends what should not be. */
export function UserSessionsDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const sessions = useRoute('listUserSessions', { params: { id: user.id } });
  const end = useMutation({
    mutationFn: async (sessionId: string) => call('endUserSession', { params: { id: user.id, sessionId } }),
    onSettled: async () =>
      Promise.all(['listUserSessions', 'listUsers'].map(async (name) => queryClient.invalidateQueries({ queryKey: [name] }))),
  });
  return (
    <Dialog isOpen onClose={onClose} title={`Sessions of ${user.name}`} size="lg" footer={<Button onClick={onClose}>Close</Button>}>
      <Loaded query={sessions} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-ink-soft">{user.name} is not signed in anywhere.</p>
          ) : (
            <SessionsTable sessions={items} onEnd={(id) => end.mutate(id)} />
          )
        }
      </Loaded>
    </Dialog>
  );
}
