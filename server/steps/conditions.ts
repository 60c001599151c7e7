import { isGroup, type Condition, type ConditionGroup, type Operator } from '../../shared/catalog/conditions.ts';
import type { Message } from '../../shared/flow.ts';
import { readValue, type TemplateFacts } from '../../shared/template.ts';
import { matchesWildcards } from './wildcards.ts';

/** Whether a message is as a condition, or a group of them, says; upper and lower case are the same. */
export function holds(part: Condition | ConditionGroup, message: Message, facts: TemplateFacts): boolean {
  if (isGroup(part)) {
    const doesHold = (inner: Condition | ConditionGroup) => holds(inner, message, facts);
    return part.match === 'all' ? part.of.every(doesHold) : part.of.some(doesHold);
  }
  return comparisons[part.operator](valuesOf(part.subject, message, facts).map(folded), folded(part.value));
}

/**
 * Each of several values (attachment names) may satisfy a condition; the "not" kinds hold when none satisfies its opposite.
 * A value that is not there satisfies nothing.
 */
const comparisons: Record<Operator, (values: string[], wanted: string) => boolean> = {
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

/** Numbers by size; as soon as one of the two is none, both as text, by code units: right for times as `2026-03-01T08:30:00Z`. */
function order(text: string, other: string): number {
  const [left, right] = [numberIn(text), numberIn(other)];
  if (left !== undefined && right !== undefined) return left - right;
  if (text === other) return 0;
  return text < other ? -1 : 1;
}

function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
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
