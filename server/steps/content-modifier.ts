import { contentModifier, type Assignment, type ContentModifierConfig } from '../../shared/catalog/content-modifier.ts';
import type { Message } from '../../shared/flow.ts';
import { fillTemplate, type TemplateFacts } from '../../shared/template.ts';
import type { Step } from '../ports/steps.ts';

/** Sets headers, properties and the body, in this order; each assignment sees those before it. */
export const contentModifierStep: Step<ContentModifierConfig> = {
  type: contentModifier.type,
  run(message, config, context) {
    let changed = message;
    for (const assignment of config.assignments) changed = assign(changed, assignment, context);
    if (config.bodyKind === 'set') {
      changed = { ...changed, body: { contentType: config.bodyContentType, text: fillTemplate(config.body, changed, context) } };
    }
    return { to: 'next', message: changed, summary: summaryOf(config) };
  },
};

function assign(message: Message, { target, name, value }: Assignment, facts: TemplateFacts): Message {
  const text = fillTemplate(value, message, facts);
  if (target === 'property') return { ...message, properties: withEntry(message.properties, name, text) };
  return { ...message, headers: withEntry(message.headers, name.toLowerCase(), onOneLine(text)) };
}

/** A header value with a line break in it would start another header wherever it is written out (RFC 5322, 2.2). */
function onOneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what has to go
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f\u2028\u2029]+/g, ' ').trim();
}

/** A copy with `name` set, or without it when `value` is empty. Built from entries, since a name may be `__proto__`. */
function withEntry<T>(record: Record<string, T>, name: string, value: T & string): Record<string, T> {
  const others = Object.entries(record).filter(([key]) => key !== name);
  return Object.fromEntries(value === '' ? others : [...others, [name, value]]);
}

function summaryOf({ assignments, bodyKind }: ContentModifierConfig): string {
  const parts = assignments.map(({ target, name, value }) => `${value === '' ? 'removed' : 'set'} ${target} ${name}`);
  if (bodyKind === 'set') parts.push('replaced the body');
  const text = parts.join(', ') || 'changed nothing';
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
