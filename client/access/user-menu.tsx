import { useMutation } from '@tanstack/react-query';
import { Ellipsis, KeyRound, LockOpen, LogOut, MonitorSmartphone, PenLine, Trash2 } from 'lucide-react';
import type { UserView } from '../../shared/api/users.ts';
import { call } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';

export type Asking = 'edit' | 'reset' | 'sessions' | 'delete';

/** What an administrator can do about a person. What can't be taken back is asked for first. */
export function UserMenu({ user, isSelf, onAsk }: { user: UserView; isSelf: boolean; onAsk: (what: Asking) => void }) {
  const refresh = async () => queryClient.invalidateQueries({ queryKey: ['listUsers'] });
  const unlock = useMutation({
    mutationFn: async () => call('unlockUser', { params: { id: user.id } }),
    onSuccess: async () => {
      await refresh();
      toast({ text: `${user.name} can try again at once.`, tone: 'good' });
    },
  });
  const signOut = useMutation({
    mutationFn: async () => call('endUserSessions', { params: { id: user.id } }),
    onSuccess: async () => {
      await refresh();
      toast({ text: `${user.name} is signed out everywhere.`, tone: 'good' });
    },
  });
  const isHeldUp = user.isLocked || user.lockedUntil !== null;
  return (
    <Menu
      trigger={<IconButton label={`Actions for ${user.name}`} icon={<Ellipsis size={16} aria-hidden />} size="sm" tooltipSide="left" />}
      items={[
        { label: 'Edit…', icon: <PenLine size={14} aria-hidden />, onSelect: () => onAsk('edit') },
        ...(isHeldUp ? [{ label: 'Unlock', icon: <LockOpen size={14} aria-hidden />, onSelect: () => unlock.mutate() }] : []),
        {
          label: user.isInvited ? 'New link…' : 'Reset password…',
          icon: <KeyRound size={14} aria-hidden />,
          whyNot: isSelf ? 'Change your own password on your account page.' : undefined,
          onSelect: () => onAsk('reset'),
        },
        {
          label: 'Sessions…',
          icon: <MonitorSmartphone size={14} aria-hidden />,
          whyNot: user.sessions === 0 ? 'Not signed in anywhere.' : undefined,
          onSelect: () => onAsk('sessions'),
        },
        {
          label: 'Sign out everywhere',
          icon: <LogOut size={14} aria-hidden />,
          whyNot: isSelf ? 'End your own sessions on your account page.' : user.sessions === 0 ? 'Not signed in anywhere.' : undefined,
          onSelect: () => signOut.mutate(),
        },
        {
          label: 'Delete…',
          icon: <Trash2 size={14} aria-hidden />,
          startsGroup: true,
          isDanger: true,
          whyNot: isSelf ? 'Another administrator can delete your account.' : undefined,
          onSelect: () => onAsk('delete'),
        },
      ]}
    />
  );
}
