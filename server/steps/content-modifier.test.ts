import { describe, expect, test } from 'vitest';
import { contentModifier, type ContentModifierConfig } from '../../shared/catalog/content-modifier.ts';
import { message, stepContext } from '../testing/factories.ts';
import { stepContract } from '../testing/step-contract.ts';
import { contentModifierStep } from './content-modifier.ts';

const config = (overrides: Partial<ContentModifierConfig>): ContentModifierConfig => ({
  ...contentModifier.config.parse({}),
  ...overrides,
});
const run = async (overrides: Partial<ContentModifierConfig>, input = message()) =>
  (await contentModifierStep.run(input, config(overrides), stepContext({ exchangeId: 'e-1' }))).message;

stepContract(contentModifier, contentModifierStep, [
  { name: 'nothing to do', config: config({}), message: message() },
  {
    name: 'header, property and body',
    config: config({
      assignments: [
        { target: 'header', name: 'X-Kind', value: '${body}' },
        { target: 'property', name: 'kind', value: '${header.subject}' },
      ],
      bodyKind: 'set',
      body: '${property.kind}: ${body}',
    }),
    message: message({ body: { contentType: 'text/plain', text: 'a\r\nBcc: everybody@example.com' } }),
  },
]);

describe('content modifier', () => {
  test('a header is set under its lower-case name and replaces the one from the mail', async () => {
    const { headers } = await run({ assignments: [{ target: 'header', name: 'Subject', value: 'Re: ${header.SUBJECT}' }] });
    expect(headers['subject']).toBe('Re: Order 17');
    expect(Object.keys(headers)).not.toContain('Subject');
  });

  test('an assignment sees those before it', async () => {
    const { properties } = await run({
      assignments: [
        { target: 'property', name: 'a', value: '1' },
        { target: 'property', name: 'b', value: '${property.a}2' },
      ],
    });
    expect(properties).toMatchObject({ a: '1', b: '12' });
  });

  test('an empty value removes a header', async () => {
    const { headers } = await run({ assignments: [{ target: 'header', name: 'From', value: '' }] });
    expect(headers).not.toHaveProperty('from');
  });

  test('line breaks in a value can not start another header', async () => {
    const input = message({ body: { contentType: 'text/plain', text: 'x\r\nBcc: all@example.com\u0000' } });
    const { headers } = await run({ assignments: [{ target: 'header', name: 'x-text', value: '${body}' }] }, input);
    expect(headers['x-text']).toBe('x Bcc: all@example.com');
  });

  test('a property named __proto__ is a property like any other', async () => {
    const { properties } = await run({ assignments: [{ target: 'property', name: '__proto__', value: 'x' }] });
    expect(Object.getPrototypeOf(properties)).toBe(Object.prototype);
    expect(Object.hasOwn(properties, '__proto__')).toBe(true);
  });

  test('a new body may hold the old one and has its own content type', async () => {
    const { body } = await run({ bodyKind: 'set', body: '<p>${body}</p>', bodyContentType: 'text/html' });
    expect(body).toEqual({ contentType: 'text/html', text: '<p>Please send 3 pumps.</p>' });
  });
});
