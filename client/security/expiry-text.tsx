import { CircleAlert, TriangleAlert } from 'lucide-react';
import { absoluteTime } from '../ui/time-words.ts';
import { toneText } from '../ui/tone.ts';
import { useNow } from '../ui/use-now.ts';
import { expiryOf } from './expiry.ts';

/** Until when something is valid, with a sign in its last thirty days. `until` is ISO 8601. */
export function ExpiryText({ until }: { until: string }) {
  const { tone, words } = expiryOf(until, useNow());
  const { local, utc } = absoluteTime(new Date(until));
  const Icon = tone === 'bad' ? CircleAlert : TriangleAlert;
  return (
    <time dateTime={until} title={`${local}\n${utc}`} className={`inline-flex items-center gap-1 whitespace-nowrap ${toneText[tone]}`}>
      {tone !== 'neutral' && <Icon size={13} aria-hidden />}
      {words}
    </time>
  );
}
