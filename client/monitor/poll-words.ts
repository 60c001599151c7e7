import type { ChannelView } from '../../shared/api/flows.ts';
import type { PollView } from '../../shared/api/polls.ts';

type Counts = Pick<
  PollView,
  'listed' | 'known' | 'taken' | 'quarantined' | 'postProcessed' | 'readElsewhere' | 'unreadAgain' | 'skippedBySearch' | 'beforeStart'
>;

/** What a poll found, one line: "3 taken in, 12 known, 1 quarantined", "no new mail, 3 mails were read by someone else". */
export function pollText(poll: Counts): string {
  const others = [
    poll.skippedBySearch > 0 && `${poll.skippedBySearch} not wanted by Search`,
    poll.beforeStart > 0 && `${poll.beforeStart} from before the start`,
    poll.readElsewhere > 0 && `${poll.readElsewhere} read by someone else`,
    poll.unreadAgain > 0 && `${poll.unreadAgain} marked unread again`,
  ].filter((part) => part !== false);
  if (poll.listed === 0 && poll.taken === 0 && poll.postProcessed === 0)
    return [others.length > 0 ? 'no new mail' : 'no mail', ...others].join(', ');
  const parts = [`${poll.taken} taken in`];
  if (poll.known > 0) parts.push(`${poll.known} known`);
  if (poll.quarantined > 0) parts.push(`${poll.quarantined} quarantined`);
  if (poll.postProcessed > 0) parts.push(`${poll.postProcessed} post-processed`);
  return [...parts, ...others].join(', ');
}

export function readElsewhereText(count: number): string {
  return count === 1 ? '1 mail was read by someone else' : `${count} mails were read by someone else`;
}

export function unreadAgainText(count: number): string {
  return count === 1 ? '1 mail was marked unread again' : `${count} mails were marked unread again`;
}

/** When the next poll comes: "in 12 s", "due now", "at 18:00", "not today, next Mon, 30 Nov, 08:00", "none, it has run". */
export function nextPollText({ nextPollAt, lastPoll }: Pick<ChannelView, 'nextPollAt' | 'lastPoll'>, now: Date): string {
  if (nextPollAt === null) return lastPoll ? 'none, it has run' : 'none, no run is left';
  const at = new Date(nextPollAt);
  const seconds = Math.ceil((at.getTime() - now.getTime()) / 1_000);
  if (seconds <= 0) return 'due now';
  if (seconds < 90) return `in ${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `in ${minutes} min`;
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  if (at.toDateString() === now.toDateString()) return `at ${at.toLocaleTimeString(undefined, time)}`;
  return `not today, next ${at.toLocaleString(undefined, { weekday: 'short', day: 'numeric', month: 'short', ...yearUnless(at, now), ...time })}`;
}

function yearUnless(at: Date, now: Date): { year?: 'numeric' } {
  return at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' };
}
