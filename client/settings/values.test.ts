import { expect, it } from 'vitest';
import { configView, fieldsOf, type AnyDescription } from '../../shared/catalog/define.ts';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { optionsOf, placeholderOf, problemText, tabsOf, typedText } from './values.ts';

const description = mailSender as unknown as AnyDescription;
const field = (key: string) => fieldsOf(description).find((candidate) => candidate.key === key)!;

it('shows the default as placeholder and goes back to it when the field is emptied', () => {
  const view = configView(description, {});
  expect(placeholderOf(field('folder'), view)).toBe('INBOX');
  expect(placeholderOf(field('timeoutMs'), view)).toBe('30000');
  expect(typedText(field('folder'), '')).toBeUndefined();
  expect(typedText(field('folder'), 'Orders')).toBe('Orders');
  expect(typedText(field('address'), '')).toBe('');
});

it('follows the protocol in placeholder, options and the implied port', () => {
  const view = configView(description, { protocol: 'pop3', address: 'mail.example.com' });
  expect(placeholderOf(field('address'), view)).toBe('mail.example.com:995');
  expect(optionsOf(field('protection'), view)).toMatchObject({ tls: 'POP3S' });
  expect(field('address').info.note?.(view)).toContain('995');
  expect(field('address').info.note?.({ ...view, address: 'mail.example.com:2995' })).toBeUndefined();
});

it('lists the tabs in the order of the fields', () => {
  expect(tabsOf(fieldsOf(description))).toEqual(['General', 'Connection', 'Processing', 'Scheduler']);
});

it('says what to do only where the field itself does not', () => {
  expect(problemText({ code: 'FIELD_REQUIRED', message: 'Address is missing.', remedy: 'Fill in Address.' })).toBe('Address is missing.');
  expect(problemText({ code: 'X', message: 'A.', remedy: 'B.' })).toBe('A. B.');
});
