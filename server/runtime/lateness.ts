import { nextRun, offsetOf } from '../../shared/schedule-runs.ts';
import { scheduleSchema } from '../../shared/schedule.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';

/** What may pass beyond a due time before a channel is late. */
const graceMs = 60_000;
/** A poll that is skipped, since another holds the mailbox, is made up soon: not on the next day. */
const longestSkipMs = 10 * 60_000;

/**
 * Whether a channel that nothing complains about has gone unpolled: its due poll was not begun, because no worker lives or
 * all are busy, or its polls were skipped for longer than the schedule lets expect. A failing channel says so itself, and so does one
 * that back-pressure has paused as long as it is visited; one that has no run due, at night or after its only run, is not late.
 */
export function isLate(
  channel: Pick<ChannelRow, 'health' | 'nextPollAt' | 'lastSuccessAt' | 'config' | 'flowId' | 'nodeId'>,
  lastPoll: Pick<PollRow, 'result'> | undefined,
  deployedAt: Date,
  now: Date,
): boolean {
  if (channel.health === 'failing' || lastPoll?.result === 'running') return false;
  if (channel.nextPollAt && isOverdue(channel.nextPollAt, now)) return true;
  const schedule = scheduleSchema.safeParse(channel.config['schedule']);
  if (lastPoll?.result !== 'skipped' || !schedule.success) return false;
  const since = channel.lastSuccessAt && channel.lastSuccessAt > deployedAt ? channel.lastSuccessAt : deployedAt;
  const missed = nextRun(schedule.data, since, offsetOf(channel)) ?? since;
  const following = nextRun(schedule.data, missed, offsetOf(channel));
  const madeUpBy = new Date(missed.getTime() + longestSkipMs);
  return isOverdue(following && following < madeUpBy ? following : madeUpBy, now);
}

function isOverdue(due: Date, now: Date): boolean {
  return now.getTime() - due.getTime() > graceMs;
}
