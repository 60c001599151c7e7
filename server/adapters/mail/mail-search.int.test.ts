import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { MailSearch } from '../../../shared/mail-search.ts';
import type { MailboxSession } from '../../ports/mailbox.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { mailSenderAdapter } from '../mail-sender.ts';

/** Search and what surrounds it, on a real server: IMAP4 lets the server search, POP3 reads heads, and both find the same. */

let server: MailServer;
let user: MailUser;

const mails: Record<string, string> = {
  invoice: head({ From: 'Billing <billing@example.com>', Subject: 'Invoice 17', 'X-Priority': '1' }),
  reply: head({ From: 'ada@example.com', To: 'Orders <orders@example.com>', Subject: 'RE: invoice seventeen' }),
  umlaut: head({ From: '=?utf-8?Q?J=C3=BCrgen?= <j@example.com>', Subject: '=?utf-8?B?UmVjaG51bmcgw7xiZXIgODAg4oKs?=' }),
  folded: head({ From: 'ada@example.com', Subject: 'a long\r\n subject about pumps' }),
  large: `${head({ From: 'ada@example.com', Subject: 'Plans' })}${'x'.repeat(70)}\r\n`.padEnd(3_000, 'y'),
  quoted: head({ From: 'ada@example.com', Subject: 'He said "yes" \\ no' }),
};

function head(fields: Record<string, string>): string {
  const all = { 'Message-ID': `<${Object.values(fields).join('').replaceAll(/\W/g, '')}@example.com>`, ...fields };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n')}\r\n\r\nbody\r\n`;
}

beforeAll(async () => {
  server = await startMailServer();
  user = await server.createUser();
  for (const raw of Object.values(mails)) await user.deliver(raw);
});
afterAll(() => server.stop());

async function open(
  protocol: 'imap4' | 'pop3',
  config: Partial<MailSenderConfig> = {},
  owner: Pick<MailUser, 'user' | 'password'> = user,
  port = protocol === 'imap4' ? server.ports.imap : server.ports.pop3,
): Promise<{ session: MailboxSession; full: MailSenderConfig }> {
  const full = mailSender.config.parse({ protocol, address: `127.0.0.1:${port}`, protection: 'off', timeoutMs: 5_000, ...config });
  const credential = { name: 'mailbox', user: owner.user, password: owner.password };
  const context = { secrets: secretsOf({ useCredential: async () => credential }), signal: new AbortController().signal, log: silentLog };
  const session = await mailSenderAdapter.open(full, context);
  onTestFinished(() => session.destroy());
  return { session, full };
}

/** Names of the mails that are found, in their order. */
async function find(protocol: 'imap4' | 'pop3', search: MailSearch): Promise<string[]> {
  const { session, full } = await open(protocol, { search, selection: 'all' });
  const listing = await session.list();
  const names = Object.keys(mails);
  if (protocol === 'imap4') return listing.mails.map(({ uid }) => names[Number(uid) - 1] ?? uid);
  const found: string[] = [];
  const at = new Map(listing.mails.map((mail, index) => [mail.uid, { mail, name: names[index] ?? '' }]));
  for await (const start of session.heads(listing.mails)) {
    const one = at.get(start.uid);
    if (one && mailSenderAdapter.isWanted(one.mail, start.head, full)) found.push(one.name);
  }
  return found;
}

describe.each(['imap4', 'pop3'] as const)('Search over %s', (protocol) => {
  test.each<[string, MailSearch, string[]]>([
    ['a sender', { from: 'billing' }, ['invoice']],
    ['a sender by address, whatever the case', { from: 'ADA@example.com' }, ['reply', 'folded', 'large', 'quoted']],
    ['a sender with an umlaut', { from: 'Jürgen' }, ['umlaut']],
    ['a receiver', { to: 'orders@' }, ['reply']],
    ['a subject anywhere, whatever the case', { subject: 'invoice' }, ['invoice', 'reply']],
    ['a subject with an umlaut and a euro', { subject: 'über 80 €' }, ['umlaut']],
    ['a folded subject', { subject: 'subject about' }, ['folded']],
    ['a subject with quotes and a backslash', { subject: '"yes" \\ no' }, ['quoted']],
    ['a header that is there', { header: { name: 'X-Priority', value: '' } }, ['invoice']],
    ['a header with a value', { header: { name: 'x-priority', value: '1' } }, ['invoice']],
    ['a header with another value', { header: { name: 'X-Priority', value: '2' } }, []],
    ['mails above a size', { largerKb: 2 }, ['large']],
    ['mails below a size', { smallerKb: 1, subject: 'invoice' }, ['invoice', 'reply']],
    ['all of it together', { from: 'ada', subject: 'invoice', smallerKb: 5 }, ['reply']],
    ['nothing', { subject: 'there is no such thing' }, []],
    ['everything where it is empty', {}, Object.keys(mails)],
  ])('finds %s', async (_, search, names) => {
    expect(await find(protocol, search)).toEqual(names);
  });
});

test.each([
  ['imap4', '2026-03-01', ['imap']],
  ['pop3', '2026-03-01', ['received', 'dated']],
] as const)('Since compares days over %s: by INTERNALDATE, or by the topmost Received line, else Date', async (protocol, since, found) => {
  const owner = await server.createUser();
  const received = (day: string) => `Received: from a by b; ${day} 23:30:00 -0800 (PST)\r\n`;
  const subject = (text: string) => `Subject: ${text}\r\n\r\n`;
  // Delivered today: only the lines of the head say otherwise.
  await owner.deliver(`${received('28 Feb 2026')}Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n${subject('too old')}`);
  await owner.deliver(`${received('1 Mar 2026')}${received('1 Jan 2020')}Date: Wed, 1 Jan 2020 10:00:00 +0000\r\n${subject('received')}`);
  await owner.deliver(`Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n${subject('dated')}`);
  const { session, full } = await open(protocol, { search: { since } }, owner);
  const { mails: listed } = await session.list();
  if (protocol === 'imap4') {
    expect(listed).toHaveLength(3);
    const later = await open('imap4', { search: { since: '2099-01-01' } }, owner);
    expect(await later.session.list()).toMatchObject({ mails: [], skippedBySearch: 3 });
    return;
  }
  const wanted: string[] = [];
  for await (const { uid, head: start } of session.heads(listed)) {
    if (mailSenderAdapter.isWanted({ uid, sizeBytes: 0 }, start, full))
      wanted.push(/Subject: (.*)\r/.exec(Buffer.from(start).toString())?.[1] ?? '');
  }
  expect(wanted).toEqual(found);
});

test('an IMAP listing says when mails arrived, their flags, the UID of the next one, and how many Search left out', async () => {
  const { session } = await open('imap4', { search: { subject: 'invoice' } });
  const { mails: listed, nextUid, skippedBySearch } = await session.list();
  expect(listed).toMatchObject([
    { uid: '1', flags: [] },
    { uid: '2', flags: [] },
  ]);
  for (const { arrivedAt } of listed) expect(Math.abs((arrivedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
  expect({ nextUid, skippedBySearch }).toEqual({ nextUid: 7, skippedBySearch: 4 });
});

test('a server that searches only ASCII is named with its words', async () => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('* OK ready\r\n');
    for (;;) {
      const line = await peer.line();
      const [tag, ...words] = line.split(' ');
      if (words[0] === 'CAPABILITY') peer.send('* CAPABILITY IMAP4rev1 LITERAL+\r\n');
      if (words[0] === 'SELECT') peer.send('* 1 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 2] ok\r\n');
      if (words[0] === 'LIST') peer.send('* LIST () "." INBOX\r\n');
      const isRefused = line.includes('CHARSET UTF-8');
      // The text comes as a literal of one line.
      if (isRefused && /\{\d+\+?\}$/.test(line)) await peer.line();
      peer.send(isRefused ? `${tag} NO [BADCHARSET (US-ASCII)] only ASCII here\r\n` : `${tag} OK done\r\n`);
    }
  });
  onTestFinished(() => scripted.close());
  const { session } = await open('imap4', { search: { subject: 'Rechnung für' } }, user, scripted.port);
  await expect(session.list()).rejects.toMatchObject({
    code: 'MAIL_SEARCH_REFUSED',
    remedy: expect.stringContaining('BADCHARSET'),
    details: expect.stringContaining('only ASCII here'),
  });
});

describe('mails that a person reads', () => {
  test('are found by what Search wants, from a UID on or by their UID, and are left unread by looking at them', async () => {
    const owner = await server.createUser();
    for (const name of ['one', 'two', 'three', 'four']) await owner.deliver(head({ Subject: name }));
    const reader = await open('imap4', {}, owner);
    const mailOf = ({ uid }: { uid: string }) => ({ uid, action: 'mark-read' as const, messageId: '', isRepeat: false });
    await reader.session.settle((await reader.session.list()).mails.slice(0, 3).map(mailOf));

    const { session } = await open('imap4', { search: { subject: 't' } }, owner);
    expect(await session.findRead?.(3, ['1', '2'])).toEqual(['2', '3']);
    expect(await session.findRead?.(9, [])).toEqual([]);
    expect((await session.find(['1', '3', '99'])).map(({ uid }) => uid)).toEqual(['1', '3']);
    const heads: string[] = [];
    for await (const { uid, head: start } of session.heads(await session.find(['4', '1'])))
      heads.push(`${uid} ${Buffer.from(start).toString()}`);
    expect(heads).toEqual([expect.stringMatching(/^1 .*Subject: one\r\n\r\n$/s), expect.stringMatching(/^4 .*Subject: four\r\n\r\n$/s)]);
    expect(await owner.flags()).toEqual(['S', 'S', 'S', '']);
  });
});
