import { Link } from '@tanstack/react-router';
import { errorsLookedAt, type OverviewView, type TopErrorView } from '../../shared/api/overview.ts';
import { Panel } from '../shell/page.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { withLocalTimes } from '../ui/time-words.ts';
import { messagesSearch } from './message-links.ts';

/** What goes wrong most often, each a link to the messages that it happened to. */
export function TopErrors({ overview: { topErrors, isErrorsCut, from, to } }: { overview: OverviewView }) {
  return (
    <Panel label="Top errors">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Top errors</h2>
      {topErrors.length === 0 ? (
        <p className="text-ink-soft px-4 py-3">No message of this time has an error.</p>
      ) : (
        <ol className="divide-line divide-y">
          {topErrors.map((error) => (
            <ErrorRow key={error.code} error={error} time={{ from, to }} />
          ))}
        </ol>
      )}
      {isErrorsCut && (
        <p className="text-ink-faint border-line border-t px-4 py-2 text-xs">
          The newest {errorsLookedAt.toLocaleString()} errors are counted.
        </p>
      )}
    </Panel>
  );
}

function ErrorRow({ error: { code, message, count, flows, lastAt }, time }: { error: TopErrorView; time: { from: string; to: string } }) {
  const [only] = flows;
  return (
    <li className="px-4 py-2.5">
      <Link
        to="/monitor/messages"
        search={messagesSearch({
          statuses: ['FAILED', 'RETRY'],
          error: code,
          ...(flows.length === 1 && only && { flowId: only.id }),
          ...time,
        })}
        className="flex gap-3 rounded-sm hover:underline"
      >
        <span className="text-bad tabular min-w-6 text-right font-semibold">{count.toLocaleString()}</span>
        <span className="line-clamp-3 min-w-0 flex-1 break-words">{withLocalTimes(message)}</span>
      </Link>
      <p className="text-ink-faint mt-0.5 pl-9 text-xs break-words">
        <span className="font-mono">{code}</span> · {flows.map(({ name }) => name).join(', ')} · <TimeText at={lastAt} />
      </p>
    </li>
  );
}
