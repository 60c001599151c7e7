import type { Retention } from '../../shared/retention.ts';

/** "Messages are kept for 90 days, failed ones for 365." */
export function retentionText({ endedDays, failedDays }: Retention): string {
  const days = (count: number) => `for ${count.toLocaleString()} ${count === 1 ? 'day' : 'days'}`;
  const ended = endedDays === null ? 'for good' : days(endedDays);
  if (endedDays === failedDays) return `Messages are kept ${ended}.`;
  return `Messages are kept ${ended}, failed ones ${failedDays === null ? 'for good' : days(failedDays)}.`;
}
