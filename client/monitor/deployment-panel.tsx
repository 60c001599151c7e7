import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { RefreshCw } from 'lucide-react';
import type { ChannelView, DeploymentView } from '../../shared/api/flows.ts';
import type { PollView } from '../../shared/api/polls.ts';
import type { ErrorView } from '../../shared/errors.ts';
import { call } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { useNow } from '../ui/use-now.ts';
import { ChannelOffers } from './channel-offers.tsx';
import { DeploymentMenu } from './deployment-menu.tsx';
import { DeploymentStateText } from './deployment-state.tsx';
import { ErrorText } from './error-text.tsx';
import { nextPollText, pollText } from './poll-words.ts';
import { StatusCounts } from './status-counts.tsx';
import { healthWords, pollWords } from './status-words.ts';

/** One deployed flow: its state, its messages, and each of its channels. */
export function DeploymentPanel({ deployment }: { deployment: DeploymentView }) {
  const { flowId, flowName, state, version, deployedAt, deployedBy, error, counts, channels } = deployment;
  const pollNow = useMutation({
    mutationFn: async () => call('pollNow', { params: { id: flowId } }),
    onSuccess: async () => queryClient.invalidateQueries({ queryKey: ['listDeployments'] }),
  });
  return (
    <section aria-label={flowName} className="border-line bg-surface overflow-hidden rounded-lg border shadow-sm">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <div className="min-w-0 flex-1 basis-60">
          <h2 className="truncate text-base font-semibold">
            <Link to="/flows/$flowId" params={{ flowId }} className="hover:underline">
              {flowName}
            </Link>
          </h2>
          <p className="text-ink-faint text-xs">
            v{version} deployed <TimeText at={deployedAt} /> by {deployedBy}
          </p>
        </div>
        <StatusCounts flowId={flowId} counts={counts} />
        <DeploymentStateText state={state} />
        <Button size="sm" icon={<RefreshCw size={13} aria-hidden />} isBusy={pollNow.isPending} onClick={() => pollNow.mutate()}>
          Poll now
        </Button>
        <DeploymentMenu deployment={deployment} />
      </header>
      {state === 'Stopping' && (
        <p className="border-line text-ink-soft border-t px-4 py-2 text-xs">
          Messages that run may end, for a minute at most. Those that wait stay until the flow is deployed again.
        </p>
      )}
      {error && <ErrorText error={error} className="border-line border-t px-4 py-3" />}
      <ul>
        {channels.map((channel) => (
          <ChannelRow key={channel.id} channel={channel} flowId={flowId} />
        ))}
      </ul>
    </section>
  );
}

function ChannelRow({ channel, flowId }: { channel: ChannelView; flowId: string }) {
  const health = healthWords[channel.health];
  const { lastPoll } = channel;
  return (
    <li className="border-line border-t px-4 py-2.5">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-[minmax(8rem,1.5fr)_minmax(6rem,1fr)_minmax(10rem,2fr)_minmax(7rem,1fr)]">
        <Fact name="Channel">
          {channel.name}
          <span className="text-ink-faint block text-xs whitespace-normal">{channel.schedule}</span>
          <Link
            to="/monitor/connectivity"
            search={{ flow: flowId, node: channel.nodeId, drawing: 'deployed' }}
            aria-label={`Test the connection of ${channel.name}`}
            className="text-accent block w-fit text-xs hover:underline"
          >
            Test connection
          </Link>
        </Fact>
        <Fact name="Health">
          <span className="inline-flex items-center gap-1.5">
            <StatusDot tone={health.tone} />
            {health.text}
            {channel.failuresInRow > 1 && <span className="text-ink-faint">{channel.failuresInRow} times in a row</span>}
          </span>
          {channel.failuresInRow > 0 && (
            <span className="text-ink-faint block text-xs">
              last success {channel.lastSuccessAt ? <TimeText at={channel.lastSuccessAt} /> : 'never'}
            </span>
          )}
        </Fact>
        <Fact name="Last poll">
          {lastPoll ? (
            <Link to="/monitor/polls" search={{ flow: flowId }} className="hover:underline">
              <TimeText at={lastPoll.startedAt} />
              <span className="text-ink-soft">
                {' · '}
                {lastPoll.result === 'completed' ? pollText(lastPoll) : pollWords[lastPoll.result].text}
                {lastPoll.result === 'paused' && lastPoll.taken > 0 && `, ${pollText(lastPoll)}`}
              </span>
            </Link>
          ) : (
            <span className="text-ink-faint">not yet</span>
          )}
        </Fact>
        <Fact name="Next poll">
          <NextPoll channel={channel} />
        </Fact>
      </dl>
      {lastPoll?.error && <PollError poll={lastPoll} error={lastPoll.error} />}
      <ChannelOffers channel={channel} flowId={flowId} className="mt-2" />
    </li>
  );
}

/** What stops intake of all flows stands above them, once. */
function PollError({ poll, error }: { poll: PollView; error: ErrorView }) {
  const isPaused = poll.result === 'paused';
  if (isPaused && error.code !== 'INTAKE_FLOW_FULL') {
    return <p className="text-ink-soft mt-2">Mails wait on the mail server, because intake is paused for all flows: see above.</p>;
  }
  return <ErrorText error={error} isQuiet={poll.result === 'skipped'} isWarning={isPaused} className="mt-2" />;
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-faint text-xs">{name}</dt>
      <dd className="truncate">{children}</dd>
    </div>
  );
}

function NextPoll({ channel }: { channel: ChannelView }) {
  return <span className="tabular whitespace-normal">{nextPollText(channel, useNow())}</span>;
}
