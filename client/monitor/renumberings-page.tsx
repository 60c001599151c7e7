import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ListOrdered } from 'lucide-react';
import { useState } from 'react';
import type { HeldDecision, RenumberingView } from '../../shared/api/renumberings.ts';
import { call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';

/** Mailboxes that were numbered anew, and the mails among them that somebody has to decide on. */
export function RenumberingsPage() {
  const renumberings = useRoute('listRenumberings', {});
  const [deciding, setDeciding] = useState<Deciding>();
  return (
    <Page
      title="Renumberings"
      intro="When a mail server numbers its mails anew, Mailroom recognises them by their content. Mails that only look like ones taken before are held until somebody decides."
    >
      <Loaded query={renumberings}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<ListOrdered size={24} aria-hidden />}
              title="No mailbox was numbered anew."
              text="It happens after a server was restored or moved, or when a channel reads another mailbox."
            />
          ) : (
            <Panel label="Renumberings">
              <ul className="divide-line divide-y">
                {items.map((renumbering) => (
                  <Renumbering
                    key={`${renumbering.id} ${renumbering.mailbox} ${renumbering.numbering}`}
                    renumbering={renumbering}
                    onDecide={(decision) => setDeciding({ renumbering, decision })}
                  />
                ))}
              </ul>
            </Panel>
          )
        }
      </Loaded>
      {deciding && <DecisionDialog {...deciding} onClose={() => setDeciding(undefined)} />}
    </Page>
  );
}

interface Deciding {
  renumbering: RenumberingView;
  decision: HeldDecision;
}

function Renumbering({ renumbering, onDecide }: { renumbering: RenumberingView; onDecide: (decision: HeldDecision) => void }) {
  const { flowId, flowName, channelName, mailbox, numbering, previous, at, recognised, taken, held, heldMails } = renumbering;
  const mayDecide = useMay('operate');
  const isOtherMailbox = previous !== null && previous.mailbox !== mailbox;
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-medium break-words">
          <Link to="/monitor/content/$flowId" params={{ flowId }} className="hover:underline">
            {flowName}
          </Link>
          <span className="text-ink-soft font-normal"> · {channelName}</span>
        </p>
        <p className="text-ink-soft break-words">
          {isOtherMailbox ? `The channel reads ${mailbox} instead of ${previous.mailbox}` : `${mailbox} was numbered anew`}{' '}
          <TimeText at={at} />
          <span className="text-ink-faint tabular text-xs">
            {' '}
            · numbering {previous && !isOtherMailbox && `${previous.numbering} → `}
            {numbering}
          </span>
        </p>
        <p className="tabular mt-1">
          {count(recognised)} recognised, {count(taken)} taken as new,{' '}
          <span className={classNames(held > 0 && 'text-warn font-medium')}>{count(held)} held</span>
        </p>
        {held > 0 && (
          <ul className="text-ink-soft mt-1.5 flex flex-col gap-0.5">
            {heldMails.map(({ id, subject, from }) => (
              <li key={id} className="break-words">
                <bdi>{subject || '(no subject)'}</bdi> <span className="text-ink-faint text-xs">{from}</span>
              </li>
            ))}
            {held > heldMails.length && <li className="text-ink-faint">and {count(held - heldMails.length)} more</li>}
          </ul>
        )}
      </div>
      {held > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <Button disabled={!mayDecide} onClick={() => onDecide('same')}>
            They are the same…
          </Button>
          <Button disabled={!mayDecide} onClick={() => onDecide('new')}>
            All are new…
          </Button>
          <Link to="/monitor/quarantine" className="text-accent underline underline-offset-2">
            One by one
          </Link>
        </div>
      )}
    </li>
  );
}

/** Neither can be undone: a mail that was run again has reached its receivers, and one that was left out is forgotten. */
function DecisionDialog({ renumbering, decision, onClose }: Deciding & { onClose: () => void }) {
  const { id, channelName, held } = renumbering;
  const settle = useMutation({
    mutationFn: async () => call('settleHeld', { params: { id }, body: { decision } }),
    onSuccess: ({ settled, missed, left }) => {
      toast({ text: settledText(decision, settled, missed, left) });
      onClose();
    },
    onSettled: async () => {
      for (const name of ['listRenumberings', 'listQuarantine', 'whyNothing', 'getOverview'])
        await queryClient.invalidateQueries({ queryKey: [name] });
    },
  });
  const mails = held === 1 ? 'the held mail' : `all ${count(held)} held mails`;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={decision === 'same' ? 'They are the same?' : 'All are new?'}
      description={
        decision === 'same'
          ? `Leaves out ${mails} of ${channelName} for good, as processed before. They stay on the mail server, and no receiver gets them again.`
          : `Runs ${mails} of ${channelName} through the flow. Receivers that got them before get them once more.`
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isBusy={settle.isPending} onClick={() => settle.mutate()}>
            {decision === 'same' ? 'Leave them out' : 'Run them'}
          </Button>
        </>
      }
    >
      {null}
    </Dialog>
  );
}

function settledText(decision: HeldDecision, settled: number, missed: number, left: number): string {
  const mails = settled === 1 ? '1 mail' : `${count(settled)} mails`;
  const done = decision === 'same' ? `${mails} left out` : `${mails} run`;
  return [
    `${done}.`,
    missed > 0 && `${count(missed)} could not be: somebody was faster, or the flow is gone.`,
    left > 0 && `${count(left)} are still held: decide once more.`,
  ]
    .filter((part) => part !== false)
    .join(' ');
}

function count(number: number): string {
  return number.toLocaleString();
}
