import { filter, filterOperators, type Condition, type FilterConfig } from '../../shared/catalog/filter.ts';
import type { Message } from '../../shared/flow.ts';
import { readValue, type TemplateFacts } from '../../shared/template.ts';
import type { Step } from '../ports/steps.ts';
import { matchesWildcards } from './wildcards.ts';

/** Lets a message pass when all or any of its conditions hold; upper and lower case are the same. */
export const filterStep: Step<FilterConfig> = {
  type: filter.type,
  run(message, { conditions, match }, context) {
    const failing = conditions.filter((condition) => !holds(condition, message, context));
    const isPassing = match === 'all' ? failing.length === 0 : failing.length < conditions.length;
    if (isPassing) return { to: 'next', message, summary: `passed: ${conditions.length - failing.length} of ${conditions.length} hold` };
    const [first] = failing;
    return { to: 'stop', message, summary: first ? `filtered out: not true that ${textOf(first)}` : 'filtered out' };
  },
};

/**
 * Each of several values (attachment names) may satisfy a condition; the "not" kinds hold when none satisfies its opposite.
 * A value that is not there satisfies nothing.
 */
const operators: Record<Condition['operator'], (values: string[], wanted: string) => boolean> = {
  contains: (values, wanted) => values.some((text) => text.includes(wanted)),
  'contains-not': (values, wanted) => !values.some((text) => text.includes(wanted)),
  equals: (values, wanted) => values.includes(wanted),
  'equals-not': (values, wanted) => !values.includes(wanted),
  'starts-with': (values, wanted) => values.some((text) => text.startsWith(wanted)),
  'ends-with': (values, wanted) => values.some((text) => text.endsWith(wanted)),
  matches: (values, wanted) => values.some((text) => matchesWildcards(text, wanted)),
  exists: (values) => values.some((text) => text !== ''),
  'exists-not': (values) => !values.some((text) => text !== ''),
};

function holds({ subject, operator, value }: Condition, message: Message, facts: TemplateFacts): boolean {
  return operators[operator](valuesOf(subject, message, facts).map(folded), folded(value));
}

function valuesOf(subject: string, message: Message, facts: TemplateFacts): string[] {
  if (subject === 'attachments.count') return [String(message.attachments.length)];
  if (subject === 'attachments.names') return message.attachments.map(({ name }) => name);
  const value = readValue(subject, message, facts);
  return value === undefined ? [] : [value];
}

/** NFC, since some systems write "ü" as two characters and others as one. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

function textOf({ subject, operator, value }: Condition): string {
  const text = `${subject} ${filterOperators[operator]} ${operator.startsWith('exists') ? '' : `'${value}'`}`.trim();
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
