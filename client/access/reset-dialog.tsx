import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { UserView } from '../../shared/api/users.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { LinkShown } from './link-shown.tsx';

/** Asks, then shows the link by which the person chooses another password. */
export function ResetDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const [revokesTokens, setRevokesTokens] = useState(true);
  const reset = useMutation({
    mutationFn: async () => call('resetUser', { params: { id: user.id }, body: { revokesTokens } }),
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
        <>
          <p className="text-ink-soft mb-3">
            {user.isInvited
              ? 'The link there was stops working.'
              : 'The present password and all sessions end at once. You get a link to send, by which another password is chosen.'}
          </p>
          {user.tokens > 0 && (
            <label className="mb-3 flex min-h-6 cursor-pointer items-center gap-3">
              <input
                type="checkbox"
                checked={revokesTokens}
                onChange={({ target }) => setRevokesTokens(target.checked)}
                className="accent-accent size-4"
              />
              {user.tokens === 1 ? 'Revoke the API token, too' : `Revoke the ${user.tokens} API tokens, too`}
            </label>
          )}
        </>
      )}
      <FormError error={reset.error} />
    </Dialog>
  );
}
