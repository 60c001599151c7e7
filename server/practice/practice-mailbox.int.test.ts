import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { mailSenderAdapter } from '../adapters/mail-sender.ts';
import { secretsOf } from '../testing/secrets.ts';
import { silentLog } from '../testing/silent-log.ts';
import { startPracticeMailbox } from './practice-mailbox.ts';

type Mailbox = Awaited<ReturnType<typeof startPracticeMailbox>>;

let directory: string;
let mailbox: Mailbox;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-practice-'));
  mailbox = await start();
});
afterEach(async () => {
  await mailbox.close().catch(() => undefined);
  await rm(directory, { recursive: true, force: true });
});

const start = (port = 0): Promise<Mailbox> => startPracticeMailbox({ directory, port, log: silentLog });
const portOf = ({ address }: Mailbox): number => Number(address.split(':')[1]);
const restart = async (): Promise<void> => {
  await mailbox.close();
  mailbox = await start();
};

async function withClient<T>(use: (client: ImapFlow) => Promise<T>, pass = mailbox.password): Promise<T> {
  const auth = { user: mailbox.user, pass };
  const client = new ImapFlow({ host: '127.0.0.1', port: portOf(mailbox), secure: false, doSTARTTLS: false, auth, logger: false });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.logout();
  }
}

/** UIDs of the folder, its UIDVALIDITY, and what it holds. */
async function look(folder = 'INBOX') {
  return withClient(async (client) => {
    const opened = await client.mailboxOpen(folder);
    const uids = (await client.search({ deleted: false, seen: false }, { uid: true })) || [];
    const mails = [];
    if (uids.length > 0) {
      for await (const mail of client.fetch(uids.join(','), { uid: true, source: true, flags: true, size: true }, { uid: true }))
        mails.push(mail);
    }
    return { uids, uidValidity: opened.uidValidity, uidNext: opened.uidNext, mails };
  });
}

describe('practice mailbox', () => {
  test('it starts with four unread mails, each different', async () => {
    const { mails } = await look();
    const parsed = await Promise.all(mails.map(({ source }) => simpleParser(source ?? Buffer.alloc(0))));
    expect(parsed.map(({ subject }) => subject)).toEqual([
      'Pump World weekly: five ways to quieter pumps',
      'Störung an Anlage 3 – bitte prüfen 🔧',
      'Order 4711: 3 pumps, 12 valves',
      'Invoice 2026-0417',
    ]);
    expect(parsed.map(({ attachments }) => attachments.map(({ filename }) => filename))).toEqual([
      [],
      [],
      ['order-4711.csv'],
      ['invoice-2026-0417.pdf'],
    ]);
    expect(parsed[0]?.html).toContain('<h1>');
    expect(parsed[1]?.text).toContain('Viele Grüße 👋');
    expect(new Set(parsed.map(({ messageId }) => messageId)).size).toBe(4);
    expect(mails.every(({ size, source }) => size === source?.length)).toBe(true);
    expect(mailbox.counts()).toEqual({ total: 4, unread: 4 });
  });

  test('a wrong password is refused', async () => {
    await expect(withClient(async () => 'in', 'wrong')).rejects.toMatchObject({ authenticationFailed: true });
  });

  test('a test mail arrives with its subject and text', async () => {
    await mailbox.send({ subject: 'Größe: 3 👍', text: 'Does it arrive?' });
    const { mails } = await look();
    const mail = await simpleParser(mails.at(-1)?.source ?? Buffer.alloc(0));
    expect(mail.subject).toBe('Größe: 3 👍');
    expect(mail.text?.trim()).toBe('Does it arrive?');
    expect(mailbox.counts()).toEqual({ total: 5, unread: 5 });
  });

  test('a line break in the subject does not become a header', async () => {
    await mailbox.send({ subject: 'Hello\r\nBcc: all@example.com' });
    const mail = await simpleParser((await look()).mails.at(-1)?.source ?? Buffer.alloc(0));
    expect(mail.bcc).toBeUndefined();
  });

  test('marking as read, archiving and deleting work and survive a restart', async () => {
    const { uids } = await look();
    await withClient(async (client) => {
      await client.mailboxOpen('INBOX');
      expect(await client.messageFlagsAdd([uids[0] ?? 0], ['\\Seen'], { uid: true })).toBe(true);
      expect(await client.messageMove([uids[1] ?? 0], 'Archive', { uid: true })).toMatchObject({ destination: 'Archive' });
      expect(await client.messageDelete([uids[2] ?? 0], { uid: true })).toBe(true);
    });
    await restart();
    expect(mailbox.counts()).toEqual({ total: 2, unread: 1 });
    expect((await look()).uids).toEqual([uids[3]]);
    expect((await look('Archive')).mails).toHaveLength(1);
  });

  test('the mail sender reads it like any mailbox', async () => {
    const config = { ...mailSender.config.parse({}), address: mailbox.address, protection: 'off' as const, archiveFolder: 'Archive' };
    const context = {
      secrets: secretsOf({ useCredential: async (name) => ({ name, user: mailbox.user, password: mailbox.password }) }),
      signal: new AbortController().signal,
      log: silentLog,
    };
    const session = await mailSenderAdapter.open(config, context);
    const { mails } = await session.list();
    const sizes = new Map<string, number>();
    for await (const { uid, bytes } of session.fetch(mails)) {
      let size = 0;
      for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) size += chunk.length;
      sizes.set(uid, size);
    }
    expect(mails.map(({ uid, sizeBytes }) => [uid, sizeBytes])).toEqual([...sizes].sort(([a], [b]) => Number(a) - Number(b)));
    const heads: string[] = [];
    for await (const { uid } of session.heads(mails)) heads.push(uid);
    expect(heads).toEqual(mails.map(({ uid }) => uid));
    expect(await session.findRead?.(1, [])).toEqual([]);
    const actions = ['mark-read', 'archive', 'archive-mark-read', 'delete'] as const;
    const items = mails.map(({ uid }, index) => ({ uid, action: actions[index] ?? 'delete', messageId: '', isRepeat: false }));
    const results = [...(await session.settle(items)), ...(await session.close())];
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results).toHaveLength(4);
    expect(mailbox.counts()).toEqual({ total: 1, unread: 0 });
    expect((await look('Archive')).mails).toHaveLength(1);
  });

  test('over a restart mails keep their UIDs, password and UIDVALIDITY stay, and no UID is given twice', async () => {
    const before = await look();
    const { password } = mailbox;
    await restart();
    expect(mailbox.password).toBe(password);
    const after = await look();
    expect(after).toMatchObject({ uids: before.uids, uidValidity: before.uidValidity });
    expect(after.uidNext).toBeGreaterThan(before.uidNext);
  });

  test('a lost or broken file starts a mailbox that no old UID belongs to', async () => {
    const before = await look();
    await mailbox.close();
    await writeFile(join(directory, 'practice.json'), '{"password":');
    mailbox = await start();
    expect((await look()).uidValidity).not.toBe(before.uidValidity);
    expect(await readFile(join(directory, 'practice.json.broken'), 'utf8')).toBe('{"password":');
  });

  test('the file with the password is readable by its owner only', async () => {
    expect((await stat(join(directory, 'practice.json'))).mode & 0o777).toBe(0o600);
  });

  test('a taken port is told, and another one is used', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const warnings: object[] = [];
    await mailbox.close();
    mailbox = await startPracticeMailbox({ directory, port, log: { ...silentLog, warn: (facts) => warnings.push(facts) } });
    other.close();
    expect(portOf(mailbox)).not.toBe(port);
    expect(warnings).toMatchObject([{ port }]);
    expect((await look()).mails).toHaveLength(4);
  });

  test('over 500 mails the oldest read ones go, unread ones stay', async () => {
    await withClient(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('1:2', ['\\Seen']);
    });
    while (mailbox.counts().total < 500) await mailbox.send({ subject: 'more' });
    await expect.poll(() => mailbox.send({ subject: 'one more' }).then(() => mailbox.counts().total)).toBe(500);
    expect(mailbox.counts().unread).toBeGreaterThanOrEqual(498);
  });

  test.each([
    ['no command', 'x\r\n'],
    ['an unknown command', 'a1 FROBNICATE\r\n'],
    ['a command that is a path', 'a1 ../../../../../../tmp/evil\r\n'],
    ['a broken list', 'a1 LIST ((((\r\n'],
    ['a quoted string without end', 'a1 LOGIN "practice\r\n'],
    ['a command before sign-in', 'a1 UID FETCH 1:* (BODY[])\r\n'],
    ['an object property as user', 'a1 LOGIN constructor x\r\n'],
    ['bytes that are no text', '\u0000\u0001\u00ff\r\n'],
  ])('odd input does no harm: %s', async (_, input) => {
    const socket = createConnection(portOf(mailbox), '127.0.0.1');
    socket.on('error', () => undefined);
    const answers: string[] = [];
    socket.on('data', (data: Buffer) => answers.push(data.toString()));
    await once(socket, 'data');
    socket.write(input, 'latin1');
    socket.end();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answers.join('')).not.toContain('a1 OK');
    expect((await look()).mails).toHaveLength(4);
  });

  test.each([
    ['a line', 'a1 LOGIN '.padEnd(200_000, 'x')],
    ['a literal', `a1 LOGIN {99999999}\r\n${'x'.repeat(200_000)}`],
  ])('%s without end is cut off', async (_, input) => {
    const socket = createConnection(portOf(mailbox), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(input);
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await look()).mails).toHaveLength(4);
  });

  test('a client can neither add mails nor folders', async () => {
    await withClient(async (client) => {
      await expect(client.append('INBOX', 'Subject: x\r\n\r\nx\r\n')).rejects.toThrow();
      await expect(client.mailboxCreate('Other')).rejects.toThrow();
    });
    expect(mailbox.counts()).toEqual({ total: 4, unread: 4 });
  });

  test('closing ends open connections', async () => {
    const socket = createConnection(portOf(mailbox), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await mailbox.close();
    await closed;
  });
});
