import { Link } from '@tanstack/react-router';
import { Bell, Hourglass, ScrollText, ShieldAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { FlowTileView } from '../../shared/api/overview.ts';
import { logLevelTable } from '../../shared/log-levels.ts';
import { classNames } from '../ui/class-names.ts';
import { TimeText } from '../ui/time-text.tsx';
import { toneText } from '../ui/tone.ts';
import { attentionOf } from './attention.ts';
import { ChannelFacts } from './channel-facts.tsx';
import { DeploymentMenu } from './deployment-menu.tsx';
import { DeploymentStateText } from './deployment-state.tsx';
import { ErrorText } from './error-text.tsx';
import { messagesSearch, openStatuses } from './message-links.ts';
import { PollNowButton } from './poll-now-button.tsx';
import { StatusCounts } from './status-counts.tsx';

/** One deployed flow: whether it needs somebody, its messages of the time shown, what waits, and each of its channels. */
export function FlowTile({ tile, time }: { tile: FlowTileView; time: { from: string; to: string } }) {
  const { flowId, flowName, state, version, deployedAt, deployedBy, error, counts, channels } = tile;
  const attention = attentionOf(tile);
  const tone = attention[0]?.tone;
  return (
    <section
      aria-label={flowName}
      className={classNames(
        'bg-surface flex flex-col overflow-hidden rounded-lg border border-l-4 shadow-sm',
        tone === 'bad' ? 'border-bad' : tone === 'warn' ? 'border-warn' : 'border-line border-l-good',
      )}
    >
      <header className="flex flex-col gap-2 px-4 py-3">
        <div className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <h2 className="truncate text-base font-semibold">
              <Link to="/flows/$flowId" params={{ flowId }} className="hover:underline">
                {flowName}
              </Link>
            </h2>
            <p className="text-ink-faint text-xs">
              v{version} deployed <TimeText at={deployedAt} /> by {deployedBy}
            </p>
          </div>
          <DeploymentStateText state={state} />
          <DeploymentMenu deployment={tile} />
        </div>
        {tone && (
          <p className={classNames('flex items-start gap-1.5 font-medium', toneText[tone])}>
            <TriangleAlert size={15} className="mt-0.5 shrink-0" aria-hidden />
            <span>Needs attention: {attention.map(({ text }) => text).join(', ')}</span>
          </p>
        )}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
          <StatusCounts flowId={flowId} counts={counts} time={time} />
          <span className="ml-auto">
            <PollNowButton flowId={flowId} />
          </span>
        </div>
        <Waiting tile={tile} />
      </header>
      {state === 'Stopping' && (
        <p className="border-line text-ink-soft border-t px-4 py-2 text-xs">
          Messages that run may end, for a minute at most. Those that wait stay until the flow is deployed again.
        </p>
      )}
      {error && <ErrorText error={error} className="border-line border-t px-4 py-3" />}
      <ul>
        {channels.map((channel) => (
          <ChannelFacts key={channel.id} channel={channel} flowId={flowId} />
        ))}
      </ul>
    </section>
  );
}

/** What waits for a worker, another attempt or a person. */
function Waiting({ tile: { flowId, backlog, quarantined, openAlerts, logLevel } }: { tile: FlowTileView }) {
  const link = 'text-ink-soft inline-flex min-h-6 items-center gap-1.5 rounded-sm hover:underline';
  const waiting: ReactNode[] = [];
  if (backlog.count > 0) {
    waiting.push(
      <Link key="backlog" to="/monitor/messages" search={messagesSearch({ flowId, statuses: openStatuses })} className={link}>
        <Hourglass size={13} aria-hidden />
        {backlog.count.toLocaleString()} under way
        {backlog.oldestAt && (
          <>
            , the oldest from <TimeText at={backlog.oldestAt} />
          </>
        )}
      </Link>,
    );
  }
  if (quarantined > 0) {
    waiting.push(
      <Link key="quarantine" to="/monitor/quarantine" className={link}>
        <ShieldAlert size={13} aria-hidden />
        {quarantined.toLocaleString()} in quarantine
      </Link>,
    );
  }
  if (openAlerts > 0) {
    waiting.push(
      <Link key="alerts" to="/monitor/alerts" className={link}>
        <Bell size={13} aria-hidden />
        {openAlerts === 1 ? '1 open alert' : `${openAlerts.toLocaleString()} open alerts`}
      </Link>,
    );
  }
  if (logLevel) {
    waiting.push(
      <Link key="log-level" to="/monitor/content/$flowId" params={{ flowId }} className={link}>
        <ScrollText size={13} aria-hidden />
        Log level {logLevelTable[logLevel.level].title}, ends <TimeText at={logLevel.until} />
      </Link>,
    );
  }
  return waiting.length === 0 ? null : <div className="flex flex-wrap gap-x-4 gap-y-1 text-xs">{waiting}</div>;
}
