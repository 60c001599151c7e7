import { describe, expect, test } from 'vitest';
import { scheduleText } from './schedule-text.ts';
import { everyMinute, scheduleSchema } from './schedule.ts';

const zone = 'Europe/Berlin';
const at = { mode: 'at', at: '06:00' };
const every = { mode: 'every', every: 5, unit: 'minutes', from: '08:00', to: '18:00' };
const daily = { repeat: 'daily' };
const weekly = (...weekdays: string[]) => ({ repeat: 'weekly', weekdays });
const recur = (days: unknown, times: unknown) => ({ kind: 'recur', days, times, zone });
const cron = (expression: string) => ({ kind: 'cron', expression, zone });

const problemOf = (typed: unknown) => scheduleSchema.safeParse(typed).error?.issues[0]?.message;

describe('a schedule in words', () => {
  test.each([
    [{ kind: 'once' }, 'once, right after Deploy'],
    [{ kind: 'day', date: '2026-12-01', times: at, zone }, 'once, on 2026-12-01 at 06:00, Europe/Berlin'],
    [{ kind: 'day', date: '2026-12-01', times: every, zone }, 'on 2026-12-01 every 5 minutes from 08:00 to 18:00, Europe/Berlin'],
    [everyMinute, 'every minute'],
    [recur(daily, every), 'every 5 minutes from 08:00 to 18:00, Europe/Berlin'],
    [recur(daily, { ...every, from: '22:00', to: '06:00' }), 'every 5 minutes from 22:00 to 06:00 of the next day, Europe/Berlin'],
    [recur(daily, at), 'daily at 06:00, Europe/Berlin'],
    [recur(weekly('mon', 'tue', 'wed', 'thu', 'fri'), every), 'Mon–Fri every 5 minutes from 08:00 to 18:00, Europe/Berlin'],
    [recur(weekly('sun', 'wed', 'mon', 'tue'), at), 'Mon–Wed, Sun at 06:00, Europe/Berlin'],
    [recur(weekly('sat', 'sun'), { ...every, from: '00:00', to: '24:00' }), 'Sat, Sun every 5 minutes, Europe/Berlin'],
    [recur({ repeat: 'monthly', day: 15 }, at), 'on day 15 of each month at 06:00, Europe/Berlin'],
    [recur({ repeat: 'monthly', day: 30 }, at), 'on day 30 of each month, or its last, at 06:00, Europe/Berlin'],
    [recur({ repeat: 'monthly', day: 31 }, at), 'on the last day of each month at 06:00, Europe/Berlin'],
    [cron('0 6 * * *'), 'by cron 0 6 * * *, Europe/Berlin'],
    [{ kind: 'interval', every: 1, unit: 'hours' }, 'every hour'],
  ])('%j', (typed, words) => {
    expect(scheduleText(scheduleSchema.parse(typed))).toBe(words);
  });
});

describe('what can not be a schedule is refused in words', () => {
  test.each([
    [undefined, /choose when/],
    [{ kind: 'sometimes' }, /choose when/],
    [{ kind: 'recur', zone }, /choose Daily/],
    [recur(daily, undefined), /choose On Time or Every/],
    [recur(weekly(), at), /tick at least one weekday/],
    [recur(weekly('noday'), at), /mon to sun/],
    [recur({ repeat: 'monthly', day: 32 }, at), /Day must be at most 31/],
    [recur({ repeat: 'monthly', day: 0 }, at), /Day must be at least 1/],
    [recur(daily, { mode: 'at' }), /On Time is missing/],
    [recur(daily, { mode: 'at', at: '24:00' }), /On Time must be a time/],
    [recur(daily, { ...every, every: undefined }), /Every must be a whole number/],
    [recur(daily, { ...every, every: 0 }), /at least 1/],
    [recur(daily, { ...every, every: 1.5 }), /whole number/],
    [recur(daily, { ...every, unit: 'days' }), /choose seconds/],
    [recur(daily, { ...every, from: '8:00' }), /from must be a time/],
    [recur(daily, { ...every, to: '24:01' }), /to must be a time/],
    [recur(daily, { ...every, to: '08:00' }), /from and to are both 08:00/],
    [recur(daily, { ...every, every: 11, unit: 'hours' }), /every 11 hours does not fit between 08:00 and 18:00/],
    [recur(daily, { ...every, every: 25, unit: 'hours', from: '00:00', to: '24:00' }), /does not fit/],
    [{ kind: 'day', date: '2026-02-30', times: at, zone }, /choose a date/],
    [{ kind: 'day', date: '', times: at, zone }, /choose a date/],
    [{ ...recur(daily, at), zone: undefined }, /choose a time zone/],
    [{ ...recur(daily, at), zone: '' }, /choose a time zone/],
    [{ ...recur(daily, at), zone: 'Europe/Atlantis' }, /no time zone 'Europe\/Atlantis'/],
    [{ ...recur(daily, at), zone: '+01:00' }, /no time zone/],
    [cron('0 25 * * *'), /the 2nd field, hour/],
    [{ kind: 'cron', zone }, /cron expression is missing/],
    [{ kind: 'interval', every: 1_001, unit: 'seconds' }, /at most 1000/],
  ])('%j', (typed, reason) => {
    expect(problemOf(typed)).toMatch(reason);
  });
});

test('what was typed for other kinds is dropped, not checked', () => {
  const typed = { ...recur({ ...daily, weekdays: [], day: 99 }, { ...at, every: -1 }), date: 'never', expression: 'x' };
  expect(scheduleSchema.parse(typed)).toEqual(recur(daily, at));
  expect(scheduleSchema.parse({ ...typed, kind: 'once' })).toEqual({ kind: 'once' });
});

test('a whole day may be its own interval', () => {
  expect(problemOf(recur(daily, { mode: 'every', every: 24, unit: 'hours', from: '00:00', to: '24:00' }))).toBeUndefined();
});

test('a drawing made before there were other forms keeps its interval', () => {
  const typed = { kind: 'interval', every: 36, unit: 'hours' };
  expect(scheduleSchema.parse(typed)).toEqual(typed);
});
