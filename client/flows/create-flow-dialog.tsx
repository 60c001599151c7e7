import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** Asks for a name and creates an empty flow. */
export function CreateFlowDialog({
  isOpen,
  onClose,
  onCreated,
}: {
  isOpen: boolean;
  onClose: () => void;
  onCreated: (flowId: string) => void;
}) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="New flow"
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="create-flow" variant="primary">
            Create
          </Button>
        </>
      }
    >
      <CreateFlowForm
        onCreated={(flowId) => {
          onClose();
          onCreated(flowId);
        }}
      />
    </Dialog>
  );
}

function CreateFlowForm({ onCreated }: { onCreated: (flowId: string) => void }) {
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: async () => call('createFlow', { body: { name } }),
    meta: { isShown: true },
    onSuccess: async (flow) => {
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      onCreated(flow.id);
    },
  });
  return (
    <form
      id="create-flow"
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isPending) create.mutate();
      }}
    >
      <Field label="Name" error={create.error ? asApiError(create.error).problemOf('name') : undefined}>
        {(ids) => (
          <TextInput
            {...ids}
            value={name}
            onChange={setName}
            required
            maxLength={200}
            placeholder="Invoices to folder"
            autoComplete="off"
          />
        )}
      </Field>
      <FormError error={create.error} />
    </form>
  );
}
