import { FlowError } from './errors.ts';
import type { Json, Message } from './flow.ts';

/** What every flow knows of a message besides the message itself. */
export interface TemplateFacts {
  exchangeId: string;
  flowName: string;
  receivedAt: Date;
}

const placeholder = /\$\{(body|(?:header|property)\.[^{}]+)\}/g;
const maxCharacters = 16 * 1024 * 1024;

/**
 * Replaces `${header.name}`, `${property.name}` and `${body}`; what is missing becomes empty.
 *
 * What was filled in is not looked at again, so a mail can't smuggle placeholders in. Other `${…}` stay as they are.
 *
 * @throws FlowError TEMPLATE_TOO_LARGE beyond 16 Mi characters: a short template may repeat a large body
 */
export function fillTemplate(template: string, message: Message, facts: TemplateFacts): string {
  let characters = template.length;
  return template.replace(placeholder, (_, subject: string) => {
    const value = readValue(subject, message, facts) ?? '';
    characters += value.length;
    if (characters > maxCharacters) throw new FlowError('TEMPLATE_TOO_LARGE', { limitMb: maxCharacters / 1024 / 1024 });
    return value;
  });
}

/**
 * One value of a message as text.
 *
 * @param subject `body`, `header.<name>` (upper and lower case are the same) or `property.<name>`; the properties
 *   `exchange.id`, `exchange.receivedAt` and `flow.name` are always there
 * @returns undefined when the message does not have it
 */
export function readValue(subject: string, message: Message, facts: TemplateFacts): string | undefined {
  if (subject === 'body') return message.body.text;
  const [kind, ...rest] = subject.split('.');
  const name = rest.join('.');
  if (kind === 'header') return own(message.headers, name.toLowerCase());
  if (kind === 'property') return exchangeProperty(name, facts) ?? asText(own(message.properties, name));
  return undefined;
}

function exchangeProperty(name: string, facts: TemplateFacts): string | undefined {
  if (name === 'exchange.id') return facts.exchangeId;
  if (name === 'exchange.receivedAt') return facts.receivedAt.toISOString();
  if (name === 'flow.name') return facts.flowName;
  return undefined;
}

function asText(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Mails choose header names: `constructor` must not find what every object inherits. */
function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
