import { cronRuns } from './cron.ts';
import { intervalMs, type Days, type Schedule, type Times } from './schedule.ts';

/**
 * When a schedule is due: the one source for the runtime and for what the form shows.
 *
 * Runs that repeat within a day begin at `from` and keep their distance also when the clocks change. All of them are shifted by
 * the offset of their channel, so that a thousand mailboxes don't all sign in at the full minute; a time that a person chose is
 * kept as it is.
 */

/** How far runs are shifted at most: "every hour" should still be at about the full hour. */
const longestShiftMs = 5 * 60_000;
/** No day is longer, clock changes included; what began earlier has ended. */
const longestDayMs = 26 * 60 * 60_000;

type Interval = Extract<Times, { mode: 'every' }>;
type Dated = Extract<Schedule, { kind: 'day' | 'recur' }>;

/**
 * The first due time after `after`; undefined when there is none.
 *
 * @param offsetMs of the channel, see `offsetOf`
 */
export function nextRun(schedule: Schedule, after: Date, offsetMs = 0): Date | undefined {
  switch (schedule.kind) {
    case 'once':
      return undefined;
    case 'interval':
      return new Date(nextOf(0, intervalMs(schedule), offsetMs, after));
    case 'cron':
      return cronRuns(schedule.expression, schedule.zone).after(after);
    default:
      return schedule.times.mode === 'at'
        ? starts(schedule, schedule.times.at)(after)
        : nextWithin(schedule, schedule.times, after, offsetMs);
  }
}

export function nextRuns(schedule: Schedule, after: Date, count: number, offsetMs = 0): Date[] {
  const runs: Date[] = [];
  for (let last: Date | undefined = after; runs.length < count; runs.push(last)) {
    last = nextRun(schedule, last, offsetMs);
    if (!last) break;
  }
  return runs;
}

/** Run Once and what repeats within the day begin at once, unless they have to wait for their hours; times are waited for. */
export function firstRun(schedule: Schedule, deployedAt: Date, offsetMs = 0): Date | undefined {
  return isDueOnDeploy(schedule, deployedAt) ? deployedAt : nextRun(schedule, deployedAt, offsetMs);
}

export function isDueOnDeploy(schedule: Schedule, deployedAt: Date): boolean {
  if (schedule.kind === 'once' || schedule.kind === 'interval') return true;
  if (schedule.kind === 'cron' || schedule.times.mode === 'at') return false;
  for (const { start, end } of windows(schedule, schedule.times, deployedAt)) {
    if (start > deployedAt) return false;
    if (deployedAt < end) return true;
  }
  return false;
}

/** The shortest time between two runs in ms, judged by the coming ones; undefined where there are no two. */
export function shortestGapMs(schedule: Schedule, now: Date): number | undefined {
  if (schedule.kind === 'interval') return intervalMs(schedule);
  if ((schedule.kind === 'day' || schedule.kind === 'recur') && schedule.times.mode === 'every') return intervalMs(schedule.times);
  const runs = nextRuns(schedule, now, 30);
  const gaps = runs.slice(1).map((run, index) => run.getTime() - (runs[index]?.getTime() ?? 0));
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}

/** How far the runs of a channel are shifted; the same in every process and in the browser. 32-bit FNV-1a. */
export function offsetOf({ flowId, nodeId }: { flowId: string; nodeId: string }): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${flowId}/${nodeId}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function nextWithin(schedule: Dated, times: Interval, after: Date, offsetMs: number): Date | undefined {
  const interval = intervalMs(times);
  for (const { start, end } of windows(schedule, times, after)) {
    const lengthMs = end.getTime() - start.getTime();
    const run = nextOf(start.getTime(), interval, lengthMs > 0 ? offsetMs % lengthMs : 0, after);
    if (run < end.getTime() || run === start.getTime()) return new Date(run);
  }
  return undefined;
}

/** The first of `start`, `start` + `interval` … after `after`, each shifted by less than an interval. */
function nextOf(start: number, interval: number, offsetMs: number, after: Date): number {
  const first = start + (offsetMs % Math.min(interval, longestShiftMs));
  return first + Math.max(0, Math.floor((after.getTime() - first) / interval) + 1) * interval;
}

interface Window {
  start: Date;
  /** Exclusive. */
  end: Date;
}

/** The windows that may hold `at` and those that follow. */
function* windows(schedule: Dated, { from, to }: Interval, at: Date): Generator<Window> {
  const nextStart = starts(schedule, from);
  const closing = cronRuns(dayPatterns({ repeat: 'daily' }, to).join(), schedule.zone);
  const endsNextDay = minutesOf(to) <= minutesOf(from);
  let start = nextStart(new Date(at.getTime() - longestDayMs));
  while (start) {
    // A window that the clocks skip whole, 02:15 to 02:45, begins and ends at the same moment.
    const end = closing.after(endsNextDay ? start : new Date(start.getTime() - 1));
    if (!end) return;
    yield { start, end };
    start = nextStart(start);
  }
}

/** The moments at which the clocks show `time` on a day of the schedule. */
function starts(schedule: Dated, time: string): (after: Date) => Date | undefined {
  const patterns = schedule.kind === 'day' ? [datePattern(schedule.date, time)] : dayPatterns(schedule.days, time);
  const all = patterns.map((pattern) => cronRuns(pattern, schedule.zone));
  return (after) => {
    const next = all.map((runs) => runs.after(after)).filter((run) => run !== undefined);
    return next.length === 0 ? undefined : new Date(Math.min(...next.map(Number)));
  };
}

function dayPatterns(days: Days, time: string): string[] {
  const clock = `0 ${minutesOf(time) % 60} ${Math.floor(minutesOf(time) / 60)}`;
  if (days.repeat === 'daily') return [`${clock} * * *`];
  if (days.repeat === 'weekly') return [`${clock} * * ${days.weekdays.join(',')}`];
  if (days.day === 31) return [`${clock} L * *`];
  if (days.day > 28) return [`${clock} ${days.day} 1,3-12 *`, `${clock} L 2 *`];
  return [`${clock} ${days.day} * *`];
}

function datePattern(date: string, time: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `0 ${minutesOf(time) % 60} ${Math.floor(minutesOf(time) / 60)} ${day} ${month} * ${year}`;
}

/** Of the day; 24:00 is the midnight that begins the next. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours % 24) * 60 + minutes;
}
