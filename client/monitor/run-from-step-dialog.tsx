import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunStepView } from '../../shared/api/messages.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { toast } from '../ui/toast.tsx';

/** Asks how a message is run again from one of its steps on, and does it. */
export function RunFromStepDialog({
  messageId,
  step,
  isOpen,
  onClose,
}: {
  messageId: string;
  step: Pick<RunStepView, 'nodeId' | 'name'>;
  isOpen: boolean;
  onClose: () => void;
}) {
  const [version, setVersion] = useState<'same' | 'newest'>('same');
  const run = useMutation({
    mutationFn: async () => call('retryMessage', { params: { id: messageId }, body: { from: 'step', nodeId: step.nodeId, version } }),
    meta: { isShown: true },
    onSuccess: () => {
      toast({ text: `The message runs again from ${step.name}.`, tone: 'good' });
      onClose();
    },
    onSettled: async () => queryClient.invalidateQueries({ queryKey: ['getMessage', { params: { id: messageId } }] }),
  });
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Run again from ${step.name}?`}
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button variant="primary" isBusy={run.isPending} onClick={() => run.mutate()}>
            Run again
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-ink-soft">
          The receivers from this step on get the message once more, under a new Idempotency-Key. Elsewhere, receivers that have it are not
          called again.
        </p>
        <Field
          label="Version"
          help={
            version === 'same'
              ? 'The drawing as it was when the message came, or was last run.'
              : 'The drawing that is deployed now. It must have this step.'
          }
        >
          {(ids, labelId) => (
            <RadioGroup
              aria-labelledby={labelId}
              aria-describedby={ids['aria-describedby']}
              value={version}
              options={{ same: 'The one it ran with', newest: 'The newest' }}
              onChange={setVersion}
            />
          )}
        </Field>
        <FormError error={run.error} />
      </div>
    </Dialog>
  );
}
