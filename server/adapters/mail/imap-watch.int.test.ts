import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { mailSender } from '../../../shared/catalog/mail-sender.ts';
import type { MailboxSession } from '../../ports/mailbox.ts';
import { startFaultProxy } from '../../testing/fault-proxy.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer, type ScriptedPeer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { openImapSession } from './imap-session.ts';
import type { WatchOptions } from './imap-watch.ts';

let withIdle: MailServer;
let withoutIdle: MailServer;

beforeAll(async () => {
  [withIdle, withoutIdle] = await Promise.all([startMailServer(), startMailServer({ imapCapability: 'IMAP4rev1 LITERAL+ UIDPLUS' })]);
});
afterAll(() => Promise.all([withIdle.stop(), withoutIdle.stop()]));

const never = new AbortController().signal;
const mail = 'Subject: Order 17\r\n\r\nHello\r\n';
const soon: WatchOptions = { probeEveryMs: 200, probeAnswerMs: 400 };

async function open(port: number, { user, password }: { user: string; password: string }, options?: WatchOptions): Promise<MailboxSession> {
  const config = mailSender.config.parse({ address: `127.0.0.1:${port}`, protection: 'off', timeoutMs: 5_000, autoDisconnect: false });
  const context = { secrets: secretsOf(), signal: new AbortController().signal, log: silentLog };
  const session = await openImapSession(config, { name: 'mailbox', user, password }, context, options);
  onTestFinished(() => session.destroy());
  return session;
}

const wait = (session: MailboxSession, signal = never, onAlive = () => {}) => session.wait?.(signal, onAlive);

async function takesNext(session: MailboxSession, user: MailUser): Promise<string[]> {
  const waiting = wait(session);
  await user.deliver(mail);
  await waiting;
  return (await session.list({ isNewOnly: true })).mails.map(({ uid }) => uid);
}

test('IDLE tells of each new mail, and only new ones are listed', async () => {
  const user = await withIdle.createUser();
  await user.deliver(mail);
  const session = await open(withIdle.ports.imap, user);
  expect((await session.list()).mails.map(({ uid }) => uid)).toEqual(['1']);
  expect(await takesNext(session, user)).toEqual(['2']);
  expect(await takesNext(session, user)).toEqual(['3']);
  expect((await session.list()).mails).toHaveLength(3);
});

test('mail that arrives between listing and waiting ends the wait', async () => {
  const user = await withIdle.createUser();
  const session = await open(withIdle.ports.imap, user);
  await session.list();
  await user.deliver(mail);
  await wait(session);
  expect((await session.list({ isNewOnly: true })).mails).toHaveLength(1);
});

test('a server without IDLE is asked at each probe', async () => {
  const user = await withoutIdle.createUser();
  const session = await open(withoutIdle.ports.imap, user, soon);
  await session.list();
  expect(await takesNext(session, user)).toEqual(['1']);
});

test('a wait ends when it is told to, and the connection is good for more', async () => {
  const user = await withIdle.createUser();
  const session = await open(withIdle.ports.imap, user, soon);
  await session.list();
  const stop = new AbortController();
  let probes = 0;
  await wait(session, stop.signal, () => {
    probes += 1;
    if (probes === 3) stop.abort();
  });
  expect(probes).toBe(3);
  await user.deliver(mail);
  expect((await session.list()).mails).toHaveLength(1);
});

test('a line that has gone silent is noticed by the next probe', async () => {
  const user = await withIdle.createUser();
  const proxy = await startFaultProxy({ port: withIdle.ports.imap });
  onTestFinished(() => proxy.close());
  proxy.fault({ silence: (sent) => sent.includes('+ idling') });
  const session = await open(proxy.port, user, soon);
  await session.list();
  await expect(wait(session)).rejects.toMatchObject({ code: 'MAIL_TIMEOUT' });
});

test.each([
  ['says BYE', (peer: ScriptedPeer) => (peer.send('* BYE Autologout; idle for too long\r\n'), peer.end())],
  ['hangs up', (peer: ScriptedPeer) => peer.end()],
  ['breaks off', (peer: ScriptedPeer) => peer.reset()],
])('a server that %s while it is waited on is a lost connection', async (_name, act) => {
  const server = await startScriptedServer((peer) => imap(peer, { idle: () => act(peer) }));
  onTestFinished(() => server.close());
  const session = await open(server.port, { user: 'anna', password: 'secret' });
  await session.list();
  await expect(wait(session)).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
});

test.each([
  ['refuses IDLE', (peer: ScriptedPeer, tag: string) => peer.send(`${tag} NO not today\r\n`)],
  ['ends each IDLE at once', (peer: ScriptedPeer, tag: string) => peer.send(`+ idling\r\n${tag} OK that was it\r\n`)],
])('a server that %s is asked at each probe, not over and over', async (_name, idle) => {
  let idles = 0;
  let noops = 0;
  const server = await startScriptedServer((peer) =>
    imap(peer, {
      idle: (tag) => {
        idles += 1;
        idle(peer, tag);
      },
      noop: () => {
        noops += 1;
        if (noops === 6) peer.send('* 1 EXISTS\r\n');
      },
    }),
  );
  onTestFinished(() => server.close());
  const session = await open(server.port, { user: 'anna', password: 'secret' }, { ...soon, probeEveryMs: 50 });
  await session.list();
  await wait(session);
  expect(noops).toBe(6);
  expect(idles).toBeLessThan(3);
});

/** As much of an IMAP server as signing in to an empty folder takes. */
async function imap(peer: ScriptedPeer, does: { idle: (tag: string) => void; noop?: () => void }): Promise<void> {
  peer.send('* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] ready\r\n');
  for (;;) {
    const [tag = '', command = ''] = (await peer.line()).split(' ');
    if (tag === 'DONE') continue;
    if (command === 'AUTHENTICATE') {
      peer.send('+ \r\n');
      await peer.line();
    }
    if (command === 'CAPABILITY') peer.send('* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n');
    if (command === 'LIST' || command === 'LSUB') peer.send('* LIST () "/" INBOX\r\n');
    if (command === 'SELECT') peer.send('* 0 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 1] next\r\n');
    if (command === 'UID') peer.send('* SEARCH\r\n');
    if (command === 'NOOP') does.noop?.();
    if (command === 'IDLE') does.idle(tag);
    else peer.send(`${tag} OK done\r\n`);
  }
}
