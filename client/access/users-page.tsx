import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { UserView } from '../../shared/api/users.ts';
import { roleTable } from '../../shared/roles.ts';
import { useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { DeleteUserDialog } from './delete-user-dialog.tsx';
import { EditUserDialog } from './edit-user-dialog.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { ResetDialog } from './reset-dialog.tsx';
import { UserMenu, type Asking } from './user-menu.tsx';
import { UserSessionsDialog } from './user-sessions-dialog.tsx';
import { UserState } from './user-state.tsx';

/** Who may sign in, and as what. */
export function UsersPage() {
  const session = useRoute('getSession', {});
  const users = useRoute('listUsers', {});
  const [isInviting, setIsInviting] = useState(false);
  const [asked, setAsked] = useState<{ what: Asking; user: UserView }>();
  const ownId = session.data?.user?.id;
  const close = () => setAsked(undefined);
  return (
    <Page
      title="Users"
      intro="People who may sign in. A change of a role counts with their next click, in windows that are open, too."
      actions={
        <Button variant="primary" icon={<UserPlus size={16} aria-hidden />} onClick={() => setIsInviting(true)}>
          Invite a person
        </Button>
      }
    >
      <Loaded query={users}>
        {({ items }) => (
          <Panel>
            <Table
              label="Users"
              head={
                <>
                  <Th className="w-full">Name</Th>
                  <Th>Role</Th>
                  <Th>State</Th>
                  <Th>Last sign-in</Th>
                  <Th className="text-right">Sessions</Th>
                  <Th className="text-right">API tokens</Th>
                  <Th>
                    <span className="sr-only">Actions</span>
                  </Th>
                </>
              }
            >
              {items.map((user) => (
                <tr key={user.id}>
                  <Td className="max-w-72 min-w-44">
                    <span className="block truncate font-medium">
                      {user.name} {user.id === ownId && <span className="text-ink-faint font-normal">(you)</span>}
                    </span>
                    <span className="text-ink-faint block truncate text-xs" title={user.email}>
                      {user.email}
                    </span>
                  </Td>
                  <Td>{roleTable[user.role].title}</Td>
                  <Td>
                    <UserState user={user} />
                  </Td>
                  <Td className="text-ink-soft">{user.lastSignInAt ? <TimeText at={user.lastSignInAt} /> : 'never'}</Td>
                  <Td className="tabular text-right">{user.sessions}</Td>
                  <Td className="tabular text-right">{user.tokens}</Td>
                  <Td className="w-px text-right">
                    <UserMenu user={user} isSelf={user.id === ownId} onAsk={(what) => setAsked({ what, user })} />
                  </Td>
                </tr>
              ))}
            </Table>
          </Panel>
        )}
      </Loaded>
      <InviteDialog isOpen={isInviting} onClose={() => setIsInviting(false)} />
      {asked?.what === 'edit' && <EditUserDialog user={asked.user} isSelf={asked.user.id === ownId} onClose={close} />}
      {asked?.what === 'reset' && <ResetDialog user={asked.user} onClose={close} />}
      {asked?.what === 'sessions' && <UserSessionsDialog user={asked.user} onClose={close} />}
      {asked?.what === 'delete' && <DeleteUserDialog user={asked.user} onClose={close} />}
    </Page>
  );
}
