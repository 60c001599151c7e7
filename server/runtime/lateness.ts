import { expectedIntervalMs, scheduleSchema } from '../../shared/schedule.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';

/** What may pass beyond the expected interval before a channel is late. */
const graceMs = 60_000;

/**
 * Whether a channel that nothing complains about has gone unpolled: its due poll was not begun, because no worker lives or
 * all are busy, or its polls were skipped for longer than two of its intervals. A failing channel says so itself.
 */
export function isLate(
  channel: Pick<ChannelRow, 'health' | 'nextPollAt' | 'lastSuccessAt' | 'config'>,
  lastPoll: PollRow | undefined,
  now: Date,
): boolean {
  if (channel.health === 'failing' || lastPoll?.result === 'running') return false;
  const sinceMs = (time: Date | null) => (time ? now.getTime() - time.getTime() : 0);
  if (sinceMs(channel.nextPollAt) > graceMs) return true;
  const schedule = scheduleSchema.safeParse(channel.config['schedule']);
  const isSkipping = lastPoll?.result === 'skipped' && schedule.success;
  return isSkipping && sinceMs(channel.lastSuccessAt) > 2 * expectedIntervalMs(schedule.data) + graceMs;
}
