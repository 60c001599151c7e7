import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { LockView } from '../../shared/api/locks.ts';
import { asApiError, call } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { toast } from '../ui/toast.tsx';

const readAgain = async () =>
  Promise.all(['listLocks', 'listLockReleases'].map(async (name) => queryClient.invalidateQueries({ queryKey: [name] })));

/** Takes a lock away from its worker; says before what that does, and asks why. */
export function ReleaseLockDialog({ lock, onClose }: { lock: LockView | undefined; onClose: () => void }) {
  return (
    <Dialog isOpen={lock !== undefined} onClose={onClose} title="Release this lock?" size="md">
      {lock && <ReleaseForm key={lock.token} lock={lock} onClose={onClose} />}
    </Dialog>
  );
}

function ReleaseForm({ lock, onClose }: { lock: LockView; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [isAsked, setAsked] = useState(false);
  const release = useMutation({
    mutationFn: async () => call('releaseLock', { params: { token: lock.token }, body: { reason: reason.trim() } }),
    onSuccess: () => {
      toast({ text: 'The lock was released.' });
      onClose();
    },
    onSettled: readAgain,
  });
  const isMissing = reason.trim() === '';
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (!isMissing) release.mutate();
      }}
    >
      <div className="text-ink-soft flex flex-col gap-2">
        <p>
          {lock.channel ? `${lock.channel.flowName}, ${lock.channel.name}: ` : ''}
          <span className="text-ink font-mono text-xs break-all">{lock.key}</span>
        </p>
        <p>
          The worker <span className="text-ink">{lock.holder}</span> ends its poll within seconds, and nothing it still writes is taken.
          What it had taken in stays. Then the next poll takes the mailbox, on this worker or another.
        </p>
        <p>A worker that has died loses its locks by itself after 10 s. Release one only if a poll hangs or the mailbox has to be free.</p>
      </div>
      <Field
        label="Reason"
        help="Is kept with your name, and shown in the poll that ends."
        isRequired
        {...(isAsked && isMissing ? { error: 'Say why you release it.' } : {})}
      >
        {(ids) => <TextArea {...ids} value={reason} onChange={setReason} maxLength={500} rows={2} />}
      </Field>
      {release.error && <ReleaseError error={release.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button type="button" onClick={onClose}>
          Keep
        </Button>
        <Button type="submit" variant="danger" isBusy={release.isPending}>
          Release
        </Button>
      </div>
    </form>
  );
}

function ReleaseError({ error }: { error: unknown }) {
  const { message, remedy } = asApiError(error);
  return (
    <p role="alert" className="text-bad">
      {message} {remedy}
    </p>
  );
}
