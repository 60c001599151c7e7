import { utcOffsetMin } from '../../shared/time-zone.ts';
import { offsetText } from '../time-zones.ts';

/** A coming run as the form shows it. */
export interface RunRow {
  /** ISO 8601 */
  at: string;
  /** Date and time by the person's clock, with its distance from UTC. */
  here: string;
  /** By the clock of the schedule's zone, where that shows another time. */
  there?: string;
  /** Clocks that were changed since the run before. */
  changes: string[];
}

/** @param zone of the schedule; undefined where it has none */
export function runRows(runs: Date[], now: Date, zone: string | undefined, own: string): RunRow[] {
  const zones = zone === undefined || zone === own ? [own] : [zone, own];
  const hasSeconds = runs.some((run) => run.getTime() % 60_000 !== 0);
  return runs.map((run, index) => {
    const before = runs[index - 1] ?? now;
    const isElsewhere = zone !== undefined && utcOffsetMin(zone, run) !== utcOffsetMin(own, run);
    return {
      at: run.toISOString(),
      here: timeText(run, own, hasSeconds),
      ...(isElsewhere ? { there: timeText(run, zone, hasSeconds) } : {}),
      changes: zones.flatMap((zone) => changeText(zone, before, run) ?? []),
    };
  });
}

function timeText(at: Date, zone: string, hasSeconds: boolean): string {
  const text = at.toLocaleString(undefined, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(hasSeconds ? { second: '2-digit' } : {}),
  });
  return `${text} (${offsetText(zone, at)})`;
}

/** "The clocks go back by 1 h in Europe/Berlin" */
function changeText(zone: string, before: Date, after: Date): string | undefined {
  const minutes = utcOffsetMin(zone, after) - utcOffsetMin(zone, before);
  if (minutes === 0) return undefined;
  const size = Math.abs(minutes) % 60 === 0 ? `${Math.abs(minutes) / 60} h` : `${Math.abs(minutes)} min`;
  return `The clocks go ${minutes > 0 ? 'forward' : 'back'} by ${size} in ${zone}`;
}
