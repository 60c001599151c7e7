import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { isTimeZone } from './time-zone.ts';

/** When a channel is polled, as data. When that is: `schedule-runs.ts`; in words: `schedule-text.ts`. */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const dayMs = 24 * 60 * 60_000;
const unitMs = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 };
const unit = z.enum(['seconds', 'minutes', 'hours'], 'choose seconds, minutes or hours');
export type IntervalUnit = z.output<typeof unit>;

const wholeNumber = (what: string) => z.int(`${what} must be a whole number`);
const timeOfDay = (what: string, pattern = /^([01]\d|2[0-3]):[0-5]\d$/) =>
  z.string(`${what} is missing`).regex(pattern, `${what} must be a time such as 08:00`);
const zone = z
  .string('choose a time zone')
  .trim()
  .refine(isTimeZone, { error: ({ input }) => (input === '' ? 'choose a time zone' : `there is no time zone '${String(input)}'`) });

const intervalShape = { every: wholeNumber('Every').min(1, 'Every must be at least 1'), unit };

const timesSchema = z.discriminatedUnion(
  'mode',
  [
    z.object({ mode: z.literal('at'), at: timeOfDay('On Time') }),
    z
      .object({
        mode: z.literal('every'),
        ...intervalShape,
        from: timeOfDay('from'),
        /** Exclusive. 24:00 is the end of the day; a time before `from` is one of the next day. */
        to: timeOfDay('to', /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
      })
      .superRefine((times, context) => {
        if (times.from === times.to) {
          context.addIssue({
            code: 'custom',
            path: ['to'],
            message: `from and to are both ${times.from}: choose 00:00 to 24:00 for the whole day`,
          });
        } else if (intervalMs(times) > windowMs(times)) {
          const message = `every ${count(times)} does not fit between ${times.from} and ${times.to}`;
          context.addIssue({ code: 'custom', path: ['every'], message });
        }
      }),
  ],
  'choose On Time or Every',
);
export type Times = z.output<typeof timesSchema>;

const daysSchema = z.discriminatedUnion(
  'repeat',
  [
    z.object({ repeat: z.literal('daily') }),
    z.object({
      repeat: z.literal('weekly'),
      weekdays: z.array(z.enum(weekdays, 'weekdays are mon to sun')).min(1, 'tick at least one weekday').max(7),
    }),
    z.object({
      repeat: z.literal('monthly'),
      /** A month that is shorter has it on its last day. */
      day: wholeNumber('Day').min(1, 'Day must be at least 1').max(31, 'Day must be at most 31'),
    }),
  ],
  'choose Daily, Weekly or Monthly',
);
export type Days = z.output<typeof daysSchema>;

export const scheduleSchema = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('once') }),
    z.object({
      kind: z.literal('day'),
      date: z.iso.date('choose a date, such as 2026-12-31'),
      times: timesSchema,
      zone,
    }),
    z.object({ kind: z.literal('recur'), days: daysSchema, times: timesSchema, zone }),
    z.object({
      kind: z.literal('cron'),
      expression: z
        .string('the cron expression is missing')
        .trim()
        .superRefine((expression, context) => {
          const message = cronProblem(expression);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        }),
      zone,
    }),
    /** The only form of older drawings. It knows neither days nor zones, so it stays what it was. */
    z.object({ kind: z.literal('interval'), ...intervalShape, every: intervalShape.every.max(1_000, 'Every must be at most 1000') }),
  ],
  'choose when the mailbox is polled',
);
export type Schedule = z.output<typeof scheduleSchema>;

/** Every so often, day and night. */
export function allDayEvery(every: number, unit: IntervalUnit, zone = 'UTC'): Schedule {
  return { kind: 'recur', days: { repeat: 'daily' }, times: { mode: 'every', every, unit, from: '00:00', to: '24:00' }, zone };
}

/** In UTC, since a description knows of no browser; the editor draws new channels with the zone of the person. */
export const everyMinute = allDayEvery(1, 'minutes');

export function intervalMs({ every, unit }: { every: number; unit: IntervalUnit }): number {
  return every * unitMs[unit];
}

/** "minute", "5 minutes" */
export function count({ every, unit }: { every: number; unit: IntervalUnit }): string {
  return every === 1 ? unit.slice(0, -1) : `${every} ${unit}`;
}

/** The time between `from` and `to` on a day without a change of the clocks, in ms; at most a day. */
function windowMs({ from, to }: { from: string; to: string }): number {
  return (msOfDay(to) - msOfDay(from) + dayMs) % dayMs || dayMs;
}

function msOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60_000;
}
