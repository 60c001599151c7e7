import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { eventually } from '../../testing/eventually.ts';
import { startMailServer, type MailServer, type MailServerOptions, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import type { MailboxSession, PostProcessing, SettleItem } from '../../ports/mailbox.ts';
import { openImapSession } from './imap-session.ts';

const started: MailServer[] = [];
let server: MailServer;
/** Offers neither UIDPLUS nor MOVE. */
let poor: MailServer;
let cramOnly: MailServer;
let clearOnly: MailServer;
/** Its certificate is for another name. */
let otherName: MailServer;

beforeAll(async () => {
  const start = async (options?: MailServerOptions) => {
    const instance = await startMailServer(options);
    started.push(instance);
    return instance;
  };
  [server, poor, cramOnly, clearOnly, otherName] = await Promise.all([
    start(),
    start({ imapCapability: 'IMAP4rev1 LITERAL+ IDLE' }),
    start({ mechanisms: ['cram-md5'] }),
    start({ hasTls: false }),
    start({ certificateNames: ['mail.example.test'] }),
  ]);
  trust(...started);
});
afterAll(() => Promise.all(started.map((instance) => instance.stop())));

const systemAuthorities = tls.getCACertificates('default');

function trust(...servers: MailServer[]): void {
  tls.setDefaultCACertificates([...systemAuthorities, ...servers.map(({ ca }) => ca)]);
}

async function open(
  { user, password }: { user: string; password: string },
  config: Partial<MailSenderConfig>,
  signal = new AbortController().signal,
): Promise<MailboxSession> {
  const full = mailSender.config.parse({ address: `localhost:${server.ports.imaps}`, timeoutMs: 5_000, ...config });
  const session = await openImapSession(
    full,
    { name: 'mailbox', user, password },
    {
      secrets: secretsOf(),
      signal,
      log: silentLog,
    },
  );
  onTestFinished(() => session.destroy());
  return session;
}

const nobody = { user: 'nobody', password: 'secret' };

const mail = (id: string) => `From: a@example.test\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.test>\r\n\r\nBody ${id}\r\n`;

function owed(uid: string | undefined, action: PostProcessing, messageId = '', isRepeat = false): SettleItem {
  return { uid: uid ?? '', action, messageId, isRepeat };
}

async function userWith(instance: MailServer, ...ids: string[]): Promise<MailUser> {
  const user = await instance.createUser();
  for (const id of ids) await user.deliver(mail(id));
  return user;
}

async function subjects(user: MailUser, folder?: string): Promise<string[]> {
  return (await user.files(folder)).map(({ raw }) => /Subject: (.*)\r/.exec(raw.toString())?.[1] ?? '');
}

describe('protection and sign-in', () => {
  test.each([
    ['tls', 'imaps', 'plain'],
    ['tls', 'imaps', 'encrypted'],
    ['starttls-mandatory', 'imap', 'plain'],
    ['starttls-mandatory', 'imap', 'encrypted'],
    ['starttls-optional', 'imap', 'plain'],
    ['off', 'imap', 'plain'],
    ['off', 'imap', 'encrypted'],
  ] as const)('%s on the %s port signs in with %s authentication', async (protection, port, authentication) => {
    const session = await open(await server.createUser(), { address: `localhost:${server.ports[port]}`, protection, authentication });
    expect((await session.list()).mails).toEqual([]);
  });

  test('a server that offers only CRAM-MD5 lets Encrypted in and tells Plain what it offers', async () => {
    const user = await cramOnly.createUser();
    const address = `localhost:${cramOnly.ports.imaps}`;
    await (await open(user, { address, authentication: 'encrypted' })).close();
    const plain = open(user, { address, authentication: 'plain' });
    await expect(plain).rejects.toMatchObject({ code: 'MAIL_MECHANISM_NOT_OFFERED', message: expect.stringContaining('CRAM-MD5') });
  });

  test('a wrong password with CRAM-MD5 is refused, in the words of the server', async () => {
    const { user } = await server.createUser();
    const refused = open({ user, password: 'wrong' }, { authentication: 'encrypted' });
    await expect(refused).rejects.toMatchObject({ code: 'MAIL_SIGN_IN_REFUSED', details: expect.stringContaining('AUTHENTICATIONFAILED') });
  });

  test('STARTTLS Mandatory fails where it is not offered, Optional goes on in clear on this machine', async () => {
    const user = await clearOnly.createUser();
    const address = `localhost:${clearOnly.ports.imap}`;
    await expect(open(user, { address, protection: 'starttls-mandatory' })).rejects.toMatchObject({ code: 'MAIL_STARTTLS_NOT_OFFERED' });
    const { notes } = await (await open(user, { address, protection: 'starttls-optional' })).list();
    expect(notes).toEqual([expect.stringContaining('did not offer STARTTLS')]);
  });

  test.each(['tls', 'starttls-mandatory'] as const)('a certificate for another name is refused (%s)', async (protection) => {
    const port = protection === 'tls' ? otherName.ports.imaps : otherName.ports.imap;
    const refused = open(nobody, { address: `localhost:${port}`, protection });
    await expect(refused).rejects.toMatchObject({
      code: 'MAIL_CERTIFICATE_WRONG_HOST',
      message: expect.stringContaining('mail.example.test'),
    });
  });

  test.each(['tls', 'starttls-mandatory'] as const)(
    'an unknown authority is named with the fingerprint of the certificate (%s)',
    async (protection) => {
      trust();
      onTestFinished(() => trust(...started));
      const port = protection === 'tls' ? server.ports.imaps : server.ports.imap;
      const refused = open(nobody, { address: `localhost:${port}`, protection });
      await expect(refused).rejects.toMatchObject({
        code: 'MAIL_CERTIFICATE_UNKNOWN',
        message: expect.stringMatching(/issuer Mailroom test CA, SHA-256 ([0-9A-F]{2}:){31}/),
      });
    },
  );

  test('TLS on the clear port and clear on the TLS port are told apart', async () => {
    await expect(open(nobody, { address: `localhost:${server.ports.imap}`, protection: 'tls' })).rejects.toMatchObject({
      code: 'MAIL_CLEAR_ON_TLS_PORT',
    });
    await expect(open(nobody, { address: `localhost:${server.ports.imaps}`, protection: 'off', timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'MAIL_TLS_ON_CLEAR_PORT',
    });
  });
});

/** A server on this machine under a name that is not loopback for the rules: what would travel is seen. */
test('a plain password never travels unencrypted to another machine', async () => {
  const lines: string[] = [];
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('* OK ready\r\n');
    for (;;) {
      const line = await peer.line();
      lines.push(line);
      const [tag, command] = line.split(' ');
      if (command === 'CAPABILITY') peer.send('* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN\r\n');
      peer.send(`${tag} OK done\r\n`);
    }
  });
  onTestFinished(() => scripted.close());
  // 0.0.0.0 reaches this machine, but is not one of the loopback names.
  const address = `0.0.0.0:${scripted.port}`;
  for (const protection of ['off', 'starttls-optional'] as const) {
    await expect(open(nobody, { address, protection })).rejects.toMatchObject({ code: 'MAIL_PLAIN_NOT_PROTECTED' });
  }
  expect(lines.join('\n')).toMatch(/CAPABILITY/);
  expect(lines.join('\n')).not.toMatch(/LOGIN|AUTHENTICATE|secret/);
});

describe('a server in trouble', () => {
  test.each([
    ['NO [UNAVAILABLE] try later', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['NO [ALERT] Too many simultaneous connections', 'MAIL_TOO_MANY_CONNECTIONS'],
    ['NO wrong', 'MAIL_SIGN_IN_REFUSED'],
  ])('a sign-in answered with %s is %s', async (answer, code) => {
    const scripted = await startScriptedServer(async (peer) => {
      peer.send('* OK ready\r\n');
      for (;;) {
        const [tag, command] = (await peer.line()).split(' ');
        if (command === 'CAPABILITY') peer.send(`* CAPABILITY IMAP4rev1\r\n${tag} OK done\r\n`);
        else peer.send(`${tag} ${answer}\r\n`);
      }
    });
    onTestFinished(() => scripted.close());
    await expect(open(nobody, { address: `127.0.0.1:${scripted.port}`, protection: 'off' })).rejects.toMatchObject({ code });
  });

  test.each([
    ['hangs up at once', 'MAIL_CONNECTION_LOST', (peer: { end(): void }) => peer.end()],
    ['resets', 'MAIL_CONNECTION_LOST', (peer: { reset(): void }) => peer.reset()],
    ['says nothing', 'MAIL_TIMEOUT', () => {}],
    [
      'says good-bye for too many connections',
      'MAIL_TOO_MANY_CONNECTIONS',
      (peer: { send(text: string): void }) => peer.send('* BYE Too many connections from your address\r\n'),
    ],
  ] as const)('a server that %s gives %s', async (_, code, script) => {
    const scripted = await startScriptedServer(script);
    onTestFinished(() => scripted.close());
    const opening = open(nobody, { address: `127.0.0.1:${scripted.port}`, protection: 'off', timeoutMs: 1_000 });
    await expect(opening).rejects.toMatchObject({ code });
    await eventually(() => scripted.open() === 0, { what: 'the end of the connection' });
  });

  test('a connection that drops during a visit fails the fetch: no mail looks as if it were gone', async () => {
    const instance = await startMailServer();
    onTestFinished(() => instance.stop());
    const user = await userWith(instance, 'one', 'two');
    const session = await open(user, { address: `localhost:${instance.ports.imap}`, protection: 'off' });
    const { mails } = await session.list();
    await instance.goDown();
    const fetching = session.fetch(mails)[Symbol.asyncIterator]().next();
    await expect(fetching).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
    await expect(session.settle([owed(mails[0]?.uid, 'delete')])).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
    await instance.comeBack();
    expect(await subjects(user)).toEqual(['one', 'two']);
  });
});

describe('listing and folders', () => {
  test('Only Unread leaves read mails out, All takes them, neither takes what is flagged as deleted', async () => {
    const user = await userWith(poor, 'read', 'deleted', 'new');
    const config = { address: `localhost:${poor.ports.imaps}` };
    const first = await open(user, config);
    const [read, deleted, fresh] = (await first.list()).mails;
    await first.settle([owed(read?.uid, 'mark-read'), owed(deleted?.uid, 'delete')]);
    expect((await first.list()).mails).toEqual([fresh]);
    const all = await open(user, { ...config, selection: 'all' });
    expect((await all.list()).mails).toEqual([{ ...read, flags: ['\\Seen'] }, fresh]);
  });

  test('a mail that arrives during the visit is in its next list', async () => {
    const user = await userWith(server, 'one');
    const session = await open(user, {});
    expect((await session.list()).mails).toHaveLength(1);
    await user.deliver(mail('two'));
    expect((await session.list()).mails).toHaveLength(2);
  });

  test('a missing folder is named with those that look like it', async () => {
    const user = await server.createUser();
    await user.createFolder('Invoices');
    const missing = open(user, { folder: 'Invoice' });
    await expect(missing).rejects.toMatchObject({
      code: 'MAIL_FOLDER_MISSING',
      message: expect.stringContaining('Nearest names: Invoices.'),
    });
  });

  test('a folder with spaces is read, and INBOX in any case', async () => {
    const user = await userWith(server, 'one');
    await user.deliver(mail('two'), 'Open orders.2026 new');
    expect((await (await open(user, { folder: 'Open orders.2026 new' })).list()).mails).toHaveLength(1);
    expect((await (await open(user, { folder: 'Inbox' })).list()).mails).toHaveLength(1);
  });
});

describe('post-processing', () => {
  test('each action does what it says and leaves the other mails alone', async () => {
    const user = await userWith(server, 'a', 'b', 'c', 'd', 'e');
    await user.createFolder('Done');
    const session = await open(user, { postProcessing: 'archive', archiveFolder: 'Done' });
    const [a, b, c, d] = (await session.list()).mails;
    const results = await session.settle([
      owed(a?.uid, 'mark-read'),
      owed(b?.uid, 'delete'),
      owed(c?.uid, 'archive'),
      owed(d?.uid, 'archive-mark-read'),
    ]);
    expect(results).toEqual([a, b, c, d].map((listed) => ({ uid: listed?.uid })));
    expect(await subjects(user)).toEqual(['a', 'e']);
    expect(await user.flags()).toEqual(['S', '']);
    expect(await subjects(user, 'Done')).toEqual(['c', 'd']);
    expect(await user.flags('Done')).toEqual(['', 'S']);
  });

  test('without UIDPLUS nothing is expunged: mails are flagged, a note says so, and marks of others survive', async () => {
    const user = await userWith(poor, 'ours', 'theirs', 'archived');
    await user.createFolder('Done');
    const config: Partial<MailSenderConfig> = {
      address: `localhost:${poor.ports.imaps}`,
      postProcessing: 'archive',
      archiveFolder: 'Done',
    };
    const other = await open(user, config);
    const [ours, theirs, archived] = (await other.list()).mails;
    await other.settle([owed(theirs?.uid, 'delete')]);
    const session = await open(user, config);
    const results = await session.settle([owed(ours?.uid, 'delete'), owed(archived?.uid, 'archive')]);
    expect(results).toMatchObject([{ uid: ours?.uid, note: expect.stringContaining('UIDPLUS') }, { uid: archived?.uid }]);
    expect(await user.flags()).toEqual(['T', 'T', 'T']);
    expect(await subjects(user, 'Done')).toEqual(['archived']);
    expect((await session.list()).mails).toEqual([]);
  });

  test('a missing archive folder is the result of its mails, and they stay', async () => {
    const user = await userWith(server, 'a', 'b');
    const session = await open(user, { postProcessing: 'archive', archiveFolder: 'Nowhere' });
    const [a, b] = (await session.list()).mails;
    const results = await session.settle([owed(a?.uid, 'archive'), owed(b?.uid, 'mark-read')]);
    expect(results).toMatchObject([{ uid: a?.uid, error: { code: 'MAIL_ARCHIVE_FOLDER_MISSING' } }, { uid: b?.uid }]);
    expect(await subjects(user)).toEqual(['a', 'b']);
  });

  test.each([
    ['MOVE', () => server],
    ['COPY', () => poor],
  ])('an archiving whose answer was lost is not repeated when the copy is there (%s)', async (_, instanceOf) => {
    const instance = instanceOf();
    const user = await userWith(instance, 'copied', 'not-copied');
    await user.deliver(mail('copied'), 'Done');
    const session = await open(user, { address: `localhost:${instance.ports.imaps}`, postProcessing: 'archive', archiveFolder: 'Done' });
    const [copied, notCopied] = (await session.list()).mails;
    const results = await session.settle([
      owed(copied?.uid, 'archive', '<copied@example.test>', true),
      owed(notCopied?.uid, 'archive', '<not-copied@example.test>', true),
    ]);
    expect(results.filter(({ error }) => error)).toEqual([]);
    expect(results.map(({ uid }) => uid).sort()).toEqual([copied?.uid, notCopied?.uid]);
    expect((await subjects(user, 'Done')).sort()).toEqual(['copied', 'not-copied']);
    expect((await session.list()).mails).toEqual([]);
  });
});

test('another mail with the same Message-ID in the archive is not taken for the copy', async () => {
  const user = await userWith(server, 'order');
  await user.deliver(mail('order').replace('Body', 'Quite another body of'), 'Done');
  const session = await open(user, { postProcessing: 'archive', archiveFolder: 'Done' });
  const [order] = (await session.list()).mails;
  expect(await session.settle([owed(order?.uid, 'archive', '<order@example.test>', true)])).toEqual([{ uid: order?.uid }]);
  expect(await subjects(user, 'Done')).toEqual(['order', 'order']);
  await user.deliver(mail('next'));
  expect((await session.list()).mails).toHaveLength(1);
});

test('mails are fetched in batches and one that is gone is missing from the answer', async () => {
  const user = await userWith(server, ...Array.from({ length: 120 }, (_, index) => `mail-${index}`));
  const session = await open(user, {});
  const { mails } = await session.list();
  const gone = mails[60]?.uid;
  await session.settle([owed(gone, 'delete')]);
  const fetched: string[] = [];
  for await (const { uid } of session.fetch(mails)) fetched.push(uid);
  expect(fetched).toEqual(mails.map(({ uid }) => uid).filter((uid) => uid !== gone));
});

test('who stops reading early can go on with the visit', async () => {
  const user = await userWith(server, ...Array.from({ length: 120 }, (_, index) => `mail-${index}`));
  const session = await open(user, {});
  const { mails } = await session.list();
  for await (const { uid } of session.fetch(mails)) {
    expect(await session.settle([owed(uid, 'mark-read')])).toEqual([{ uid }]);
    break;
  }
  expect((await session.list()).mails).toHaveLength(119);
  expect(await session.close()).toEqual([]);
});
