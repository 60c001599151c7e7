import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ChannelView } from '../../shared/api/flows.ts';
import type { Reason, ReasonLevel, ReasonPlace } from '../../shared/why-nothing.ts';
import { useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Panel } from '../shell/page.tsx';
import { toneText, type Tone } from '../ui/tone.ts';
import { withLocalTimes } from '../ui/time-words.ts';
import { messagesSearch } from './message-links.ts';

/** Time passes without an event: a poll becomes late, a pause ends. */
const lookEveryMs = 15_000;

/** "Why was nothing picked up?" in words, the decisive reason first. */
export function WhyPanel({ channel, flowId }: { channel: Pick<ChannelView, 'id' | 'name' | 'nodeId'>; flowId: string }) {
  const why = useRoute('whyNothing', { params: { id: channel.id } }, { everyMs: lookEveryMs });
  return (
    <Panel label={`Why was nothing picked up from ${channel.name}?`}>
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Why was nothing picked up?</h2>
      <div className="px-4 py-3">
        <Loaded query={why} rows={2}>
          {({ reasons }) => (
            <ol className="flex flex-col gap-2.5">
              {reasons.map((reason) => (
                <ReasonLine key={reason.text} reason={reason} flowId={flowId} nodeId={channel.nodeId} />
              ))}
            </ol>
          )}
        </Loaded>
      </div>
    </Panel>
  );
}

function ReasonLine({ reason: { level, text, remedy, place }, flowId, nodeId }: { reason: Reason; flowId: string; nodeId: string }) {
  const { Icon, tone, word } = levels[level];
  return (
    <li className="flex items-start gap-2">
      <Icon size={15} className={`mt-0.5 shrink-0 ${toneText[tone]}`} aria-label={word} />
      <div className="min-w-0">
        <p className="break-words">{withLocalTimes(text)}</p>
        {(remedy || place) && (
          <p className="text-ink-soft break-words">
            {remedy && `${remedy} `}
            {place && <PlaceLink place={place} flowId={flowId} nodeId={nodeId} />}
          </p>
        )}
      </div>
    </li>
  );
}

const levels: Record<ReasonLevel, { Icon: typeof Info; tone: Tone; word: string }> = {
  error: { Icon: CircleAlert, tone: 'bad', word: 'Error' },
  warning: { Icon: TriangleAlert, tone: 'warn', word: 'Warning' },
  info: { Icon: Info, tone: 'info', word: 'Note' },
  ok: { Icon: CircleCheck, tone: 'good', word: 'Fine' },
};

const linkClass = 'text-accent underline underline-offset-2';

function PlaceLink({ place, flowId, nodeId }: { place: ReasonPlace; flowId: string; nodeId: string }): ReactNode {
  switch (place) {
    case 'flow':
      return (
        <Link to="/flows/$flowId" params={{ flowId }} className={linkClass}>
          Open the flow
        </Link>
      );
    case 'polls':
      return (
        <Link to="/monitor/polls" search={{ flow: flowId }} className={linkClass}>
          See the polls
        </Link>
      );
    case 'messages':
      return (
        <Link to="/monitor/messages" search={messagesSearch({ flowId })} className={linkClass}>
          See the messages
        </Link>
      );
    case 'connectivity':
      return (
        <Link to="/monitor/connectivity" search={{ flow: flowId, node: nodeId, drawing: 'deployed' }} className={linkClass}>
          Test the connection
        </Link>
      );
    default: {
      const { to, text } = pages[place];
      return (
        <Link to={to} className={linkClass}>
          {text}
        </Link>
      );
    }
  }
}

const pages = {
  alerts: { to: '/monitor/alerts', text: 'See the alerts' },
  processes: { to: '/monitor/processes', text: 'See the processes' },
  locks: { to: '/monitor/locks', text: 'See the locks' },
  quarantine: { to: '/monitor/quarantine', text: 'Open the quarantine' },
  renumberings: { to: '/monitor/renumberings', text: 'Decide' },
  credentials: { to: '/security/credentials', text: 'Open the credentials' },
} as const;
