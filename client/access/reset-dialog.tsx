import { useMutation } from '@tanstack/react-query';
import type { UserView } from '../../shared/api/users.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { LinkShown } from './link-shown.tsx';

/** Asks, then shows the link by which the person chooses another password. */
export function ResetDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const reset = useMutation({
    mutationFn: async () => call('resetUser', { params: { id: user.id } }),
    meta: { isShown: true },
    onSuccess: async () => queryClient.invalidateQueries({ queryKey: ['listUsers'] }),
  });
  const made = reset.data;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={made ? 'Send this link now' : user.isInvited ? `New link for ${user.name}?` : `Reset the password of ${user.name}?`}
      description={made ? 'It is shown this one time only.' : undefined}
      footer={
        made ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" isBusy={reset.isPending} onClick={() => reset.mutate()}>
              Make the link
            </Button>
          </>
        )
      }
    >
      {made ? (
        <LinkShown link={made.link} until={made.until} name={user.name} />
      ) : (
        <p className="text-ink-soft mb-3">
          {user.isInvited
            ? 'The link there was stops working.'
            : 'The present password and all sessions end at once. API tokens go on. You get a link to send, by which another password is chosen.'}
        </p>
      )}
      <FormError error={reset.error} />
    </Dialog>
  );
}
