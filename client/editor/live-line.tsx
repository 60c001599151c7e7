import { Link } from '@tanstack/react-router';
import { countedMessages, type LiveView } from '../../shared/api/live.ts';
import { countText } from './roles.ts';

/** Says what the counters on the canvas count. */
export function LiveLine({ flowId, live: { messages, version } }: { flowId: string; live: LiveView }) {
  if (messages === 0) return null;
  const counted = messages < countedMessages ? countText(messages, 'message') : `the newest ${messages} messages`;
  return (
    <p className="text-ink-faint tabular bg-canvas/80 absolute top-2 left-3 rounded-md px-1.5 py-0.5 text-xs">
      Counted: {counted} since version {version} was deployed ·{' '}
      <Link to="/flows/$flowId" params={{ flowId }} search={{ run: 'latest' }} className="text-accent hover:underline">
        way of the newest
      </Link>
    </p>
  );
}
