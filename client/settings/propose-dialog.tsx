import { useState } from 'react';
import type { FlowNode } from '../../shared/flow.ts';
import type { MailProposal } from '../../shared/mail-proposal.ts';
import { setFields } from '../editor/document.ts';
import { useEditorStore } from '../editor/store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { rememberUser } from './proposed-users.ts';
import { SettingsFinder, valuesOf } from './settings-finder.tsx';

/** Finds the settings of a channel by an e-mail address. Using them is one step of undo. */
export function ProposeDialog({ node, isOpen, onClose }: { node: FlowNode; isOpen: boolean; onClose: () => void }) {
  const store = useEditorStore();
  const [chosen, setChosen] = useState<MailProposal>();
  const close = () => {
    setChosen(undefined);
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title="Settings from an e-mail address"
      description="Nothing is changed before you use one of them."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            variant="primary"
            disabled={!chosen}
            onClick={() => {
              if (!chosen) return;
              store.getState().change('Use proposed settings', (document) => setFields(document, node.id, valuesOf(chosen)));
              rememberUser(chosen.address, chosen.user);
              close();
            }}
          >
            Use these settings
          </Button>
        </>
      }
    >
      <SettingsFinder
        type={node.type}
        help="Of the mailbox that is to be read. Only its domain is looked up; the address itself goes nowhere."
        chosen={chosen}
        onChoose={setChosen}
      />
    </Dialog>
  );
}
