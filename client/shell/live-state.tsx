import { useLive, type LiveState } from '../live.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import type { Tone } from '../ui/tone.ts';

const words: Record<LiveState, { text: string; tone: Tone; title: string }> = {
  connecting: { text: 'Connecting', tone: 'neutral', title: 'Waiting for the stream of events.' },
  live: { text: 'Live', tone: 'good', title: 'Changes appear by themselves.' },
  reconnecting: { text: 'Reconnecting', tone: 'warn', title: 'The stream of events broke; what you see may be old.' },
};

/** Whether what is on the screen follows the server. */
export function LiveStateText() {
  const { text, tone, title } = words[useLive((live) => live.state)];
  return (
    <output title={title} className="text-ink-soft flex items-center gap-1.5 px-1.5 text-xs">
      <StatusDot tone={tone} isPulsing={tone === 'warn'} />
      <span className="max-sm:sr-only">{text}</span>
    </output>
  );
}
