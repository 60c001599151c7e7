import { count, weekdays, type Days, type Schedule, type Times, type Weekday } from './schedule.ts';

/** A schedule in a few words that follow "Polled": "Mon–Fri every 5 minutes from 08:00 to 18:00, Europe/Berlin". */
export function scheduleText(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'once':
      return 'once, right after Deploy';
    case 'interval':
      return `every ${count(schedule)}`;
    case 'cron':
      return `by cron ${schedule.expression}, ${schedule.zone}`;
    case 'day':
      return `${schedule.times.mode === 'at' ? 'once, ' : ''}on ${schedule.date} ${timesText(schedule.times)}, ${schedule.zone}`;
    default: {
      const { days, times, zone } = schedule;
      const words = [daysText(days, times), timesText(times)].filter((part) => part !== '').join(' ');
      // Day and night, the zone decides nothing.
      return days.repeat === 'daily' && times.mode === 'every' && isWholeDay(times) ? words : `${words}, ${zone}`;
    }
  }
}

export const weekdayNames: Record<Weekday, string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

export function isWholeDay({ from, to }: { from: string; to: string }): boolean {
  return from === '00:00' && to === '24:00';
}

function timesText(times: Times): string {
  if (times.mode === 'at') return `at ${times.at}`;
  const interval = `every ${count(times)}`;
  if (isWholeDay(times)) return interval;
  return `${interval} from ${times.from} to ${times.to}${times.to < times.from ? ' of the next day' : ''}`;
}

function daysText(days: Days, times: Times): string {
  if (days.repeat === 'weekly') return weekdaysText(days.weekdays);
  if (days.repeat === 'daily') return times.mode === 'at' ? 'daily' : '';
  if (days.day === 31) return 'on the last day of each month';
  return days.day > 28 ? `on day ${days.day} of each month, or its last,` : `on day ${days.day} of each month`;
}

/** "Mon–Fri", "Mon, Wed", "Mon–Wed, Sun" */
function weekdaysText(ticked: Weekday[]): string {
  const spans: Weekday[][] = [];
  let previous: Weekday | undefined;
  for (const day of weekdays) {
    if (ticked.includes(day)) {
      if (previous !== undefined && ticked.includes(previous)) spans.at(-1)?.push(day);
      else spans.push([day]);
    }
    previous = day;
  }
  return spans
    .flatMap((span) => (span.length > 2 ? [[span[0], span.at(-1)]] : span.map((day) => [day])))
    .map((ends) => ends.map((day) => day && weekdayNames[day]).join('–'))
    .join(', ');
}
