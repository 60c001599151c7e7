import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { MailOpen, RotateCcw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ChannelView } from '../../shared/api/flows.ts';
import type { MessageSummary } from '../../shared/api/messages.ts';
import { call, useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Dialog } from '../ui/dialog.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';
import { readElsewhereText, unreadAgainText } from './poll-words.ts';

/** What a person may decide about the mails of a channel; nothing where there is nothing to decide. */
export function ChannelOffers({
  channel: { id, offers },
  flowId,
  flowName,
  className,
}: {
  channel: Pick<ChannelView, 'id' | 'offers'>;
  flowId: string;
  /** Named where the offers stand apart from their flow. */
  flowName?: string;
  className?: string;
}) {
  const [isChoosing, setChoosing] = useState(false);
  const { readElsewhere, unreadAgain } = offers;
  const of = flowName === undefined ? '' : `${flowName}: `;
  const take = useMutation({
    mutationFn: async () => call('takeRead', { params: { id } }),
    onSuccess: ({ count }) => toast({ text: count === 1 ? 'The mail is taken in now.' : `${count} mails are taken in now.` }),
    onSettled: async () => queryClient.invalidateQueries({ queryKey: ['listDeployments'] }),
  });
  const whyNot = useWhyNot('operate');
  return (
    <>
      {(readElsewhere > 0 || unreadAgain > 0) && (
        <ul className={classNames('flex flex-col gap-1.5', className)}>
          {readElsewhere > 0 && (
            <Offer
              icon={<MailOpen size={15} aria-hidden />}
              text={`${of}${readElsewhereText(readElsewhere)} before a poll took ${readElsewhere === 1 ? 'it' : 'them'}.`}
            >
              <Button size="sm" whyNot={whyNot} isBusy={take.isPending} onClick={() => take.mutate()}>
                Take anyway
              </Button>
            </Offer>
          )}
          {unreadAgain > 0 && (
            <Offer
              icon={<RotateCcw size={15} aria-hidden />}
              text={`${of}${unreadAgainText(unreadAgain)} after ${unreadAgain === 1 ? 'it was' : 'they were'} done.`}
            >
              <Button size="sm" whyNot={whyNot} onClick={() => setChoosing(true)}>
                Process again…
              </Button>
            </Offer>
          )}
        </ul>
      )}
      <ProcessAgainDialog flowId={flowId} isOpen={isChoosing} onClose={() => setChoosing(false)} />
    </>
  );
}

function Offer({ icon, text, children }: { icon: ReactNode; text: string; children: ReactNode }) {
  return (
    <li className="bg-sunken flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-md px-2.5 py-1.5">
      <span className="text-info shrink-0">{icon}</span>
      <span className="min-w-40 flex-1 whitespace-normal">{text}</span>
      {children}
    </li>
  );
}

/** The mails of a flow that were marked unread again; each is processed again by itself. */
function ProcessAgainDialog({ flowId, isOpen, onClose }: { flowId: string; isOpen: boolean; onClose: () => void }) {
  const messages = useRoute('listMessages', { query: { flowId, unreadAgain: 'true', limit: 100 } }, { isEnabled: isOpen });
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Process again"
      description="These mails were marked unread on the mail server after they were done. Each one you choose becomes a new message, so its receivers get it once more."
      footer={<Button onClick={onClose}>Done</Button>}
    >
      <Loaded query={messages} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-ink-soft">Nothing is left to decide.</p>
          ) : (
            <ul className="divide-line -mx-1 divide-y">
              {items.map((message) => (
                <UnreadAgain key={message.id} message={message} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}

function UnreadAgain({ message }: { message: MessageSummary }) {
  const again = useProcessAgain(message.id);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-1 py-2">
      <div className="min-w-0 flex-1 basis-48">
        <Link to="/monitor/messages/$messageId" params={{ messageId: message.id }} className="block truncate font-medium hover:underline">
          {message.subject || '(no subject)'}
        </Link>
        <p className="text-ink-faint truncate text-xs">
          {message.from} · <TimeText at={message.receivedAt} />
        </p>
      </div>
      <Button size="sm" isBusy={again.isPending} onClick={() => again.mutate()}>
        Process again
      </Button>
    </li>
  );
}

/** Makes a new message of a mail that was marked unread again. */
export function useProcessAgain(messageId: string) {
  return useMutation({
    mutationFn: async () => call('processAgain', { params: { id: messageId } }),
    onSuccess: ({ subject }) => toast({ text: `‘${subject || '(no subject)'}’ is processed again.` }),
    onSettled: async () => {
      for (const name of ['listMessages', 'getMessage', 'listDeployments']) await queryClient.invalidateQueries({ queryKey: [name] });
    },
  });
}
