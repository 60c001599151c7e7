import { Cron } from 'croner';

/** Cron expressions, with five fields or, seconds first, with six. */

interface CronField {
  name: string;
  values: string;
}

const second: CronField = { name: 'second', values: '0 to 59' };
const fields: CronField[] = [
  { name: 'minute', values: '0 to 59' },
  { name: 'hour', values: '0 to 23' },
  { name: 'day of month', values: '1 to 31, or L for the last' },
  { name: 'month', values: '1 to 12, or JAN to DEC' },
  { name: 'weekday', values: '0 to 6 from Sunday, or SUN to SAT' },
];
const ordinals = ['1st', '2nd', '3rd', '4th', '5th', '6th'];
const longest = 100;

/**
 * The runs of an expression by the clocks of a zone. A fixed time that a change of the clocks skips runs at the first moment
 * after the gap, one that comes twice runs once; what repeats within the hour or from hour to hour goes on evenly.
 *
 * @param expression also with a seventh field, the year
 */
export function cronRuns(expression: string, zone: string): { after: (time: Date) => Date | undefined } {
  const cron = new Cron(expression, { timezone: zone, fixedTimeRule: 'no-wildcard' });
  return { after: (time) => cron.nextRun(time) ?? undefined };
}

/** What is wrong with an expression, and where, in words; undefined when it runs. */
export function cronProblem(expression: string): string | undefined {
  const parts = expression.split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) return 'the cron expression is missing';
  if (expression.length > longest) return `the cron expression is longer than ${longest} characters`;
  if (parts.length !== 5 && parts.length !== 6) {
    const found = parts.length === 1 ? '1 field' : `${parts.length} fields`;
    return `a cron expression has 5 fields (minute, hour, day of month, month, weekday), or 6 with the second first; this one has ${found}`;
  }
  const named = parts.length === 6 ? [second, ...fields] : fields;
  for (const [index, { name, values }] of named.entries()) {
    const alone = named.map((_, at) => (at === index ? (parts[at] ?? '') : '*')).join(' ');
    if (readingError(alone) === undefined) continue;
    return `the ${ordinals[index]} field, ${name}, can't be '${parts[index]}': use ${values}, *, lists (1,3), ranges (1-5) or steps (*/5)`;
  }
  const error = readingError(expression);
  if (error !== undefined) return `it can't be read: ${error}`;
  return cronRuns(expression, 'UTC').after(new Date()) ? undefined : 'there is no such day, so it would never run';
}

function readingError(expression: string): string | undefined {
  try {
    void new Cron(expression, { mode: '5-or-6-parts' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
}
