import { z } from 'zod';
import { everyMinute, scheduleSchema, weekdays } from '../../shared/schedule.ts';
import { isTimeZone } from '../../shared/time-zone.ts';
import { browserZone, dateIn } from '../time-zones.ts';

/**
 * A schedule while it is typed: the values of all kinds, so that those of another kind come back with it. An emptied number is
 * null. What is missing, since this kind was never chosen, has a default.
 */

const unit = z.enum(['seconds', 'minutes', 'hours']).catch('minutes');
const number = (standard: number) => z.number().nullable().default(standard).catch(null);
const text = (standard: string) => z.string().default(standard).catch('');

const daysSchema = z.object({
  repeat: z.enum(['daily', 'weekly', 'monthly']).catch('daily'),
  weekdays: z.array(z.enum(weekdays)).default(['mon', 'tue', 'wed', 'thu', 'fri']).catch([]),
  day: number(1),
});
export type TypedDays = z.output<typeof daysSchema>;

const timesSchema = z.object({
  mode: z.enum(['at', 'every']).catch('every'),
  at: text('06:00'),
  every: number(1),
  unit,
  from: text('00:00'),
  to: text('24:00'),
});
export type TypedTimes = z.output<typeof timesSchema>;

const typedSchema = z.object({
  kind: z.enum(['once', 'day', 'recur', 'cron', 'interval']).catch('recur'),
  date: z.string().optional().catch(undefined),
  days: daysSchema.catch(daysSchema.parse({})),
  times: timesSchema.catch(timesSchema.parse({})),
  expression: text('0 6 * * *'),
  zone: z.string().optional().catch(undefined),
  /** Only of an older drawing. */
  every: z.number().nullable().optional().catch(null),
  unit: z.enum(['seconds', 'minutes', 'hours']).optional().catch(undefined),
});

export interface TypedSchedule extends z.output<typeof typedSchema> {
  date: string;
  zone: string;
}

/** @param typed anything: it may come from an older drawing or the API */
export function readTyped(typed: unknown, now: Date): TypedSchedule {
  const read = typedSchema.catch(() => typedSchema.parse(everyMinute)).parse(typed);
  // An interval has no zone: what is chosen instead of it is meant by the person's clock.
  const zone = read.zone ?? browserZone();
  return { ...read, zone, date: read.date ?? dateIn(isTimeZone(zone) ? zone : 'UTC', now, 1) };
}

/** Where the typed schedule is wrong: paths such as `times.every`. */
export function wrongPaths(typed: TypedSchedule): ReadonlySet<string> {
  const { error } = scheduleSchema.safeParse(typed);
  return new Set(error?.issues.map(({ path }) => path.join('.')));
}
