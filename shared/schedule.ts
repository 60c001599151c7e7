import { z } from 'zod';

/** When a channel is polled. One form for now; further kinds join the union. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('interval'),
    every: z.int().min(1, 'at least 1').max(1_000, 'at most 1000'),
    unit: z.enum(['seconds', 'minutes', 'hours']),
  }),
]);
export type Schedule = z.output<typeof scheduleSchema>;

export const everyMinute: Schedule = { kind: 'interval', every: 1, unit: 'minutes' };

const unitMs = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 };

/** The longest time, in ms, that passes between two due polls. */
export function expectedIntervalMs(schedule: Schedule): number {
  return schedule.every * unitMs[schedule.unit];
}

/**
 * The first due time after `after`.
 *
 * Runs lie on a fixed grid of the epoch, shifted by `offsetMs`: a late or a manual poll doesn't move those that follow,
 * and a thousand mailboxes with different offsets don't all sign in at the full minute.
 */
export function nextRun(schedule: Schedule, after: Date, offsetMs = 0): Date {
  const interval = expectedIntervalMs(schedule);
  const offset = offsetMs % interval;
  return new Date(Math.floor((after.getTime() - offset) / interval + 1) * interval + offset);
}

export function nextRuns(schedule: Schedule, after: Date, count: number, offsetMs = 0): Date[] {
  const runs: Date[] = [];
  for (let last = after; runs.length < count; runs.push(last)) last = nextRun(schedule, last, offsetMs);
  return runs;
}

export function scheduleText(schedule: Schedule): string {
  const unit = schedule.unit.slice(0, -1);
  return schedule.every === 1 ? `every ${unit}` : `every ${schedule.every} ${unit}s`;
}
