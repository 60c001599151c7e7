import { conditionOperators, isGroup, type Condition, type ConditionGroup, type Match } from '../../shared/catalog/conditions.ts';
import type { Message } from '../../shared/flow.ts';
import { readValue, type TemplateFacts } from '../../shared/template.ts';
import { matchesWildcards } from './wildcards.ts';

/** @returns whether they hold, and those that don't */
export function judge(
  conditions: Condition[],
  match: Match,
  message: Message,
  facts: TemplateFacts,
): { holds: boolean; failing: Condition[] } {
  const failing = conditions.filter((condition) => !isTrue(condition, message, facts));
  return { holds: match === 'all' ? failing.length === 0 : failing.length < conditions.length, failing };
}

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
  greater: (values, wanted) => values.some((text) => order(text, wanted) > 0),
  less: (values, wanted) => values.some((text) => order(text, wanted) < 0),
  exists: (values) => values.some((text) => text !== ''),
  'exists-not': (values) => !values.some((text) => text !== ''),
};

/** Whether a message is as a group of conditions says, and those within it. */
export function holds({ match, conditions }: ConditionGroup, message: Message, facts: TemplateFacts): boolean {
  const isSo = (part: Condition | ConditionGroup) => (isGroup(part) ? holds(part, message, facts) : isTrue(part, message, facts));
  return match === 'all' ? conditions.every(isSo) : conditions.some(isSo);
}

function isTrue({ subject, operator, value }: Condition, message: Message, facts: TemplateFacts): boolean {
  return operators[operator](valuesOf(subject, message, facts).map(folded), folded(value));
}

/** Numbers by size; as soon as one of the two is none, both as text, by code units: right for times as `2026-03-01T08:30:00Z`. */
function order(text: string, other: string): number {
  const [left, right] = [numberIn(text), numberIn(other)];
  if (left !== undefined && right !== undefined) return left - right;
  if (text === other) return 0;
  return text < other ? -1 : 1;
}

function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
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

/** For one line of the log. */
export function conditionText({ subject, operator, value }: Condition): string {
  const text = `${subject} ${conditionOperators[operator]} ${operator.startsWith('exists') ? '' : `'${value}'`}`.trim();
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
