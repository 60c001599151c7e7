import { scheduleText } from '../shared/schedule-text.ts';
import { scheduleSchema, type Schedule } from '../shared/schedule.ts';

/** How a schedule is written in the API: a part of the page of adapters. The examples are checked by the schema. */
export function schedulesSection(): string {
  const examples = forms.map(([title, text, ...values]) => [`### ${title}`, text, ...values.map(example)].join('\n\n'));
  return ['## Schedules', introduction, ...examples, rules].join('\n\n');
}

function example(value: Schedule): string {
  return `Polled ${scheduleText(scheduleSchema.parse(value)).replaceAll('*', '\\*')}:\n\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\``;
}

const introduction =
  'The form writes what stands here, and the API takes it. A `zone` is an IANA name such as `Europe/Berlin`; `from` and `to` are ' +
  'times of 24 hours, no run is at `to` itself. A new channel drawn in the browser is polled every minute, by the zone of the ' +
  'browser; where the API gives no schedule, the zone is UTC.';

const zone = 'Europe/Berlin';
const forms: [title: string, text: string, ...Schedule[]][] = [
  [
    'Run Once',
    'One poll right after Deploy. One that fails is repeated until a poll has completed; after that, _Poll now_ or the next Deploy polls again.',
    { kind: 'once' },
  ],
  [
    'Schedule on Day',
    'On one date, at a time or every so often between two. `every` is followed by `seconds`, `minutes` or `hours` and must fit between `from` and `to`.',
    { kind: 'day', date: '2026-12-01', times: { mode: 'at', at: '06:00' }, zone },
    { kind: 'day', date: '2026-12-01', times: { mode: 'every', every: 5, unit: 'minutes', from: '08:00', to: '18:00' }, zone },
  ],
  [
    'Schedule to Recur',
    'Daily, on days of the week, or on a day of the month; 29 to 31 is the last day of a month that is shorter. 00:00 to 24:00 is the whole day, and a `to` before `from` is on the next day.',
    {
      kind: 'recur',
      days: { repeat: 'weekly', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'] },
      times: { mode: 'every', every: 5, unit: 'minutes', from: '08:00', to: '18:00' },
      zone,
    },
    {
      kind: 'recur',
      days: { repeat: 'daily' },
      times: { mode: 'every', every: 30, unit: 'seconds', from: '22:00', to: '06:00' },
      zone,
    },
    { kind: 'recur', days: { repeat: 'monthly', day: 31 }, times: { mode: 'at', at: '06:00' }, zone },
  ],
  [
    'Cron',
    'Five fields: minute, hour, day of month, month, weekday; or six, with the second first. Where both day fields are set, either of them suffices. `L` is the last day of the month.',
    { kind: 'cron', expression: '*/5 8-17 * * MON-FRI', zone },
  ],
  [
    'Interval',
    'The only form of older drawings, which keep it. It knows neither days nor zones.',
    { kind: 'interval', every: 10, unit: 'minutes' },
  ],
];

const rules = [
  '### When exactly',
  [
    '- _First poll._ Run Once and what repeats within a day begin right after Deploy, unless they have to wait for their day or hours. A chosen time, also by cron, is waited for.',
    '- _Spread._ What repeats within a day is shifted by up to 5 minutes, less than one interval, differently for each channel. A chosen time, also by cron, is kept.',
    '- _Change of the clocks._ A chosen time that is skipped is run at the first moment after the gap; one that comes twice is run once. What repeats keeps its distance: the day has an hour more or less of it.',
    '- _Late, failed or skipped._ Such a run is made up once, as soon as it can be, also after its hours or its day.',
  ].join('\n'),
].join('\n\n');
