import { Link } from '@tanstack/react-router';
import type { DeploymentView } from '../../shared/api/flows.ts';
import { messageStatuses } from '../../shared/status.ts';
import { classNames } from '../ui/class-names.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import { toneText } from '../ui/tone.ts';
import { messagesSearch } from './message-links.ts';
import { messageTones } from './status-words.ts';

/** How many messages of a flow, received in a time, are in which status, each a link to them. Failed and waiting ones stand out. */
export function StatusCounts({
  flowId,
  counts,
  time,
}: {
  flowId: string;
  counts: DeploymentView['counts'];
  /** Left out: all there are. */
  time?: { from: string; to: string };
}) {
  const present = messageStatuses.filter((status) => (counts[status] ?? 0) > 0);
  if (present.length === 0) return <span className="text-ink-faint">no message came in</span>;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {present.map((status) => (
        <li key={status}>
          <Link
            to="/monitor/messages"
            search={messagesSearch({ flowId, statuses: [status], ...time })}
            className={classNames(
              'tabular inline-flex items-center gap-1.5 rounded-sm hover:underline',
              messageTones[status] === 'bad' || messageTones[status] === 'warn' ? toneText[messageTones[status]] : 'text-ink-soft',
            )}
          >
            <StatusDot tone={messageTones[status]} />
            {counts[status]?.toLocaleString()}
            <span className="text-xs lowercase">{status}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
