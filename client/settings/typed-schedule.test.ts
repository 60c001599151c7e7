import { expect, test } from 'vitest';
import { everyMinute, scheduleSchema } from '../../shared/schedule.ts';
import { browserZone } from '../time-zones.ts';
import { readTyped, wrongPaths } from './typed-schedule.ts';

const now = new Date('2026-11-22T23:30:00Z');
const zone = 'Asia/Kathmandu';

test('every kind can be chosen from nothing typed, and is right at once', () => {
  for (const kind of ['once', 'day', 'recur', 'cron'] as const) {
    const typed = { ...readTyped(undefined, now), kind };
    expect(scheduleSchema.safeParse(typed).error, kind).toBeUndefined();
    for (const repeat of ['daily', 'weekly', 'monthly'] as const)
      for (const mode of ['at', 'every'] as const)
        expect([...wrongPaths({ ...typed, days: { ...typed.days, repeat }, times: { ...typed.times, mode } })]).toEqual([]);
  }
  expect(scheduleSchema.parse(readTyped(undefined, now))).toEqual(everyMinute);
});

test('a date not chosen yet is tomorrow, by the clock of the zone', () => {
  expect(readTyped({ kind: 'day', zone }, now).date).toBe('2026-11-24');
  expect(readTyped({ kind: 'day', zone: 'UTC' }, now).date).toBe('2026-11-23');
  expect(readTyped({ kind: 'day', zone: 'Nowhere' }, now).date).toBe('2026-11-23');
});

test('what was emptied stays empty and is named as wrong', () => {
  const times = { mode: 'every', every: null, unit: 'minutes', from: '', to: '18:00' };
  const typed = readTyped({ kind: 'recur', days: { repeat: 'weekly', weekdays: [] }, times, zone }, now);
  expect(typed.times).toMatchObject({ every: null, from: '', to: '18:00' });
  expect([...wrongPaths(typed)].sort()).toEqual(['days.weekdays', 'times.every', 'times.from']);
});

test('an interval of an older drawing is kept, and what is chosen instead is meant by the clock of the person', () => {
  const typed = readTyped({ kind: 'interval', every: 36, unit: 'hours' }, now);
  expect(scheduleSchema.parse(typed)).toEqual({ kind: 'interval', every: 36, unit: 'hours' });
  expect(scheduleSchema.parse({ ...typed, kind: 'recur' })).toEqual({ ...everyMinute, zone: browserZone() });
  expect(readTyped(everyMinute, now).unit).toBeUndefined();
});

test.each([null, 'every minute', 42, [], { kind: 'never', days: 7, times: [], zone: 5, expression: {} }])(
  '%j, as the API may hold it, is read without harm',
  (typed) => {
    expect(readTyped(typed, now).kind).toBe('recur');
  },
);
