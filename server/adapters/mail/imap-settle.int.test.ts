import { createHash } from 'node:crypto';
import { chmod, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { MailboxSession, PostProcessing, SettleItem } from '../../ports/mailbox.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { openImapSession } from './imap-session.ts';

/** Post-processing where the server refuses, or something is in doubt. The plain cases are in imap-session.int.test.ts. */

let server: MailServer;
/** Offers neither UIDPLUS nor MOVE. */
let poor: MailServer;

beforeAll(async () => {
  [server, poor] = await Promise.all([startMailServer(), startMailServer({ imapCapability: 'IMAP4rev1 LITERAL+ IDLE' })]);
});
afterAll(() => Promise.all([server.stop(), poor.stop()]));

async function open(
  port: number,
  { user, password }: Pick<MailUser, 'user' | 'password'>,
  config: Partial<MailSenderConfig> = {},
): Promise<MailboxSession> {
  const full = mailSender.config.parse({ address: `127.0.0.1:${port}`, protection: 'off', timeoutMs: 5_000, ...config });
  const context = { secrets: secretsOf(), signal: new AbortController().signal, log: silentLog };
  const session = await openImapSession(full, { name: 'mailbox', user, password }, context);
  onTestFinished(() => session.destroy());
  return session;
}

const archiving = { postProcessing: 'archive', archiveFolder: 'Done' } as const;
const owed = (uid: string | undefined, action: PostProcessing, more: Partial<SettleItem> = {}): SettleItem => ({
  uid: uid ?? '',
  action,
  messageId: '',
  isRepeat: false,
  ...more,
});

describe('an archiving in doubt', () => {
  test.each([
    ['with a Message-ID', 'Message-ID: <one@example.test>\r\n', '<one@example.test>'],
    ['without one', '', ''],
  ])('%s: a copy that is there is not made again, although the server has no MOVE', async (_, head, messageId) => {
    const user = await poor.createUser();
    await user.createFolder('Done');
    await user.deliver(`${head}Subject: one\r\n\r\nHello\r\n`);
    const first = await open(poor.ports.imap, user, archiving);
    const [mail] = (await first.list()).mails;
    const contentHash = await hashOf(first, mail?.uid);
    await first.settle([owed(mail?.uid, 'archive', { messageId, contentHash })]);
    // Only the second half was lost: the mail is in the folder still.
    const [copied] = await user.paths();
    await rename(copied?.path ?? '', (copied?.path ?? '').replace(/:2,\w*$/, ':2,'));

    const second = await open(poor.ports.imap, user, archiving);
    await second.list();
    await second.settle([owed(mail?.uid, 'archive', { messageId, contentHash, isRepeat: true })]);
    expect([await user.flags(), (await user.files('Done')).length]).toEqual([['T'], 1]);
  });

  test.each([
    ['with a Message-ID', 'Message-ID: <one@example.test>\r\n', '<one@example.test>'],
    ['without one', '', ''],
  ])('%s: a mail that only looks like the copy is not taken for it', async (_, head, messageId) => {
    const user = await server.createUser();
    await user.deliver(`${head}Subject: one\r\n\r\nHello\r\n`, 'Done');
    await user.deliver(`${head}Subject: one\r\n\r\nHallo\r\n`);
    const session = await open(server.ports.imap, user, archiving);
    const [mail] = (await session.list()).mails;
    const contentHash = await hashOf(session, mail?.uid);
    expect(await session.settle([owed(mail?.uid, 'archive', { messageId, contentHash, isRepeat: true })])).toEqual([{ uid: mail?.uid }]);
    expect([(await user.files()).length, (await user.files('Done')).length]).toEqual([0, 2]);
  });

  async function hashOf(session: MailboxSession, uid: string | undefined): Promise<string> {
    const hash = createHash('sha256');
    for await (const { bytes } of session.fetch([{ uid: uid ?? '', sizeBytes: 100 }])) if (bytes instanceof Uint8Array) hash.update(bytes);
    return hash.digest('hex');
  }
});

test.each(['mark-read', 'delete', 'archive', 'archive-mark-read', 'move-failed'] as const)(
  'a folder that the account may only read is named for %s, and nothing is changed',
  async (action) => {
    const user = await server.createUser();
    await user.createFolder('Done');
    await user.deliver('Subject: one\r\n\r\nHello\r\n');
    const [mail] = await user.paths();
    const folder = path.dirname(path.dirname(mail?.path ?? ''));
    const first = await open(server.ports.imap, user);
    await first.list();
    await first.close();
    for (const part of ['', 'new', 'cur']) await chmod(path.join(folder, part), 0o555);
    onTestFinished(async () => {
      for (const part of ['', 'new', 'cur']) await chmod(path.join(folder, part), 0o755);
    });
    const session = await open(server.ports.imap, user, { ...archiving, onFinalFailure: 'move', failureFolder: 'Done' });
    const [listed] = (await session.list()).mails;
    const results = await session.settle([owed(listed?.uid, action)]);
    expect(results).toMatchObject([
      { uid: listed?.uid, error: { code: expect.stringMatching(/MAIL_(FOLDER_READ_ONLY|POST_PROCESSING_FAILED)/) } },
    ]);
    expect([(await user.files()).length, (await user.files('Done')).length]).toEqual([1, 0]);
  },
);

/** An IMAP server with mails 1 to `count`, as far as these tests ask. */
async function scriptedImap(count: number, answer: (command: string, uids: number[]) => string | undefined) {
  const commands: string[] = [];
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('* OK ready\r\n');
    for (;;) {
      const line = await peer.line();
      const tag = line.split(' ')[0] ?? '';
      const command = line.slice(tag.length + 1);
      commands.push(command);
      const uids = Array.from({ length: count }, (_, index) => index + 1);
      if (command.startsWith('CAPABILITY')) peer.send('* CAPABILITY IMAP4rev1 UIDPLUS MOVE\r\n');
      if (command.startsWith('SELECT'))
        peer.send(
          `* ${count} EXISTS\r\n* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT ${count + 1}] ok\r\n`,
        );
      if (command === 'LIST "" ""') peer.send('* LIST (\\Noselect) "." ""\r\n');
      else if (command.startsWith('LIST')) peer.send('* LIST () "." INBOX\r\n* LIST () "." Done\r\n');
      if (command.startsWith('UID SEARCH')) peer.send(`* SEARCH ${uids.join(' ')}\r\n`);
      const set = /^UID (?:MOVE|STORE) (\S+)/.exec(command)?.[1] ?? '';
      const named = set.split(',').flatMap((part) => {
        const [from = 0, to = from] = part.split(':').map(Number);
        return uids.filter((uid) => uid >= from && uid <= to);
      });
      peer.send(`${tag} ${answer(command, named) ?? 'OK done'}\r\n`);
    }
  });
  onTestFinished(() => scripted.close());
  return { port: scripted.port, commands };
}

const nobody = { user: 'nobody', password: 'secret' };
const all = (count: number, action: PostProcessing) => Array.from({ length: count }, (_, index) => owed(String(index + 1), action));

describe('a server that refuses', () => {
  test('one mail among many: it is found, and the others are moved', async () => {
    const { port } = await scriptedImap(100, (command, uids) =>
      command.startsWith('UID MOVE') && uids.includes(37) ? 'NO [NOPERM] mail 37 is locked' : undefined,
    );
    const session = await open(port, nobody, archiving);
    const results = await session.settle(all(100, 'archive'));
    expect(results.filter(({ error }) => error)).toMatchObject([
      { uid: '37', error: { code: 'MAIL_POST_PROCESSING_FAILED', details: '[NOPERM] mail 37 is locked' } },
    ]);
    expect(results).toHaveLength(100);
  });

  test('all of them: it is asked a few times, not once for each', async () => {
    const { port, commands } = await scriptedImap(1_000, (command) =>
      command.startsWith('UID MOVE') ? 'NO [OVERQUOTA] the archive is full' : undefined,
    );
    const session = await open(port, nobody, archiving);
    const results = await session.settle(all(1_000, 'archive'));
    expect(results.every(({ error }) => error?.details === '[OVERQUOTA] the archive is full')).toBe(true);
    expect(results).toHaveLength(1_000);
    expect(commands.filter((command) => command.startsWith('UID MOVE')).length).toBeLessThan(30);
  });

  test('flags: a folder that keeps no read marks is an error, not a success', async () => {
    const { port } = await scriptedImap(2, (command) => (command.startsWith('UID STORE') ? 'NO [CANNOT] no flags here' : undefined));
    const session = await open(port, nobody);
    expect(await session.settle(all(2, 'mark-read'))).toMatchObject([{ error: { details: '[CANNOT] no flags here' } }, { error: {} }]);
  });
});
