import { describe, expect, test } from 'vitest';
import { firstRun, isDueOnDeploy, nextRun, nextRuns, offsetOf, shortestGapMs } from './schedule-runs.ts';
import { allDayEvery, everyMinute, scheduleSchema, type Days, type Schedule, type Times } from './schedule.ts';

const daily: Days = { repeat: 'daily' };
const at = (time: string): Times => ({ mode: 'at', at: time });
const every = (text: string, from = '00:00', to = '24:00'): Times => {
  const [n, unit] = text.split(' ');
  return { mode: 'every', every: Number(n), unit: unit as 'minutes', from, to };
};
const recur = (days: Days, times: Times, zone: string): Schedule => ({ kind: 'recur', days, times, zone });
const weekly = (...weekdays: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[]): Days => ({ repeat: 'weekly', weekdays });
const monthly = (day: number): Days => ({ repeat: 'monthly', day });
const day = (date: string, times: Times, zone: string): Schedule => ({ kind: 'day', date, times, zone });
const cron = (expression: string, zone: string): Schedule => ({ kind: 'cron', expression, zone });
const interval: Schedule = { kind: 'interval', every: 5, unit: 'minutes' };

const [berlin, newYork, lordHowe, kathmandu, havana] = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Havana',
];

/** Up to the minute, or to the second where it is not 0. */
const utc = (runs: Date[]) => runs.map((run) => run.toISOString().replace(/(:00)?\.000Z$/, ''));

describe('on time', () => {
  test.each<[what: string, schedule: Schedule, after: string, runs: string[]]>([
    ['daily in summer and winter', recur(daily, at('06:00'), berlin), '2026-07-01T04:00Z', ['2026-07-02T04:00', '2026-07-03T04:00']],
    ['across new year', recur(daily, at('23:59'), berlin), '2026-12-30T23:00Z', ['2026-12-31T22:59', '2027-01-01T22:59']],
    ['a zone of +05:45', recur(daily, at('09:00'), kathmandu), '2026-11-22T00:00Z', ['2026-11-22T03:15', '2026-11-23T03:15']],
    ['weekdays', recur(weekly('sat', 'mon'), at('08:00'), berlin), '2026-11-26T00:00Z', ['2026-11-28T07:00', '2026-11-30T07:00']],
    ['weekday of the zone, not of UTC', recur(weekly('mon'), at('00:30'), kathmandu), '2026-11-22T00:00Z', ['2026-11-22T18:45']],
    ['monthly', recur(monthly(28), at('12:00'), 'UTC'), '2026-01-28T12:00Z', ['2026-02-28T12:00', '2026-03-28T12:00']],
    ['day 29, no leap year', recur(monthly(29), at('12:00'), 'UTC'), '2026-01-30T00:00Z', ['2026-02-28T12:00', '2026-03-29T12:00']],
    ['day 29, leap year', recur(monthly(29), at('12:00'), 'UTC'), '2028-01-30T00:00Z', ['2028-02-29T12:00', '2028-03-29T12:00']],
    ['day 30', recur(monthly(30), at('12:00'), 'UTC'), '2026-01-31T00:00Z', ['2026-02-28T12:00', '2026-03-30T12:00', '2026-04-30T12:00']],
    ['day 31', recur(monthly(31), at('12:00'), 'UTC'), '2026-02-01T00:00Z', ['2026-02-28T12:00', '2026-03-31T12:00', '2026-04-30T12:00']],
    ['a leap day', day('2028-02-29', at('06:00'), newYork), '2026-01-01T00:00Z', ['2028-02-29T11:00']],

    ['Berlin: 02:30 is skipped', recur(daily, at('02:30'), berlin), '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['Berlin: 02:30 comes twice', recur(daily, at('02:30'), berlin), '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['New York: 02:30 is skipped', recur(daily, at('02:30'), newYork), '2026-03-07T12:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['New York: 01:30 comes twice', recur(daily, at('01:30'), newYork), '2026-10-31T12:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['Lord Howe: 02:15 is skipped', recur(daily, at('02:15'), lordHowe), '2026-10-03T12:00Z', ['2026-10-03T15:30', '2026-10-04T15:15']],
    ['Lord Howe: 01:45 comes twice', recur(daily, at('01:45'), lordHowe), '2026-04-04T12:00Z', ['2026-04-04T14:45', '2026-04-05T15:15']],
    ['Havana: no midnight', recur(daily, at('00:00'), havana), '2026-03-07T12:00Z', ['2026-03-08T05:00', '2026-03-09T04:00']],
    ['on the day of the change', day('2026-03-29', at('02:30'), berlin), '2026-01-01T00:00Z', ['2026-03-29T01:00']],
  ])('%s', (_, schedule, after, runs) => {
    expect(utc(nextRuns(schedule, new Date(after), runs.length))).toEqual(runs);
    expect(utc(nextRuns(schedule, new Date(after), runs.length, 123_456)), 'an offset moves no chosen time').toEqual(runs);
  });

  test('a time that comes twice is not due again between the two', () => {
    const half = recur(daily, at('02:30'), berlin);
    expect(utc([nextRun(half, new Date('2026-10-25T01:00Z'))!])).toEqual(['2026-10-26T01:30']);
  });

  test('a day that is over has no run left', () => {
    expect(nextRun(day('2026-11-22', at('06:00'), berlin), new Date('2026-11-22T05:00:00Z'))).toBeUndefined();
    expect(nextRun(day('2026-11-22', at('06:00'), berlin), new Date('2026-11-22T04:59:59.999Z'))).toEqual(new Date('2026-11-22T05:00Z'));
  });
});

describe('every so often between two times', () => {
  test.each<[what: string, schedule: Schedule, after: string, runs: string[]]>([
    [
      'the last before the end',
      recur(daily, every('5 minutes', '08:00', '18:00'), berlin),
      '2026-11-24T16:50Z',
      ['2026-11-24T16:55', '2026-11-25T07:00'],
    ],
    [
      'the first of the day',
      recur(daily, every('4 hours', '08:00', '18:00'), 'UTC'),
      '2026-11-24T00:00Z',
      ['2026-11-24T08:00', '2026-11-24T12:00', '2026-11-24T16:00', '2026-11-25T08:00'],
    ],
    [
      'an interval as long as the window',
      recur(daily, every('2 hours', '08:00', '10:00'), 'UTC'),
      '2026-11-24T08:00Z',
      ['2026-11-25T08:00'],
    ],
    [
      'over the weekend',
      recur(weekly('mon', 'fri'), every('1 hours', '16:00', '17:30'), 'UTC'),
      '2026-11-27T16:00Z',
      ['2026-11-27T17:00', '2026-11-30T16:00'],
    ],
    [
      'across midnight',
      recur(weekly('sat'), every('3 hours', '22:00', '06:00'), 'UTC'),
      '2026-11-28T21:00Z',
      ['2026-11-28T22:00', '2026-11-29T01:00', '2026-11-29T04:00', '2026-12-05T22:00'],
    ],
    [
      'to midnight',
      recur(weekly('sat'), every('1 hours', '22:00', '00:00'), 'UTC'),
      '2026-11-28T21:00Z',
      ['2026-11-28T22:00', '2026-11-28T23:00', '2026-12-05T22:00'],
    ],
    [
      'one day, also across midnight',
      day('2026-12-31', every('1 hours', '23:00', '01:00'), berlin),
      '2026-01-01T00:00Z',
      ['2026-12-31T22:00', '2026-12-31T23:00'],
    ],
    [
      'one whole day, 25 hours long',
      day('2026-10-25', every('12 hours'), berlin),
      '2026-01-01T00:00Z',
      ['2026-10-24T22:00', '2026-10-25T10:00', '2026-10-25T22:00'],
    ],
    [
      'a day begins anew at its first time',
      recur(daily, every('7 hours'), 'UTC'),
      '2026-11-24T14:00Z',
      ['2026-11-24T21:00', '2026-11-25T00:00'],
    ],

    [
      'Berlin, spring',
      recur(daily, every('30 minutes'), berlin),
      '2026-03-29T00:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
    ],
    [
      'Berlin, autumn',
      recur(daily, every('30 minutes'), berlin),
      '2026-10-25T00:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30'],
    ],
    [
      'Lord Howe, autumn',
      recur(daily, every('20 minutes'), lordHowe),
      '2026-04-04T14:40Z',
      ['2026-04-04T15:00', '2026-04-04T15:20', '2026-04-04T15:40'],
    ],
    ['Lord Howe, spring', recur(daily, every('20 minutes'), lordHowe), '2026-10-03T15:10Z', ['2026-10-03T15:30', '2026-10-03T15:50']],
    [
      'a window that spring makes shorter',
      recur(daily, every('1 hours', '01:00', '04:00'), berlin),
      '2026-03-28T12:00Z',
      ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T23:00'],
    ],
    [
      'a window that autumn makes longer',
      recur(daily, every('1 hours', '01:00', '04:00'), berlin),
      '2026-10-24T12:00Z',
      ['2026-10-24T23:00', '2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00', '2026-10-26T00:00'],
    ],
    [
      'a window that spring skips whole',
      recur(daily, every('10 minutes', '02:15', '02:45'), berlin),
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:15'],
    ],
    [
      'a day without its midnight',
      recur(daily, every('8 hours'), havana),
      '2026-03-08T04:00Z',
      ['2026-03-08T05:00', '2026-03-08T13:00', '2026-03-08T21:00', '2026-03-09T04:00'],
    ],
  ])('%s', (_, schedule, after, runs) => {
    expect(scheduleSchema.safeParse(schedule).error).toBeUndefined();
    expect(utc(nextRuns(schedule, new Date(after), runs.length))).toEqual(runs);
  });

  test('an offset spreads channels, within the interval, within the window and by five minutes at most', () => {
    const shifted = (schedule: Schedule, after: string, offsetMs: number) => utc(nextRuns(schedule, new Date(after), 2, offsetMs));
    const minutes = recur(daily, every('5 minutes', '08:00', '18:00'), 'UTC');
    expect(shifted(minutes, '2026-11-24T17:50Z', 90_000 + 300_000)).toEqual(['2026-11-24T17:51:30', '2026-11-24T17:56:30']);
    expect(shifted(minutes, '2026-11-24T17:56:30Z', 90_000)).toEqual(['2026-11-25T08:01:30', '2026-11-25T08:06:30']);
    const hours = recur(daily, every('1 hours', '08:00', '18:00'), 'UTC');
    expect(shifted(hours, '2026-11-24T00:00Z', 4 * 300_000 + 240_000)).toEqual(
      ['2026-11-24T08:04:00', '2026-11-24T09:04:00'].map((time) => time.slice(0, 16)),
    );
    const short = recur(daily, every('2 minutes', '08:00', '08:03'), 'UTC');
    expect(shifted(short, '2026-11-24T00:00Z', 110_000)).toEqual(['2026-11-24T08:01:50', '2026-11-25T08:01:50']);
    const skipped = recur(daily, every('10 minutes', '02:15', '02:45'), berlin);
    expect(shifted(skipped, '2026-03-28T12:00Z', 60_000)).toEqual(['2026-03-29T01:00', '2026-03-30T00:16']);
  });
});

describe('cron', () => {
  test.each<[what: string, schedule: Schedule, after: string, runs: string[]]>([
    ['five fields', cron('*/5 8-17 * * MON-FRI', berlin), '2026-11-27T16:50Z', ['2026-11-27T16:55', '2026-11-30T07:00']],
    [
      'six fields',
      cron('*/20 0 6 * * *', 'UTC'),
      '2026-11-27T06:00:10Z',
      ['2026-11-27T06:00:20', '2026-11-27T06:00:40', '2026-11-28T06:00'],
    ],
    ['the last day of the month', cron('0 6 L * *', kathmandu), '2026-02-01T00:00Z', ['2026-02-28T00:15', '2026-03-31T00:15']],
    ['leap days', cron('0 0 29 2 *', 'UTC'), '2026-01-01T00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['a fixed time that is skipped', cron('30 2,14 * * *', berlin), '2026-03-28T14:00Z', ['2026-03-29T01:00', '2026-03-29T12:30']],
    ['a fixed time that comes twice', cron('30 2 * * *', berlin), '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    [
      'what repeats goes on through the hour that comes twice',
      cron('*/30 * * * *', berlin),
      '2026-10-25T00:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30'],
    ],
  ])('%s', (_, schedule, after, runs) => {
    expect(utc(nextRuns(schedule, new Date(after), runs.length))).toEqual(runs);
  });
});

describe('the form of older drawings', () => {
  test('its runs lie on a grid that a late poll does not move', () => {
    expect(utc(nextRuns(interval, new Date('2026-11-22T10:02:30Z'), 2))).toEqual(['2026-11-22T10:05', '2026-11-22T10:10']);
    expect(utc(nextRuns(interval, new Date('2026-11-22T10:05:00Z'), 1))).toEqual(['2026-11-22T10:10']);
    expect(utc(nextRuns(interval, new Date('2026-11-22T10:02:30Z'), 1, 90_000 + 5 * 300_000))).toEqual(['2026-11-22T10:06:30']);
  });
});

test('Run Once has no further run', () => {
  expect(nextRun({ kind: 'once' }, new Date())).toBeUndefined();
  expect(nextRuns({ kind: 'once' }, new Date(), 5)).toEqual([]);
});

describe('the first poll', () => {
  const deployed = new Date('2026-11-24T12:34:56Z');
  test.each<[what: string, schedule: Schedule, first: Date | string | undefined]>([
    ['of Run Once is right after Deploy', { kind: 'once' }, deployed],
    ['of an older interval is right after Deploy', interval, deployed],
    ['of a schedule by day and night is right after Deploy', everyMinute, deployed],
    ['within its hours is right after Deploy', recur(weekly('tue'), every('1 hours', '08:00', '18:00'), 'UTC'), deployed],
    ['waits for its hours', recur(daily, every('1 hours', '08:00', '12:34'), 'UTC'), '2026-11-25T08:00:00Z'],
    ['waits for its day', recur(weekly('sun'), every('1 hours'), 'UTC'), '2026-11-29T00:00:00Z'],
    ['waits for its time', recur(daily, at('12:34'), 'UTC'), '2026-11-25T12:34:00Z'],
    ['on a day waits for the day', day('2026-11-25', every('1 hours'), 'UTC'), '2026-11-25T00:00:00Z'],
    ['by cron waits for its time', cron('*/5 * * * *', 'UTC'), '2026-11-24T12:35:00Z'],
    ['on a day that is over never comes', day('2026-11-23', every('1 hours'), 'UTC'), undefined],
  ])('%s', (_, schedule, first) => {
    expect(firstRun(schedule, deployed)).toEqual(first === undefined ? undefined : new Date(first));
    expect(isDueOnDeploy(schedule, deployed)).toBe(first === deployed);
  });
});

test('the shortest gap is that of the interval, or of the coming runs of a cron', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  expect(shortestGapMs(interval, now)).toBe(300_000);
  expect(shortestGapMs(allDayEvery(10, 'seconds'), now)).toBe(10_000);
  expect(shortestGapMs(cron('0,10 0 6 * * *', 'UTC'), now)).toBe(10_000);
  expect(shortestGapMs(recur(daily, at('06:00'), 'UTC'), now)).toBe(86_400_000);
  expect(shortestGapMs({ kind: 'once' }, now)).toBeUndefined();
});

test('channels have different offsets, each always the same', () => {
  const offsets = Array.from({ length: 1_000 }, (_, index) => offsetOf({ flowId: `flow-${index}`, nodeId: 'mail' }) % 60_000);
  expect(offsets[7]).toBe(offsetOf({ flowId: 'flow-7', nodeId: 'mail' }) % 60_000);
  const perSecond = Map.groupBy(offsets, (offset) => Math.floor(offset / 1_000));
  expect(perSecond.size).toBe(60);
  expect(Math.max(...[...perSecond.values()].map((group) => group.length))).toBeLessThan(60);
});

/** Pseudo-random, so that a failure can be repeated. Lehmer. */
function randomFrom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

test('whatever the schedule and the moment: runs are later than it, in order, and the same from wherever one looks', () => {
  const random = randomFrom(20_261_122);
  const pick = <T>(choices: T[]): T => choices[random(choices.length)] as T;
  const zones = [berlin, newYork, lordHowe, kathmandu, havana, 'Pacific/Apia', 'Africa/Casablanca', 'UTC'];
  // Around changes of the clocks in these zones, a leap day and new year.
  const moments = [
    '2026-03-08',
    '2026-03-29',
    '2026-04-04',
    '2026-10-03',
    '2026-10-24',
    '2026-11-01',
    '2028-02-28',
    '2026-12-31',
    '2026-02-14',
  ];
  const time = () => `${String(pick([0, 1, 1, 2, 2, 2, 3, 23])).padStart(2, '0')}:${pick(['00', '15', '30', '45'])}`;
  const times = (): Times =>
    pick([at(time()), every(pick(['7 minutes', '20 minutes', '1 hours', '45 seconds']), time(), time()), every('50 minutes')]);
  const days = (): Days => pick([daily, weekly('sun', 'mon'), weekly('sat'), monthly(1 + random(31))]);
  const schedules = (): unknown =>
    pick([
      recur(days(), times(), pick(zones)),
      recur(days(), times(), pick(zones)),
      day(pick(moments), times(), pick(zones)),
      cron(pick(['*/20 * * * *', '30 2 * * *', '15 1-3 * * *', '0 */2 * * *', '10,50 1,2 * * SUN', '0 2 L * *']), pick(zones)),
      { kind: 'interval', every: 1 + random(90), unit: pick(['seconds', 'minutes', 'hours']) },
    ]);
  let checked = 0;
  while (checked < 400) {
    const { data: schedule } = scheduleSchema.safeParse(schedules());
    if (!schedule) continue;
    checked += 1;
    const offsetMs = random(600_000);
    const from = new Date(Date.parse(`${pick(moments)}T12:00:00Z`) + random(86_400_000) - 43_200_000);
    const runs = nextRuns(schedule, from, 8, offsetMs);
    let previous = from;
    for (const run of runs) {
      const label = `${JSON.stringify(schedule)} with ${offsetMs} from ${previous.toISOString()}`;
      expect(run.getTime(), label).toBeGreaterThan(previous.getTime());
      const between = new Date(previous.getTime() + random(Math.min(run.getTime() - previous.getTime(), 2_000_000_000)));
      expect(nextRun(schedule, between, offsetMs), `${label}, seen from ${between.toISOString()}`).toEqual(run);
      expect(nextRun(schedule, new Date(run.getTime() - 1), offsetMs), label).toEqual(run);
      previous = run;
    }
  }
});
