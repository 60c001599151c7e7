import { createHash } from 'node:crypto';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { bytesOf } from '../../testing/bytes-of.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import type { MailboxSession } from '../../ports/mailbox.ts';
import { Pop3Client } from './pop3-client.ts';
import { openPop3Session } from './pop3-session.ts';
import { connectPop3, signInPop3 } from './pop3-sign-in.ts';

const context = { secrets: secretsOf(), signal: new AbortController().signal };
const trusted = tls.getCACertificates('default');
let server: MailServer;

beforeAll(async () => {
  server = await startMailServer();
  tls.setDefaultCACertificates([...trusted, server.ca]);
});
afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await server.stop();
});

function configOf(settings: Partial<MailSenderConfig> & { port: number }): MailSenderConfig {
  const { port, ...rest } = settings;
  return mailSender.config.parse({
    protocol: 'pop3',
    address: `localhost:${port}`,
    timeoutMs: 5_000,
    pop3PostProcessing: 'delete',
    ...rest,
  });
}

async function open(user: MailUser, settings: Partial<MailSenderConfig> & { port: number }): Promise<MailboxSession> {
  return openPop3Session(configOf(settings), { name: 'box', user: user.user, password: user.password }, context);
}

async function fetchAll(session: MailboxSession): Promise<Map<string, Buffer>> {
  const { mails } = await session.list();
  const found = new Map<string, Buffer>();
  for await (const { uid, bytes } of session.fetch(mails)) {
    found.set(uid, await bytesOf(bytes));
  }
  return found;
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Mails that show each kind of damage: dots, 8-bit bytes, no empty line at the end, long lines, more than one piece. */
function trickyMails(): Buffer[] {
  const head = 'From: a@example.com\r\nSubject: tricky\r\n\r\n';
  return [
    Buffer.from(`${head}.\r\n..\r\n.a\r\n...\r\n`),
    Buffer.from(`${head}\xe4\xf6\xfc \xff\xfe\r\n`, 'latin1'),
    Buffer.from(`${head}two empty lines\r\n\r\n\r\n`),
    Buffer.from(`${head}${'x'.repeat(100_000)}\r\n.${'y'.repeat(70_000)}\r\n`),
    Buffer.from(head),
    Buffer.from(`${head}${'.line with a dot in front of it\r\n'.repeat(100_000)}`),
    ...Array.from({ length: 40 }, (_, n) => Buffer.from(`${head}${`.mail ${n}\r\n`.repeat(n * 50)}`)),
  ];
}

test('a peek fetches the very bytes and leaves mails unread, which a poll does not', async () => {
  const user = await server.createUser();
  const mails = trickyMails().slice(0, 8);
  for (const mail of mails) await user.deliver(mail);
  const credential = { name: 'box', user: user.user, password: user.password };
  const config = configOf({ port: server.ports.pop3, protection: 'off' });
  const visit = async (isPeek: boolean) => {
    const session = await openPop3Session(config, credential, context, { isPeek });
    const found = await fetchAll(session);
    await session.close();
    return [...found.values()].map(sha256).sort();
  };
  expect(await visit(true)).toEqual(mails.map(sha256).sort());
  expect(await user.flags()).toEqual(mails.map(() => ''));
  await visit(false);
  expect(await user.flags()).toEqual(mails.map(() => 'S'));
});

describe.each([
  { protection: 'off', port: () => server.ports.pop3 },
  { protection: 'tls', port: () => server.ports.pop3s },
  { protection: 'starttls-mandatory', port: () => server.ports.pop3 },
  { protection: 'starttls-optional', port: () => server.ports.pop3 },
] as const)('Protection $protection', ({ protection, port }) => {
  test('every mail arrives with the bytes that were delivered', async () => {
    const user = await server.createUser();
    const mails = trickyMails();
    for (const mail of mails) await user.deliver(mail);
    const session = await open(user, { protection, port: port() });
    const listing = await session.list();
    expect(listing.mails.map(({ sizeBytes }) => sizeBytes)).toEqual(mails.map((mail) => mail.length));
    expect(listing).toMatchObject({ uidValidity: '', notes: [] });
    const found = await fetchAll(session);
    expect([...found.values()].map(sha256)).toEqual(mails.map(sha256));
    expect([...found.keys()]).toEqual(listing.mails.map(({ uid }) => uid));
    expect(await session.close()).toEqual([]);
  });

  test('CRAM-MD5 signs in, and a wrong password is refused with the words of the server', async () => {
    const user = await server.createUser();
    const session = await open(user, { protection, port: port(), authentication: 'encrypted' });
    expect((await session.list()).mails).toEqual([]);
    await session.close();
    for (const authentication of ['encrypted', 'plain'] as const) {
      const refused = open({ ...user, password: 'wrong' }, { protection, port: port(), authentication });
      await expect(refused).rejects.toMatchObject({ code: 'MAIL_SIGN_IN_REFUSED', details: expect.stringContaining('AUTH') });
    }
  });
});

test('a deleted mail is certain only after the sign-out, and only the one that was named is gone', async () => {
  const user = await server.createUser();
  await user.deliver('Subject: one\r\n\r\n');
  await user.deliver('Subject: two\r\n\r\n');
  const session = await open(user, { protection: 'off', port: server.ports.pop3 });
  const [first] = (await session.list()).mails;
  const item = { uid: first?.uid ?? '', action: 'delete', messageId: '', isRepeat: false } as const;
  expect(await session.settle([item, { ...item, uid: 'unknown' }])).toEqual([{ uid: 'unknown', isGone: true }]);
  expect(await session.settle([item])).toEqual([]);
  expect(await user.files()).toHaveLength(2);
  expect(await session.close()).toEqual([{ uid: item.uid }]);
  expect(await session.close()).toEqual([]);
  expect((await user.files()).map(({ raw }) => raw.toString())).toEqual(['Subject: two\r\n\r\n']);
});

test('POP3 can only delete: other post-processing is an error, and the mail stays', async () => {
  const user = await server.createUser();
  await user.deliver('Subject: one\r\n\r\n');
  const session = await open(user, { protection: 'off', port: server.ports.pop3 });
  const [mail] = (await session.list()).mails;
  const results = await session.settle([{ uid: mail?.uid ?? '', action: 'archive', messageId: '', isRepeat: false }]);
  expect(results).toMatchObject([{ uid: mail?.uid, error: { code: 'MAIL_POST_PROCESSING_FAILED' } }]);
  expect(await session.close()).toEqual([]);
  expect(await user.files()).toHaveLength(1);
});

test('a reader that stops in the middle of a large mail does not disturb the mails behind it', async () => {
  const user = await server.createUser();
  await user.deliver(`Subject: large\r\n\r\n${'0123456789\r\n'.repeat(1_000_000)}`);
  await user.deliver('Subject: small\r\n\r\n');
  const session = await open(user, { protection: 'off', port: server.ports.pop3 });
  const small: string[] = [];
  for await (const { bytes } of session.fetch((await session.list()).mails)) {
    if (bytes instanceof Uint8Array) small.push(Buffer.from(bytes).toString());
    else for await (const piece of bytes) if (piece.length > 0) break;
  }
  expect(small).toEqual(['Subject: small\r\n\r\n']);
  await session.close();
});

test('a port that speaks TLS is named when Protection does not, and the other way round', async () => {
  const user = await server.createUser();
  await expect(open(user, { protection: 'off', port: server.ports.pop3s, timeoutMs: 1_000 })).rejects.toMatchObject({
    code: 'MAIL_TLS_ON_CLEAR_PORT',
  });
  await expect(open(user, { protection: 'tls', port: server.ports.pop3 })).rejects.toMatchObject({ code: 'MAIL_CLEAR_ON_TLS_PORT' });
});

test('a certificate of an unknown authority is refused, over POP3S and after STLS, with its issuer and fingerprint', async () => {
  const user = await server.createUser();
  tls.setDefaultCACertificates(trusted);
  try {
    for (const settings of [
      { protection: 'tls', port: server.ports.pop3s },
      { protection: 'starttls-mandatory', port: server.ports.pop3 },
      { protection: 'starttls-optional', port: server.ports.pop3 },
    ] as const) {
      await expect(open(user, settings)).rejects.toMatchObject({
        code: 'MAIL_CERTIFICATE_UNKNOWN',
        message: expect.stringMatching(/issuer Mailroom test CA, SHA-256 [0-9A-F:]{95}/),
      });
    }
  } finally {
    tls.setDefaultCACertificates([...trusted, server.ca]);
  }
});

test("node-pop3's own commands run on our engine", async () => {
  const user = await server.createUser();
  const mail = Buffer.from('Subject: \xe4\r\n\r\n.one\r\ntwo\r\n', 'latin1');
  await user.deliver(mail);
  const config = configOf({ protection: 'tls', port: server.ports.pop3s });
  const link = await connectPop3(config, context);
  await signInPop3(link, config, { name: 'box', user: user.user, password: user.password });
  const { client } = link;
  expect(client).toBeInstanceOf(Pop3Client);
  const [, uid = ''] = (await client.UIDL())[0] ?? [];
  expect(await client.UIDL(1)).toEqual(['1', uid]);
  expect(await client.LIST()).toEqual([['1', String(mail.length)]]);
  expect(await client.LIST(1)).toEqual(['1', String(mail.length)]);
  expect(await client.STAT()).toBe(`1 ${mail.length}`);
  expect(await client.TOP(1, 1)).toBe('Subject: \xe4\r\n\r\n.one\r\n');
  expect(await client.RETR(1)).toBe(mail.toString('latin1'));
  expect(await client.DELE(1)).toMatch(/deleted/i);
  await client.RSET();
  await expect(client.LAST()).rejects.toMatchObject({ name: 'Pop3Refusal', message: 'Unknown command: LAST' });
  await client.NOOP();
  expect((await client.command('STAT'))[0]).toBe(`1 ${mail.length}`);
  await expect(client.DELE(7)).rejects.toMatchObject({ name: 'Pop3Refusal' });
  await client.QUIT();
  await expect(client.NOOP()).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
  expect(await user.files()).toHaveLength(1);
});
