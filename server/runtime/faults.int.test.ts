import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MessageSummary } from '../../shared/api/messages.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy, type FaultProxy } from '../testing/fault-proxy.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';

/** Nothing lost and nothing twice while connections break, mailboxes are numbered anew and the database goes away. */

type Protocol = 'imap4' | 'pop3';

let server: MailServer;
let mailroom: MailroomProcess;
let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** Each test has a mailbox, a proxy before each port of the mail server, a receiver and a flow of its own. */
let user: MailUser;
let proxies: Record<Protocol, FaultProxy>;
let sink: HttpSink;
let flowId: string;

beforeAll(async () => {
  data = await makeDataDirectory();
  database = await createTestDatabase('template');
  [server, mailroom] = await Promise.all([startMailServer(), start()]);
});
afterAll(async () => {
  await mailroom[Symbol.asyncDispose]();
  await server.stop();
  await database.drop();
  await data.remove();
});

beforeEach(async () => {
  [user, sink] = await Promise.all([server.createUser(), startHttpSink()]);
  const [imap4, pop3] = await Promise.all([startFaultProxy({ port: server.ports.imap }), startFaultProxy({ port: server.ports.pop3 })]);
  proxies = { imap4, pop3 };
  await deployCredential(mailroom, user, user.user);
});
afterEach(async () => {
  if ((await deployment())?.state === 'Started') await mailroom.call('undeployFlow', { params: { id: flowId } });
  await Promise.all([sink.close(), proxies.imap4.close(), proxies.pop3.close()]);
});

const start = () => startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url });
const receiver = () => node('http', 'http-receiver', { url: sink.url });
const sender = (protocol: Protocol, config: Record<string, unknown> = {}) =>
  mailSenderNode(server, protocol, { credential: user.user, address: `localhost:${proxies[protocol].port}`, ...config });
const deploy = async (draft: FlowDocument) => (flowId = await deployFlow(mailroom, 'Orders', draft));
const mail = (subject: string, text = 'Hello') =>
  `From: Ada <ada@example.com>\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n${text}\r\n`;
const orders = (count: number) => Array.from({ length: count }, (_, index) => `Order ${String(index).padStart(3, '0')}`);

const subjects = () => sink.requests.map((request) => String(JSON.parse(request.body.toString()).headers.subject)).sort();
const deployment = async () => (await mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId);
const channel = async () => (await deployment())?.channels[0];
const messages = async (status?: MessageSummary['status']) =>
  (await mailroom.call('listMessages', { query: { limit: 200, flowId, ...(status ? { status } : {}) } })).items;
const polls = async () => (await mailroom.call('listPolls', { query: { limit: 50, flowId } })).items;
const setAside = async () => (await mailroom.call('listQuarantine')).items.filter((one) => one.flowId === flowId);
const inStatus = (status: MessageSummary['status'], count: number) =>
  eventually(async () => (await messages(status)).length === count, { what: `${count} messages ${status}`, deadlineMs: 25_000 });
/** Leaves out the back-off after a failed poll. */
const pollNow = () => mailroom.call('pollNow', { params: { id: flowId } });
const pollUntil = (state: () => Promise<boolean>, what: string) =>
  eventually(
    async () => {
      await pollNow();
      return state();
    },
    { what, deadlineMs: 25_000 },
  );
const visits = async () => (await polls()).filter((poll) => poll.result === 'completed').length;
/** Two more visits: what a poll would do twice it has done by then. */
const twoMoreVisits = async () => {
  const before = await visits();
  await pollUntil(async () => (await visits()) >= before + 2, 'two more visits');
};

describe.each(['imap4', 'pop3'] as const)('over %s', (protocol) => {
  test('a mailbox that is numbered anew is recognised by its content and shown, and nothing is delivered twice', async () => {
    await user.deliver(mail('Order 1'));
    await user.deliver(mail('Order 2'));
    await deploy(chain(sender(protocol, { selection: 'all', postProcessing: 'none' }), receiver()));
    await inStatus('COMPLETED', 2);
    await user.renumber();
    await user.deliver(mail('Order 3'));
    await inStatus('COMPLETED', 3);
    await twoMoreVisits();

    expect(subjects()).toEqual(['Order 1', 'Order 2', 'Order 3']);
    const noted = (await polls()).filter((poll) => poll.notes.some((note) => note.includes('numbers its mails anew')));
    expect(noted).toMatchObject([{ taken: 1, known: 2 }]);
    expect(await setAside()).toEqual([]);
  });

  test('a connection cut in the middle of fetching costs a poll and no mail', async () => {
    const all = orders(60);
    for (const subject of all) await user.deliver(mail(subject));
    proxies[protocol].fault({ cutServer: (sent) => sent.includes('Subject: Order 030') });
    await deploy(chain(sender(protocol), receiver()));
    await eventually(async () => (await channel())?.health === 'failing');
    proxies[protocol].fault({});
    await pollUntil(async () => (await messages('COMPLETED')).length === all.length, 'all mails');
    await twoMoreVisits();

    expect(subjects()).toEqual(all);
    expect(await setAside()).toEqual([]);
    expect((await channel())?.health).toBe('ok');
  });

  test.each([
    ['small', 1_000],
    ['large, and so streamed,', 4_000_000],
  ])('a %s mail that breaks the connection each time is set aside, and the mails around it arrive', async (_size, length) => {
    const filler = `${'x'.repeat(70)}\r\n`.repeat(length / 144);
    await user.deliver(mail('Order 1'));
    await user.deliver(mail('Order 2', `${filler}${filler}POISON\r\n`));
    await user.deliver(mail('Order 3'));
    await user.deliver(mail('Order 4', filler));
    proxies[protocol].fault({ cutServer: (sent) => sent.includes('POISON') });
    await deploy(chain(sender(protocol), receiver()));
    await pollUntil(async () => (await setAside()).length > 0, 'the mail to be set aside');
    await inStatus('COMPLETED', 3);
    await twoMoreVisits();

    expect(subjects()).toEqual(['Order 1', 'Order 3', 'Order 4']);
    expect(await setAside()).toMatchObject([{ reason: { code: 'MAIL_NOT_FETCHABLE' }, hasRaw: false }]);
    expect((await channel())?.health).toBe('ok');
    expect(await user.files()).toHaveLength(4);
  });

  test('a mail that was set aside is set aside once, also where its mailbox is numbered anew', async () => {
    const filler = `${'x'.repeat(70)}\r\n`.repeat(20_000);
    await user.deliver(mail('Order 1', filler));
    await user.deliver(mail('Order 2'));
    await deploy(chain(sender(protocol, { selection: 'all', postProcessing: 'none', maxMailMb: 1 }), receiver()));
    await inStatus('COMPLETED', 1);
    const [before] = await setAside();
    await user.renumber();
    await pollUntil(async () => (await setAside()).some(({ id }) => id !== before?.id), 'the mail to be set aside under its new id');
    await twoMoreVisits();

    expect(await setAside()).toMatchObject([{ reason: { code: 'MAIL_TOO_LARGE' } }]);
    expect(subjects()).toEqual(['Order 2']);
  });

  test('a mail is deleted as soon as it is stored where that is wanted, whatever becomes of its flow', async () => {
    sink.respond((_request, response) => response.writeHead(422).end());
    await user.deliver(mail('Order 1'));
    const post = protocol === 'imap4' ? { postProcessing: 'delete' } : { pop3PostProcessing: 'delete' };
    await deploy(chain(sender(protocol, { ...post, postProcessWhen: 'stored' }), receiver()));
    await eventually(async () => (await user.files()).length === 0, { what: 'an empty mailbox' });
    await inStatus('FAILED', 1);
    const [failed] = await messages();
    const raw = await fetch(`${mailroom.url}/api/v1/messages/${failed?.id ?? ''}/raw`, {
      headers: { authorization: `Bearer ${mailroom.token}` },
    });
    expect(await raw.text()).toBe(mail('Order 1'));
  });
});

test('an archived mail whose answer was lost is looked up, not moved again', async () => {
  await user.createFolder('Done');
  await user.deliver(mail('Order 1'));
  proxies.imap4.fault({ cutAfter: (sent) => sent.includes('UID MOVE') });
  await deploy(chain(sender('imap4', { postProcessing: 'archive', archiveFolder: 'Done' }), receiver()));
  await eventually(() => proxies.imap4.faults() === 1, { what: 'the lost answer' });
  proxies.imap4.fault({});
  const isDone = async () => {
    const [first] = await messages('COMPLETED');
    if (!first) return false;
    return (await mailroom.call('getMessage', { params: { id: first.id } })).postProcessing.state === 'done';
  };
  await pollUntil(isDone, 'the archiving to be known');

  expect(proxies.imap4.commands().match(/UID MOVE/g)).toHaveLength(1);
  expect([(await user.files()).length, (await user.files('Done')).length]).toEqual([0, 1]);
  expect(subjects()).toEqual(['Order 1']);
});

test('a deletion over POP3 whose confirmation was lost is found out at the next visit', async () => {
  await user.deliver(mail('Order 1'));
  proxies.pop3.fault({ cutAfter: (sent) => sent.includes('DELE') && sent.includes('QUIT') });
  await deploy(chain(sender('pop3', { pop3PostProcessing: 'delete' }), receiver()));
  await eventually(() => proxies.pop3.faults() === 1, { what: 'the lost answer' });
  proxies.pop3.fault({});
  await user.deliver(mail('Order 2'));
  await pollUntil(async () => (await user.files()).length === 0, 'an empty mailbox');
  await inStatus('COMPLETED', 2);
  expect(subjects()).toEqual(['Order 1', 'Order 2']);
});

test('an emptied POP3 mailbox with new mails is not taken for one that is numbered anew', async () => {
  await user.deliver(mail('Order 1'));
  await deploy(chain(sender('pop3', { pop3PostProcessing: 'delete' }), receiver()));
  await eventually(async () => (await user.files()).length === 0, { what: 'an empty mailbox' });
  await user.deliver(mail('Order 1'));
  await inStatus('COMPLETED', 2);
  expect((await polls()).flatMap((poll) => poll.notes)).toEqual([]);
});

test('database connections that break while mails are taken in and delivered cost time only', async () => {
  const all = orders(100);
  for (const subject of all) await user.deliver(mail(subject));
  await deploy(chain(sender('imap4', { maxMessages: 20 }), receiver()));
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const share of [5, 25, 50, 75]) {
      await eventually(() => sink.requests.length >= share, { what: `${share} deliveries`, deadlineMs: 25_000 });
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      const isAsked = () =>
        pollNow().then(
          () => true,
          () => false,
        );
      await eventually(isAsked, { what: 'Mailroom to have its database again' });
    }
  } finally {
    await client.end();
  }
  await inStatus('COMPLETED', all.length);
  const keys = new Map(sink.requests.map((request) => [request.headers['idempotency-key'], request]));
  expect(keys.size).toBe(all.length);
  expect(new Set(subjects())).toEqual(new Set(all));
}, 60_000);

test('a stop waits neither for a silent mail server nor for a receiver that never answers, and the mail goes on after the start', async () => {
  let isUp = false;
  sink.respond((_request, response) => void (isUp && response.end()));
  await user.deliver(mail('Order 1'));
  await deploy(chain(sender('imap4'), receiver()));
  await inStatus('PROCESSING', 1);
  proxies.imap4.fault({ silence: (sent) => sent.includes('UIDVALIDITY') });
  await pollUntil(() => Promise.resolve(proxies.imap4.faults() > 0), 'a visit to a silent server');

  const before = Date.now();
  expect(await mailroom.stop()).toBe(0);
  expect(Date.now() - before).toBeLessThan(15_000);
  isUp = true;
  mailroom = await start();
  await inStatus('COMPLETED', 1);
}, 60_000);
