import tls from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { mailboxStages, probeStageSchema, type ProbeFacts, type ProbeStage } from '../../../shared/probe.ts';
import { FlowError } from '../../../shared/errors.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { connectImap } from './imap-client.ts';
import { probe } from './probe.ts';

let server: MailServer;
let user: MailUser;

beforeAll(async () => {
  server = await startMailServer({ imapCapability: 'IMAP4rev1 LITERAL+ IDLE' });
  user = await server.createUser();
  await user.createFolder('Done');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), server.ca]);
});
afterAll(() => server.stop());

async function probed(config: Partial<MailSenderConfig>, password = user.password, name = user.user): Promise<ProbeStage[]> {
  const reported: ProbeStage[] = [];
  const full = mailSender.config.parse({ address: `localhost:${server.ports.imaps}`, timeoutMs: 2_000, credential: 'mailbox', ...config });
  const useCredential = async (artifact: string) => {
    if (artifact !== 'mailbox') throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name: artifact });
    return { name: artifact, user: name, password };
  };
  await probe(full, context({ useCredential }), (stage) => reported.push(stage));
  return reported;
}

const failure = (reported: ProbeStage[]) => reported.find(({ state }) => state === 'failed');
const factsOf = (reported: ProbeStage[]): ProbeFacts => Object.assign({}, ...reported.map(({ facts }) => facts));

const context = (deployed = {}): SenderContext => ({
  secrets: secretsOf(deployed),
  signal: new AbortController().signal,
  log: silentLog,
});

/** The last that was reported of each stage, as `stage: state`. */
function outcome(reported: ProbeStage[]): string[] {
  const last = new Map(reported.map(({ stage, state }) => [stage, state]));
  return [...last].map(([stage, state]) => `${stage}: ${state}`);
}

const good = ['resolve: done', 'connect: done', 'protect: done', 'greeting: done', 'capabilities: done', 'mechanism: done'];
const inside = ['signIn: done', 'folders: done', 'counts: done', 'preview: done'];

test('each stage is reported as running before it is settled, with the time it took', async () => {
  const reported = await probed({ postProcessing: 'none' });
  expect(outcome(reported)).toEqual([...good, ...inside, 'postProcessing: done']);
  for (const stage of mailboxStages) {
    const ofStage = reported.filter((report) => report.stage === stage);
    expect(ofStage.map(({ state }) => state)).toEqual(['running', 'done']);
    expect(ofStage.map(({ durationMs }) => typeof durationMs)).toEqual(['undefined', 'number']);
  }
  expect(reported.find(({ stage, state }) => stage === 'protect' && state === 'done')?.sentence).toMatch(
    /^TLSv1\.3 \(TLS_\w+\), .* 59 more days\.$/,
  );
  expect(reported.every((stage) => probeStageSchema.safeParse(stage).success)).toBe(true);
});

test.each([
  ['a name that does not exist', { address: 'no-such-host.invalid' }, ['resolve: failed'], 'MAIL_HOST_NOT_FOUND'],
  ['no address', { address: '' }, ['resolve: failed'], 'MAIL_HOST_NOT_FOUND'],
  ['a missing artifact', { credential: 'none' }, [...good, 'signIn: failed'], 'CREDENTIAL_NOT_DEPLOYED'],
  ['a missing folder', { folder: 'Dome', postProcessing: 'none' }, [...good, 'signIn: done', 'folders: failed'], 'MAIL_FOLDER_MISSING'],
  [
    'a missing archive folder',
    { postProcessing: 'archive', archiveFolder: 'Nowhere' },
    [...good, ...inside, 'postProcessing: failed'],
    'MAIL_ARCHIVE_FOLDER_MISSING',
  ],
] satisfies [string, Partial<MailSenderConfig>, string[], string][])('%s fails at its stage', async (_, config, stages, code) => {
  const reported = await probed(config);
  const failed = reported.filter(({ state }) => state === 'failed');
  expect(outcome(reported).slice(0, stages.length)).toEqual(stages);
  expect(failed.map(({ error }) => error?.code)).toEqual([code]);
});

test.each(['imap4', 'pop3'] as const)('a wrong password fails at sign-in and is in no report (%s)', async (protocol) => {
  const address = `localhost:${protocol === 'imap4' ? server.ports.imaps : server.ports.pop3s}`;
  const reported = await probed({ protocol, address }, 'wrong-4711');
  expect(outcome(reported)).toEqual([...good, 'signIn: failed']);
  expect(reported.at(-1)?.error?.code).toBe('MAIL_SIGN_IN_REFUSED');
  expect(JSON.stringify(reported)).not.toContain('wrong-4711');
});

test('a server without UIDPLUS and MOVE is a warning for Delete and Archive', async () => {
  expect(outcome(await probed({ postProcessing: 'delete' })).at(-1)).toBe('postProcessing: warning');
  expect(outcome(await probed({ postProcessing: 'archive', archiveFolder: 'Done' })).at(-1)).toBe('postProcessing: warning');
  expect(outcome(await probed({ postProcessing: 'mark-read' })).at(-1)).toBe('postProcessing: done');
});

test.each(['imap4', 'pop3'] as const)('STARTTLS is followed, Off is a warning (%s)', async (protocol) => {
  const address = `localhost:${protocol === 'imap4' ? server.ports.imap : server.ports.pop3}`;
  const protectedBy = async (protection: MailSenderConfig['protection']) =>
    outcome(await probed({ protocol, address, protection })).find((text) => text.startsWith('protect'));
  expect(await protectedBy('starttls-mandatory')).toBe('protect: done');
  expect(await protectedBy('starttls-optional')).toBe('protect: done');
  expect(await protectedBy('off')).toBe('protect: warning');
});

test.each(['imap4', 'pop3'] as const)('TLS on a clear port and clear on a TLS port are named (%s)', async (protocol) => {
  const { imap, imaps, pop3, pop3s } = server.ports;
  const code = async (port: number, protection: MailSenderConfig['protection']) =>
    failure(await probed({ protocol, address: `localhost:${port}`, protection }))?.error?.code;
  expect(await code(protocol === 'imap4' ? imap : pop3, 'tls')).toBe('MAIL_CLEAR_ON_TLS_PORT');
  expect(await code(protocol === 'imap4' ? imaps : pop3s, 'off')).toBe('MAIL_TLS_ON_CLEAR_PORT');
});

test.each([
  ['that is no mail server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'MAIL_PROTOCOL_ERROR'],
  ['with an endless greeting', 'x'.repeat(100_000), 'MAIL_PROTOCOL_ERROR'],
])('a server %s is refused at the greeting', async (_, greeting, code) => {
  const scripted = await startScriptedServer((peer) => peer.send(greeting));
  onTestFinished(() => scripted.close());
  const reported = await probed({ address: `127.0.0.1:${scripted.port}`, protection: 'off' });
  expect(reported.at(-1)).toMatchObject({ stage: 'greeting', state: 'failed', error: { code } });
});

test.each(['imap4', 'pop3'] as const)('STARTTLS Mandatory fails at protection where it is not offered (%s)', async (protocol) => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send(protocol === 'imap4' ? '* OK ready\r\n' : '+OK ready\r\n');
    await peer.line();
    peer.send(protocol === 'imap4' ? '* CAPABILITY IMAP4rev1\r\nc OK done\r\n' : '-ERR unknown command\r\n');
  });
  onTestFinished(() => scripted.close());
  const reported = await probed({ protocol, address: `127.0.0.1:${scripted.port}`, protection: 'starttls-mandatory' });
  expect(reported.at(-1)).toMatchObject({ stage: 'protect', state: 'failed', error: { code: 'MAIL_STARTTLS_NOT_OFFERED' } });
});

test('data that is slipped in before the TLS handshake ends the test', async () => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('* OK ready\r\n');
    await peer.line();
    peer.send('* CAPABILITY IMAP4rev1 STARTTLS\r\nc OK done\r\n');
    await peer.line();
    peer.send('t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n');
  });
  onTestFinished(() => scripted.close());
  const reported = await probed({ address: `127.0.0.1:${scripted.port}`, protection: 'starttls-mandatory' });
  expect(reported.at(-1)).toMatchObject({
    state: 'failed',
    error: { code: 'MAIL_PROTOCOL_ERROR', details: 'data before the TLS handshake' },
  });
});

const invoice = (subject: string, more = '') =>
  [
    'From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>',
    `Subject: ${subject}`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    more,
    '<style>p { color: red }</style><p>Bitte gr=FC=DFen &amp; zahlen</p>',
    '',
  ].join('\r\n');

test('IMAP4: the next five mails are shown, and no flag, name or mark of any mail changes', async () => {
  const owner = await server.createUser();
  for (let number = 1; number <= 7; number += 1) await owner.deliver(invoice(`=?utf-8?q?Rechnung_f=C3=BCr_${number}?=`));
  // New to the server too: neither \Seen nor \Recent may change.
  const before = await stored(owner);
  const { preview, counts } = factsOf(await probed({}, owner.password, owner.user));
  expect(counts).toMatchObject({ total: 7, unread: 7, wanted: 7, tooLarge: 0, leftOut: 0 });
  expect(counts?.wantedBytes).toBe(7 * Buffer.byteLength(invoice('=?utf-8?q?Rechnung_f=C3=BCr_1?=')));
  expect(preview?.map(({ subject }) => subject)).toEqual([1, 2, 3, 4, 5].map((number) => `Rechnung für ${number}`));
  expect(preview?.[0]).toEqual({
    subject: 'Rechnung für 1',
    from: 'Jörg <joerg@example.com>',
    date: '2026-11-22T10:00:00.000Z',
    sizeBytes: Buffer.byteLength(invoice('=?utf-8?q?Rechnung_f=C3=BCr_1?=')),
    snippet: 'Bitte grüßen & zahlen',
  });
  expect(await stored(owner)).toEqual(before);
});

test('POP3: the next five mails are shown, and every mail stays as it was', async () => {
  const owner = await server.createUser();
  for (let number = 1; number <= 6; number += 1) await owner.deliver(invoice(`Order ${number}`));
  const before = (await owner.files()).map(({ raw }) => raw.toString());
  const config = { protocol: 'pop3', address: `localhost:${server.ports.pop3s}`, pop3PostProcessing: 'delete' } as const;
  const reported = await probed(config, owner.password, owner.user);
  expect(outcome(reported)).toEqual([...good, 'signIn: done', 'counts: done', 'preview: done', 'postProcessing: done']);
  const { preview, counts } = factsOf(reported);
  expect(counts).toMatchObject({ total: 6, unread: null, wanted: 6 });
  expect(preview?.map(({ subject, snippet }) => `${subject}: ${snippet}`)).toEqual(
    [1, 2, 3, 4, 5].map((number) => `Order ${number}: Bitte grüßen & zahlen`),
  );
  // Dovecot moves new mails from new to cur at every POP3 sign-in; RETR would also mark them as read.
  expect((await owner.files()).map(({ flags, raw }) => [flags, raw.toString()])).toEqual(before.map((raw) => ['', raw]));
});

test('mails that were read are counted but not among those that would be taken; too large ones are told apart', async () => {
  const owner = await server.createUser();
  await owner.deliver(invoice('seen'));
  await owner.deliver(invoice('small'));
  await owner.deliver(invoice('large', `${'x'.repeat(70)}\r\n`.repeat(16_000)));
  await readFirst(owner);
  const { preview, counts } = factsOf(await probed({ maxMailMb: 1 }, owner.password, owner.user));
  expect(counts).toMatchObject({ total: 3, unread: 2, wanted: 2, tooLarge: 1 });
  expect(preview?.map(({ subject }) => subject)).toEqual(['small', 'large']);
});

test.each(['imap4', 'pop3'] as const)(
  'Search narrows what would be taken, and the next mails are those it wants (%s)',
  async (protocol) => {
    const owner = await server.createUser();
    for (const subject of ['Order 1', 'Bill 1', 'Order 2', 'Bill 2']) await owner.deliver(invoice(subject));
    const address = `localhost:${protocol === 'imap4' ? server.ports.imaps : server.ports.pop3s}`;
    const reported = await probed({ protocol, address, search: { subject: 'bill' } }, owner.password, owner.user);
    expect(factsOf(reported).counts).toMatchObject({ total: 4, wanted: 2, leftOut: 2 });
    expect(factsOf(reported).preview?.map(({ subject }) => subject)).toEqual(['Bill 1', 'Bill 2']);
    expect(await owner.flags()).toEqual(['', '', '', '']);
  },
);

test('a mail that cannot be parsed is shown by its head, and what hides text is taken out of it', async () => {
  const owner = await server.createUser();
  await owner.deliver('Subject: good\u202Eexe.fdp\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\nhidden');
  await owner.deliver('no head at all');
  const { preview } = factsOf(await probed({}, owner.password, owner.user));
  expect(preview?.map(({ subject, from }) => ({ subject, from }))).toEqual([
    { subject: 'goodexe.fdp', from: '' },
    { subject: '', from: '' },
  ]);
});

test('folders are told with their place, use and whether they can be read', async () => {
  const owner = await server.createUser();
  await owner.createFolder('Orders.2026');
  await owner.createFolder('Entw&APw-rfe');
  const { folders } = factsOf(await probed({}, owner.password, owner.user));
  expect(folders).toEqual(
    expect.arrayContaining([
      { path: 'INBOX', name: 'INBOX', parents: [], use: 'inbox', isSelectable: true },
      { path: 'Orders', name: 'Orders', parents: [], isSelectable: false },
      { path: 'Orders.2026', name: '2026', parents: ['Orders'], isSelectable: true },
      { path: 'Entwürfe', name: 'Entwürfe', parents: [], use: 'drafts', isSelectable: true },
    ]),
  );
});

test('a missing folder names those that look like it, and the rest is still checked', async () => {
  const reported = await probed({ folder: 'Dome', postProcessing: 'mark-read' });
  expect(factsOf(reported).missing).toEqual({ field: 'folder', folder: 'Dome', nearest: ['Done'] });
  expect(outcome(reported).at(-1)).toBe('postProcessing: done');
});

describe('ways that work at the same host', () => {
  const ways = async (protocol: 'imap4' | 'pop3', port: number, protection: MailSenderConfig['protection']) =>
    factsOf(await probed({ protocol, address: `localhost:${port}`, protection })).otherWays;

  test('a clear port where STARTTLS is offered', async () => {
    const { imap, pop3 } = server.ports;
    expect(await ways('imap4', imap, 'tls')).toEqual([{ protocol: 'imap4', port: imap, protection: 'starttls-mandatory' }]);
    expect(await ways('pop3', pop3, 'tls')).toEqual([{ protocol: 'pop3', port: pop3, protection: 'starttls-mandatory' }]);
  });

  test('a TLS port where none was meant', async () => {
    const { imaps } = server.ports;
    expect(await ways('imap4', imaps, 'off')).toEqual([{ protocol: 'imap4', port: imaps, protection: 'tls' }]);
  });

  test('a port of the other protocol', async () => {
    const { pop3s } = server.ports;
    expect(await ways('imap4', pop3s, 'tls')).toEqual([{ protocol: 'pop3', port: pop3s, protection: 'tls' }]);
  });

  test('none where nobody answers', async () => {
    const scripted = await startScriptedServer(() => {});
    await scripted.close();
    expect(await ways('imap4', scripted.port, 'tls')).toBeUndefined();
  });
});

test('a port that waits for TLS is recognised long before Timeout', async () => {
  const startedAt = performance.now();
  const reported = await probed({ address: `localhost:${server.ports.imaps}`, protection: 'off', timeoutMs: 120_000 });
  expect(failure(reported)).toMatchObject({ stage: 'greeting', error: { code: 'MAIL_TLS_ON_CLEAR_PORT' } });
  expect(performance.now() - startedAt).toBeLessThan(25_000);
});

test('a stage that takes too long is ended, whatever drips in', async () => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('* OK ready\r\n');
    await peer.line();
    for (;;) {
      peer.send('* CAPABILITY IMAP4rev1\r\n');
      await delay(200);
    }
  });
  onTestFinished(() => scripted.close().catch(() => {}));
  const reported = await probed({ address: `127.0.0.1:${scripted.port}`, protection: 'off', timeoutMs: 1_000 });
  expect(failure(reported)?.error?.code).toBe('MAIL_TIMEOUT');
  await expect.poll(() => scripted.open()).toBe(0);
});

test('a POP3 server without TOP gives no preview and no warning', async () => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('+OK ready\r\n');
    for (;;) {
      const line = await peer.line();
      const answers: Record<string, string> = {
        CAPA: '+OK\r\nUSER\r\nUIDL\r\n.\r\n',
        LIST: '+OK\r\n1 120\r\n.\r\n',
        UIDL: '+OK\r\n1 abc\r\n.\r\n',
      };
      peer.send(answers[line] ?? '+OK\r\n');
      if (/^(RETR|DELE|TOP)/.test(line)) throw new Error(`the probe sent ${line}`);
    }
  });
  onTestFinished(() => scripted.close());
  const reported = await probed({ protocol: 'pop3', address: `127.0.0.1:${scripted.port}`, protection: 'off' });
  expect(outcome(reported)).toContain('preview: done');
  expect(factsOf(reported)).toMatchObject({ counts: { total: 1, wanted: 1 } });
  expect(factsOf(reported).preview).toBeUndefined();
});

test('a POP3 server that refuses to list its mails fails with its words', async () => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('+OK ready\r\n');
    for (;;) {
      const line = await peer.line();
      const answers: Record<string, string> = { CAPA: '+OK\r\nUSER\r\n.\r\n', LIST: '-ERR the maildrop is on fire\r\n' };
      peer.send(answers[line] ?? '+OK\r\n');
    }
  });
  onTestFinished(() => scripted.close());
  const reported = await probed({ protocol: 'pop3', address: `127.0.0.1:${scripted.port}`, protection: 'off' });
  expect(failure(reported)).toMatchObject({ stage: 'counts', error: { code: 'MAIL_PROTOCOL_ERROR', details: 'the maildrop is on fire' } });
});

/** Names, flags and bytes of all mails; a name without flags is of a mail that no program has seen yet (\Recent). */
async function stored({ files }: MailUser) {
  return (await files()).map(({ name, flags, raw }) => ({ name, flags, raw: raw.toString('base64') }));
}

/** Marks the first mail as read, as a mail program does. */
async function readFirst({ user: name, password }: MailUser): Promise<void> {
  const config = mailSender.config.parse({ address: `localhost:${server.ports.imaps}` });
  const connection = await connectImap(config, { name: 'program', user: name, password }, context());
  await connection.client.mailboxOpen('INBOX');
  await connection.client.messageFlagsAdd('1', ['\\Seen']);
  await connection.client.logout();
}
