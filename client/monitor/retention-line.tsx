import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Retention } from '../../shared/retention.ts';
import { asApiError, call, useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { retentionText } from './retention-text.ts';

/** How long messages are kept, and the way to change it. */
export function RetentionLine() {
  const retention = useRoute('getRetention', {});
  const [isOpen, setIsOpen] = useState(false);
  const whyNot = useWhyNot('administer');
  if (!retention.data) return null;
  return (
    <p className="border-line text-ink-soft flex flex-wrap items-center gap-x-2 gap-y-1 border-t px-4 py-2 text-xs">
      {retentionText(retention.data)}
      <Button size="sm" variant="ghost" className="-mx-2" whyNot={whyNot} onClick={() => setIsOpen(true)}>
        Change retention
      </Button>
      {isOpen && <RetentionDialog now={retention.data} onClose={() => setIsOpen(false)} />}
    </p>
  );
}

function RetentionDialog({ now, onClose }: { now: Retention; onClose: () => void }) {
  const [endedDays, setEndedDays] = useState(now.endedDays ?? undefined);
  const [failedDays, setFailedDays] = useState(now.failedDays ?? undefined);
  const save = useMutation({
    mutationFn: async () => call('setRetention', { body: { endedDays: endedDays ?? null, failedDays: failedDays ?? null } }),
    meta: { isShown: true },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['getRetention'] });
      onClose();
    },
  });
  const problemOf = (field: string) => (save.error ? asApiError(save.error).problemOf(field) : undefined);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Retention"
      description="Older messages are removed from the log, together with their mails here. Nothing changes on the mail servers."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="retention" variant="primary" isBusy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="retention"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field
          label="Ended messages"
          unit="days"
          help="After their end: completed, escalated, discarded, cancelled and abandoned ones. Empty keeps them for good."
          error={problemOf('endedDays')}
        >
          {(ids) => <NumberInput {...ids} min={1} max={36_500} value={endedDays} onChange={setEndedDays} placeholder="for good" />}
        </Field>
        <Field
          label="Failed messages"
          unit="days"
          help="After their last attempt; until then they can be retried. Empty keeps them for good."
          error={problemOf('failedDays')}
        >
          {(ids) => <NumberInput {...ids} min={1} max={36_500} value={failedDays} onChange={setFailedDays} placeholder="for good" />}
        </Field>
        <p className="text-ink-soft text-xs">
          Kept in any case: messages that are under way, mails in quarantine, and messages whose mail server still has to be told something.
        </p>
        <FormError error={save.error} />
      </form>
    </Dialog>
  );
}
