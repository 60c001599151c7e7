import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { MailProtocol } from '../../../shared/mail-address.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import { eventually } from '../../testing/eventually.ts';
import { startMailServer, type MailServer } from '../../testing/mail-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { openImapSession } from './imap-session.ts';
import { openPop3Session } from './pop3-session.ts';
import { probe } from './probe.ts';

const all = ['scram-sha-256', 'scram-sha-1', 'digest-md5', 'cram-md5', 'apop', 'plain', 'login'];

const credentials = {
  plain: { user: 'ada', password: 'correct horse' },
  'of Western Europe': { user: 'jörg', password: 'pâß wörd' },
  'of anywhere': { user: 'пользователь', password: '密码 €' },
  'with special characters': { user: String.raw`a"b\c,d=e'f%u@x`, password: String.raw`p"q\r,s=t 'u' %u{v}` },
  'that SASLprep does not know': { user: 'smile', password: 'pass\u{1F600}word' },
};

interface Instance {
  server: MailServer;
  users: Record<string, Credential>;
}

async function start(offered: string[]): Promise<Instance> {
  const server = await startMailServer({ mechanisms: offered });
  const users: Record<string, Credential> = {};
  for (const [kind, wanted] of Object.entries(credentials)) {
    const { user, password } = await server.createUser(wanted);
    users[kind] = { name: 'mailbox', user, password };
  }
  return { server, users };
}

function configOf(
  { ports }: MailServer,
  protocol: MailProtocol,
  authentication: MailSenderConfig['authentication'] = 'encrypted',
): MailSenderConfig {
  const port = protocol === 'imap4' ? ports.imap : ports.pop3;
  return mailSender.config.parse({
    protocol,
    address: `localhost:${port}`,
    protection: 'off',
    timeoutMs: 5_000,
    credential: 'mailbox',
    authentication,
  });
}

function contextOf(credential: Credential): SenderContext {
  return { secrets: secretsOf({ useCredential: async () => credential }), signal: new AbortController().signal, log: silentLog };
}

async function visit(config: MailSenderConfig, credential: Credential): Promise<void> {
  const open = config.protocol === 'imap4' ? openImapSession : openPop3Session;
  const session = await open(config, credential, contextOf(credential));
  try {
    expect((await session.list()).mails).toEqual([]);
    await session.close();
  } finally {
    session.destroy();
  }
}

/** What the connection test says about the way to sign in, and how the test ended. */
async function probed(config: MailSenderConfig, credential: Credential): Promise<{ mechanism: string; last: ProbeStage | undefined }> {
  const stages: ProbeStage[] = [];
  await probe(config, contextOf(credential), (stage) => stages.push(stage));
  const mechanism = stages.findLast(({ stage }) => stage === 'mechanism');
  return { mechanism: mechanism?.sentence ?? '', last: stages.at(-1) };
}

/** The mechanisms with which a user signed in, as Dovecot logged them. */
async function methodsOf(server: MailServer, user: string, protocol: MailProtocol): Promise<(string | undefined)[]> {
  const start = `${protocol === 'imap4' ? 'imap' : 'pop3'}-login: Info: Login: user=<${user}>`;
  const lines = (await server.log()).split('\n').filter((line) => line.includes(start));
  return lines.map((line) => /method=([\w-]+)/.exec(line)?.[1]);
}

const protocols = ['imap4', 'pop3'] as const;

/** What a server offers, and what is used of it. */
const offers = [
  { offered: all, mechanism: 'SCRAM-SHA-256' },
  { offered: all.slice(1), mechanism: 'SCRAM-SHA-1' },
  { offered: all.slice(2), mechanism: 'DIGEST-MD5' },
  { offered: all.slice(3), mechanism: 'CRAM-MD5' },
  { offered: ['scram-sha-256'], mechanism: 'SCRAM-SHA-256' },
  { offered: ['scram-sha-1'], mechanism: 'SCRAM-SHA-1' },
  { offered: ['digest-md5'], mechanism: 'DIGEST-MD5' },
  { offered: ['cram-md5'], mechanism: 'CRAM-MD5' },
].flatMap((offer) => protocols.map((protocol) => ({ ...offer, protocol })));
const apopOnly = { offered: ['apop'], mechanism: 'APOP', protocol: 'pop3' } as const;

const instances = new Map<string, Instance>();
const plainOnly = ['plain', 'login'];

beforeAll(async () => {
  const distinct = new Map([...offers, apopOnly, { offered: plainOnly }].map(({ offered }) => [offered.join(), offered]));
  await Promise.all([...distinct].map(async ([key, offered]) => instances.set(key, await start([...offered]))));
});
afterAll(() => Promise.all([...instances.values()].map(({ server }) => server.stop())));

function find(offered: readonly string[], kind = 'plain'): { server: MailServer; credential: Credential } {
  const { server, users } = instances.get(offered.join()) ?? expect.unreachable();
  return { server, credential: users[kind] ?? expect.unreachable() };
}

describe.each([...offers, apopOnly])('Encrypted on $protocol at a server that offers $offered', ({ offered, protocol, mechanism }) => {
  test.each(Object.keys(credentials))(`signs in with ${mechanism} and a name and password %s`, async (kind) => {
    const { server, credential } = find(offered, kind);
    await visit(configOf(server, protocol), credential);
    await eventually(async () => (await methodsOf(server, credential.user, protocol)).includes(mechanism), {
      what: `a sign-in with ${mechanism}`,
    });
  });

  test('is refused with a wrong password, in the words of the server', async () => {
    const { server, credential } = find(offered);
    const wrong = visit(configOf(server, protocol), { ...credential, password: `${credential.password}!` });
    await expect(wrong).rejects.toMatchObject({ code: 'MAIL_SIGN_IN_REFUSED', details: expect.stringContaining('Authentication failed') });
  });

  test('is announced by the connection test as it is done', async () => {
    const { server, credential } = find(offered);
    const { mechanism: sentence, last } = await probed(configOf(server, protocol), credential);
    expect(sentence).toMatch(new RegExp(`^${mechanism}(\\.| \\(the server offers )`));
    expect(last).toMatchObject({ stage: 'postProcessing', state: 'done' });
  });
});

test.each([
  ['imap4', plainOnly, 'PLAIN and LOGIN', 'SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5 or CRAM-MD5'],
  ['imap4', apopOnly.offered, 'nothing', 'SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5 or CRAM-MD5'],
  ['pop3', plainOnly, 'PLAIN, LOGIN and USER/PASS', 'SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5, CRAM-MD5 or APOP'],
] as const)(
  'Encrypted on %s at a server that offers %j says so, in visit and connection test alike',
  async (protocol, offered, its, accepted) => {
    const { server, credential } = find(offered);
    const config = configOf(server, protocol);
    const message = `${config.address} offers no sign-in that Authentication accepts. It offers: ${its}. Accepted: ${accepted}.`;
    await expect(visit(config, credential)).rejects.toMatchObject({ code: 'MAIL_MECHANISM_NOT_OFFERED', message });
    const { last } = await probed(config, credential);
    expect(last).toMatchObject({ stage: 'mechanism', state: 'failed', error: { code: 'MAIL_MECHANISM_NOT_OFFERED', message } });
  },
);

test.each(['cram-md5', 'apop'])(
  'Plain on pop3 at a server that lists USER but takes only %s is not taken for a wrong password',
  async (mechanism) => {
    const { server, credential } = find([mechanism]);
    const config = configOf(server, 'pop3', 'plain');
    await expect(visit(config, credential)).rejects.toMatchObject({ code: 'MAIL_MECHANISM_NOT_OFFERED' });
    const { last } = await probed(config, credential);
    expect(last).toMatchObject({ stage: 'signIn', state: 'failed', error: { code: 'MAIL_MECHANISM_NOT_OFFERED' } });
  },
);
