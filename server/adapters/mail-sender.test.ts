import { expect, test } from 'vitest';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { mailSenderAdapter } from './mail-sender.ts';

const config = (typed: Record<string, unknown>) =>
  mailSender.config.parse({ address: 'Mail.Example.test', credential: 'orders', ...typed });

test('the plan has the limits of the channel in milliseconds and bytes', () => {
  expect(mailSenderAdapter.plan(config({ maxMailMb: 2, lockTimeoutMin: 3, maxMessages: 7 }))).toMatchObject({
    maxMessages: 7,
    maxMailBytes: 2 * 1024 * 1024,
    lockTimeoutMs: 180_000,
    postProcessing: 'mark-read',
    postProcessWhen: 'completed',
  });
});

test('post-processing is the one of the protocol, whatever was chosen for the other', () => {
  const typed = { postProcessing: 'archive', archiveFolder: 'Done', pop3PostProcessing: 'delete' };
  expect(mailSenderAdapter.plan(config({ ...typed, protocol: 'imap4' })).postProcessing).toBe('archive');
  expect(mailSenderAdapter.plan(config({ ...typed, protocol: 'pop3' })).postProcessing).toBe('delete');
  expect(mailSenderAdapter.plan(config({ protocol: 'pop3' })).postProcessing).toBe('none');
});

test('a mailbox is named by lower-case host, user and folder, without the port', () => {
  expect(mailSenderAdapter.mailbox(config({ address: 'Mail.Example.test:1993', folder: 'Orders' }), 'anna')).toEqual({
    host: 'mail.example.test',
    user: 'anna',
    folder: 'Orders',
  });
  expect(mailSenderAdapter.mailbox(config({ folder: 'inbox' }), 'anna').folder).toBe('INBOX');
  expect(mailSenderAdapter.mailbox(config({ protocol: 'pop3', folder: 'Orders' }), 'anna').folder).toBe('INBOX');
});

test('the credential is asked for with the host it is sent to', () => {
  expect(mailSenderAdapter.credentialOf(config({}))).toEqual({ name: 'orders', host: 'mail.example.test' });
});
