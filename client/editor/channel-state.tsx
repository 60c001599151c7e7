import { createContext, useContext } from 'react';
import type { ChannelView, DeploymentView } from '../../shared/api/flows.ts';
import type { ChannelHealth } from '../../shared/status.ts';
import { nextPollText } from '../monitor/poll-words.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import type { Tone } from '../ui/tone.ts';
import { useNow } from '../ui/use-now.ts';

/** What runs of the open flow; null while it is not deployed. */
export const DeploymentContext = createContext<DeploymentView | null>(null);

export const healthTones: Record<ChannelHealth, Tone> = { waiting: 'neutral', ok: 'good', failing: 'bad', late: 'warn', paused: 'neutral' };

const healthWords: Record<ChannelHealth, string> = {
  waiting: 'waiting for its first poll',
  ok: 'ok',
  failing: 'failing',
  late: 'late',
  paused: 'paused',
};

export function useChannel(nodeId: string): ChannelView | undefined {
  return useContext(DeploymentContext)?.channels.find((channel) => channel.nodeId === nodeId);
}

/** How the visits of a channel go, in a few words below its node. */
export function ChannelLine({ nodeId }: { nodeId: string }) {
  const channel = useChannel(nodeId);
  if (!channel) return null;
  return (
    <span className="text-ink-soft tabular absolute top-full left-6 mt-3.5 flex items-center gap-1.5 text-[11px]/4 whitespace-nowrap">
      <StatusDot tone={healthTones[channel.health]} isPulsing={channel.lastPoll?.result === 'running'} />
      <ChannelText channel={channel} />
    </span>
  );
}

export function ChannelText({ channel }: { channel: ChannelView }) {
  return (
    <span title={channel.lastPoll?.error ? `${channel.lastPoll.error.message} ${channel.lastPoll.error.remedy}` : undefined}>
      {channel.lastPoll?.result === 'running' ? 'polling now' : healthWords[channel.health]}
      {channel.lastPoll?.result !== 'running' && (
        <>
          {' · next poll '}
          <NextPoll channel={channel} />
        </>
      )}
    </span>
  );
}

function NextPoll({ channel }: { channel: ChannelView }) {
  return <>{nextPollText(channel, useNow())}</>;
}
