import { ImapFlow } from 'imapflow';
import { expect, test } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { startImapServer } from './imap-server.ts';

test('a command that fails inside is refused, and its connection stays usable', async () => {
  const broken = {
    uid: 1,
    flags: [],
    internaldate: '01-Mar-2026 08:30:00 +0000',
    get raw(): string {
      throw new Error('broken mail');
    },
  };
  const warnings: object[] = [];
  const server = await startImapServer({
    port: 0,
    user: 'practice',
    password: 'secret',
    folders: { INBOX: { messages: [broken], uidvalidity: 7, uidnext: 2 }, Archive: { messages: [], uidvalidity: 8, uidnext: 1 } },
    onChange: () => undefined,
    log: { ...silentLog, warn: (facts) => warnings.push(facts) },
  });
  const auth = { user: 'practice', pass: 'secret' };
  const client = new ImapFlow({ host: '127.0.0.1', port: server.port, secure: false, doSTARTTLS: false, auth, logger: false });
  await client.connect();
  await client.mailboxOpen('INBOX');

  expect(await client.messageCopy('1', 'Archive', { uid: true })).toBe(false);
  expect(warnings).toMatchObject([{ command: 'UID COPY' }]);
  await client.noop();
  expect(client.mailbox).toMatchObject({ exists: 1, uidValidity: 7n });

  await client.logout();
  await server.close();
});
