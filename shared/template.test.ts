import { expect, test } from 'vitest';
import type { Message } from './flow.ts';
import { fillTemplate, readValue } from './template.ts';

const facts = { exchangeId: 'e-1', flowName: 'Orders', receivedAt: new Date('2026-03-01T08:30:00Z') };
const message: Message = {
  headers: { subject: 'Order 17', 'x-trick': '${body}' },
  properties: { amount: 3, nothing: null, list: ['a', 1], 'exchange.id': 'forged' },
  body: { contentType: 'text/plain', text: 'three pumps' },
  attachments: [],
};

test.each([
  ['${header.Subject}!', 'Order 17!'],
  ['${property.amount} of ${property.list}', '3 of ["a",1]'],
  ['${body}', 'three pumps'],
  ['${property.exchange.id} ${property.flow.name} ${property.exchange.receivedAt}', 'e-1 Orders 2026-03-01T08:30:00.000Z'],
  ['[${header.missing}${property.nothing}]', '[]'],
  ['${header.constructor}${property.toString}', ''],
  ['${other} $body ${header.}', '${other} $body ${header.}'],
])('%s becomes %s', (template, expected) => {
  expect(fillTemplate(template, message, facts)).toBe(expected);
});

test('a value that looks like a placeholder is not filled in again', () => {
  expect(fillTemplate('${header.x-trick}', message, facts)).toBe('${body}');
});

test('a large body repeated many times is refused instead of filling the memory', () => {
  const large = { ...message, body: { contentType: 'text/plain', text: 'x'.repeat(1_000_000) } };
  expect(() => fillTemplate('${body}'.repeat(100), large, facts)).toThrow(expect.objectContaining({ code: 'TEMPLATE_TOO_LARGE' }));
});

test('a subject of no known kind has no value', () => {
  expect(readValue('attachments.count', message, facts)).toBeUndefined();
});
