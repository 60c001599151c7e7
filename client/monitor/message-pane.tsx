import { useMutation } from '@tanstack/react-query';
import { useNavigate, useRouterState, useSearch } from '@tanstack/react-router';
import { Ban, Download, RotateCcw, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { MessageView } from '../../shared/api/messages.ts';
import { plainText } from '../../shared/plain-text.ts';
import { apiPath, call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { queryClient } from '../shell/query-client.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { ForeignText } from '../ui/foreign-text.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Tabs, type Tab } from '../ui/tabs.tsx';
import { toast } from '../ui/toast.tsx';
import { ErrorText } from './error-text.tsx';
import { useProcessAgain } from './channel-offers.tsx';
import { asItEnded } from './as-it-ended.ts';
import { AttachmentsTab } from './attachments-tab.tsx';
import { ContentTab } from './content-tab.tsx';
import { LogTab } from './log-tab.tsx';
import { MessageOverviewTab } from './message-overview-tab.tsx';
import { MessageStatusBadge } from './message-status.tsx';
import { RawTab } from './raw-tab.tsx';
import { RunAgainDialog } from './several-dialog.tsx';
import { StepsTab } from './steps-tab.tsx';

/** One message beside the list, under its own address. Escape goes back to the list. */
export function MessagePane({ messageId }: { messageId: string }) {
  const message = useRoute('getMessage', { params: { id: messageId } });
  const filters = useSearch({ from: '/inside/monitor/messages' });
  const navigate = useNavigate();
  const pane = useRef<HTMLElement>(null);
  const close = () => void navigate({ to: '/monitor/messages', search: filters });
  useEffect(() => pane.current?.focus({ preventScroll: true }), []);
  return (
    // Escape closes it wherever the focus is inside.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={pane}
      aria-label="Message"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) close();
      }}
      className="border-line bg-surface flex w-full min-w-0 shrink-0 flex-col outline-none lg:w-[min(40rem,52%)] lg:border-l"
    >
      <div className="flex shrink-0 items-center justify-end px-2 pt-2">
        <span className="text-ink-faint min-w-0 flex-1 truncate px-2 font-mono text-xs">{messageId}</span>
        <IconButton label="Close" icon={<X size={16} aria-hidden />} size="sm" onClick={close} tooltipSide="left" />
      </div>
      <Loaded query={message} rows={8}>
        {(loaded) => <LoadedMessage message={loaded} />}
      </Loaded>
    </aside>
  );
}

const tabNames = ['overview', 'steps', 'log', 'message', 'attachments', 'raw'] as const;
type TabName = (typeof tabNames)[number];
const contentTabNames: ReadonlySet<TabName> = new Set(['message', 'attachments', 'raw']);

function LoadedMessage({ message }: { message: MessageView }) {
  // A link may lead to one of its parts.
  const wanted = useRouterState({ select: (state) => state.location.hash });
  const [tab, setTab] = useState<TabName>(() => tabNames.find((name) => name === wanted) ?? 'overview');
  usePageTitle(plainText(message.subject) || 'Message');
  const maySeeContent = useMay('payload');
  const shown = !maySeeContent && contentTabNames.has(tab) ? 'overview' : tab;
  return (
    <>
      <header className="flex shrink-0 flex-col gap-3 px-4 pb-3">
        <div>
          <h2 className="line-clamp-4 text-lg font-semibold break-words" title={plainText(message.subject)}>
            {message.subject ? <ForeignText text={message.subject} /> : '(no subject)'}
          </h2>
          <p className="text-ink-soft break-words">
            <ForeignText text={message.from} />
            {message.to && (
              <>
                {' → '}
                <ForeignText text={message.to} />
              </>
            )}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <MessageStatusBadge status={message.status} isHeld={message.isHeld} />
          <Actions message={message} />
        </div>
        {message.error && <ErrorText error={asItEnded(message.error, message)} className="bg-bad-soft rounded-md px-3 py-2" />}
      </header>
      <Tabs
        value={shown}
        onChange={setTab}
        label="Parts of the message"
        className="flex-1"
        panelClassName="overflow-auto"
        tabs={[
          { value: 'overview', label: 'Overview', panel: <MessageOverviewTab message={message} /> },
          { value: 'steps', label: `Steps (${message.steps.length})`, panel: <StepsTab message={message} /> },
          { value: 'log', label: 'Log', panel: <LogTab message={message} /> },
          ...(maySeeContent ? contentTabs(message) : []),
        ]}
      />
    </>
  );
}

/** What the mail holds: not for everybody. */
function contentTabs(message: MessageView): Tab<TabName>[] {
  return [
    { value: 'message', label: 'Message', panel: <ContentTab messageId={message.id} /> },
    { value: 'attachments', label: 'Attachments', panel: <AttachmentsTab messageId={message.id} /> },
    { value: 'raw', label: 'Raw mail', panel: <RawTab key={message.id} message={message} /> },
  ];
}

function Actions({ message }: { message: MessageView }) {
  const params = { id: message.id };
  const mayOperate = useMay('operate');
  const maySeeContent = useMay('payload');
  const readAgain = async () => {
    await queryClient.invalidateQueries({ queryKey: ['getMessage', { params }] });
    await queryClient.invalidateQueries({ queryKey: ['listMessages'] });
  };
  const [isAsked, setIsAsked] = useState(false);
  const isFailed = message.status === 'FAILED' || message.status === 'CANCELLED';
  const cancel = useMutation({
    mutationFn: async () => call('cancelMessage', { params }),
    onSuccess: () => toast({ text: 'The message was cancelled.' }),
    onSettled: readAgain,
  });
  const again = useProcessAgain(message.id);
  return (
    <div className="ml-auto flex flex-wrap gap-2">
      {mayOperate && message.isUnreadAgain && (
        <Button size="sm" icon={<RotateCcw size={13} aria-hidden />} isBusy={again.isPending} onClick={() => again.mutate()}>
          Process again
        </Button>
      )}
      {mayOperate && message.endedAt !== null && message.status !== 'ABANDONED' && (
        <Button size="sm" icon={<RotateCcw size={13} aria-hidden />} onClick={() => setIsAsked(true)}>
          Run again…
        </Button>
      )}
      <RunAgainDialog
        key={String(isFailed)}
        several={isAsked ? { ids: [message.id] } : undefined}
        isFailed={isFailed}
        onClose={() => setIsAsked(false)}
      />
      {mayOperate && (message.status === 'RETRY' || message.status === 'PROCESSING') && (
        <Button size="sm" variant="danger" icon={<Ban size={13} aria-hidden />} isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      )}
      {maySeeContent && (
        <a href={apiPath('/messages/:id/raw', params)} download className={buttonClass('secondary', 'sm')}>
          <Download size={13} aria-hidden />
          Raw mail
        </a>
      )}
    </div>
  );
}
