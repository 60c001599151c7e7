import type { PollView } from '../../shared/api.ts';

/** What a poll found, one line: "3 taken in, 12 known, 1 quarantined". */
export function pollText(poll: Pick<PollView, 'listed' | 'known' | 'taken' | 'quarantined' | 'postProcessed'>): string {
  if (poll.listed === 0 && poll.postProcessed === 0) return 'no mail';
  const parts = [`${poll.taken} taken in`];
  if (poll.known > 0) parts.push(`${poll.known} known`);
  if (poll.quarantined > 0) parts.push(`${poll.quarantined} quarantined`);
  if (poll.postProcessed > 0) parts.push(`${poll.postProcessed} post-processed`);
  return parts.join(', ');
}

/** When the next poll comes: "in 12 s", "due now", and nothing while none is planned. */
export function nextPollText(nextPollAt: string | null, now: Date): string | undefined {
  if (nextPollAt === null) return undefined;
  const seconds = Math.ceil((Date.parse(nextPollAt) - now.getTime()) / 1_000);
  if (seconds <= 0) return 'due now';
  if (seconds < 90) return `in ${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `in ${minutes} min` : `in ${Math.round(minutes / 60)} h`;
}
