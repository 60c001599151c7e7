import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ChannelView } from '../../shared/api/flows.ts';
import type { PollView } from '../../shared/api/polls.ts';
import type { ErrorView } from '../../shared/errors.ts';
import { classNames } from '../ui/class-names.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { useNow } from '../ui/use-now.ts';
import { ChannelOffers } from './channel-offers.tsx';
import { ErrorText } from './error-text.tsx';
import { nextPollText, pollText } from './poll-words.ts';
import { healthWords, pollWords } from './status-words.ts';

/** How the visits of one channel go. `isWide`: side by side where there is room. */
export function ChannelFacts({ channel, flowId, isWide = false }: { channel: ChannelView; flowId: string; isWide?: boolean }) {
  const health = healthWords[channel.health];
  const { lastPoll, lastSuccessAt, failuresInRow, serverSaid } = channel;
  return (
    <li className="border-line border-t px-4 py-2.5">
      <dl
        className={classNames(
          'grid grid-cols-2 gap-x-4 gap-y-2',
          isWide && 'sm:grid-cols-[minmax(8rem,1.5fr)_minmax(7rem,1fr)_minmax(10rem,2fr)_minmax(7rem,1fr)]',
        )}
      >
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
          </span>
          {failuresInRow > 1 && <span className="text-ink-faint block text-xs">{failuresInRow} times in a row</span>}
          {(failuresInRow > 0 || lastSuccessAt) && (
            <span className="text-ink-faint block text-xs">last success {lastSuccessAt ? <TimeText at={lastSuccessAt} /> : 'never'}</span>
          )}
        </Fact>
        <Fact name="Last poll">
          {lastPoll ? (
            <Link to="/monitor/polls" search={{ flow: flowId }} className="whitespace-normal hover:underline">
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
        {serverSaid && (
          <div className="col-span-full min-w-0">
            <dt className="text-ink-faint text-xs">The server’s last words</dt>
            <dd className="text-ink-soft break-words">
              “{serverSaid.text}”{' '}
              <span className="text-ink-faint text-xs">
                <TimeText at={serverSaid.at} />
              </span>
            </dd>
          </div>
        )}
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

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-faint text-xs">{name}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}

function NextPoll({ channel }: { channel: ChannelView }) {
  return <span className="tabular whitespace-normal">{nextPollText(channel, useNow())}</span>;
}
