import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { FlowDocument } from '../../shared/flow.ts';
import type { MailProposal } from '../../shared/mail-proposal.ts';
import { asApiError, call } from '../api.ts';
import { rememberUser } from '../settings/proposed-users.ts';
import { SettingsFinder, valuesOf } from '../settings/settings-finder.tsx';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

export interface CreateFlowDialogProps {
  /** `mailbox`: the flow begins with a Mail sender, whose settings are proposed from an e-mail address. Undefined: closed. */
  kind: 'flow' | 'mailbox' | undefined;
  onClose: () => void;
  /** Also called with the node that should be filled in next. */
  onCreated: (flowId: string, nodeId?: string) => void;
}

/** Asks for a name and creates a flow. */
export function CreateFlowDialog({ kind, onClose, onCreated }: CreateFlowDialogProps) {
  return (
    <Dialog
      isOpen={kind !== undefined}
      onClose={onClose}
      title={kind === 'mailbox' ? 'My mailbox' : 'New flow'}
      size={kind === 'mailbox' ? 'md' : 'sm'}
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
        hasMailbox={kind === 'mailbox'}
        onCreated={(flowId, nodeId) => {
          onClose();
          onCreated(flowId, nodeId);
        }}
      />
    </Dialog>
  );
}

function CreateFlowForm({ hasMailbox, onCreated }: { hasMailbox: boolean; onCreated: CreateFlowDialogProps['onCreated'] }) {
  const [name, setName] = useState('');
  const [proposal, setProposal] = useState<MailProposal>();
  const create = useMutation({
    mutationFn: async () => call('createFlow', { body: { name, ...(proposal ? { draft: mailboxFlow(proposal) } : {}) } }),
    meta: { isShown: true },
    onSuccess: async (flow) => {
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      if (proposal) rememberUser(proposal.address, proposal.user);
      onCreated(flow.id, flow.draft.nodes[0]?.id);
    },
  });
  return (
    <form
      id="create-flow"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isPending) create.mutate();
      }}
    >
      {hasMailbox && (
        <SettingsFinder
          type="mail-sender"
          help="Its settings are looked for by its domain; the address itself goes nowhere. Leave it empty to type the settings later."
          chosen={proposal}
          onChoose={setProposal}
        />
      )}
      <Field
        label="Name"
        help={hasMailbox ? 'Of the flow that reads the mailbox.' : undefined}
        error={create.error ? asApiError(create.error).problemOf('name') : undefined}
      >
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

function mailboxFlow(proposal: MailProposal): FlowDocument {
  return { nodes: [{ id: 'mail', type: 'mail-sender', position: { x: 80, y: 160 }, config: valuesOf(proposal) }], edges: [] };
}
