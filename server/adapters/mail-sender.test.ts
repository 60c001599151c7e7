import { expect, test } from 'vitest';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { secretsOf } from '../testing/secrets.ts';
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

test('a mailbox is named by lower-case host, user and folder, without the port', async () => {
  const asked: string[][] = [];
  const secrets = secretsOf({
    useCredential: async (name, host) => {
      asked.push([name, host]);
      return { name, user: 'anna', password: 'secret' };
    },
  });
  const identify = async (typed: Record<string, unknown>) => (await mailSenderAdapter.identify(config(typed), secrets)).mailbox;
  expect(await mailSenderAdapter.identify(config({ address: 'Mail.Example.test:1993', folder: 'Orders' }), secrets)).toEqual({
    mailbox: { host: 'mail.example.test', user: 'anna', folder: 'Orders' },
    credential: 'orders',
  });
  expect((await identify({ folder: 'inbox' })).folder).toBe('INBOX');
  expect((await identify({ protocol: 'pop3', folder: 'Orders' })).folder).toBe('INBOX');
  // With the host it is sent to.
  expect(asked[0]).toEqual(['orders', 'mail.example.test']);
});
