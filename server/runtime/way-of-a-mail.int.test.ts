import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MessageSummary } from '../../shared/api/messages.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';

/** The whole way of a mail: real mail server, real database, a real Mailroom process, a real receiver. */

let server: MailServer;
let mailroom: MailroomProcess;
let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: { url: string; drop: () => Promise<void> };
/** Each test has a mailbox, a credential, a receiver and a flow of its own. */
let user: MailUser;
let sink: HttpSink;
let credential: string;
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
  credential = user.user;
  await deployCredential(mailroom, user, credential);
});
afterEach(async () => {
  // One that is stopping may be gone before it is told to stop again.
  for (const deployment of (await mailroom.call('listDeployments')).items.filter(({ state }) => state !== 'Stopping'))
    await mailroom.call('undeployFlow', { params: { id: deployment.flowId } });
  await sink.close();
});

const start = () => startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url });
const receiver = (config: Record<string, unknown> = {}) => node('http', 'http-receiver', { url: sink.url, ...config });
const mail = (subject: string, text = 'Hello') =>
  `From: Ada <ada@example.com>\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n${text}\r\n`;

const subjects = () =>
  sink
    .distinct()
    .map((request) => String(JSON.parse(request.body.toString()).headers.subject))
    .sort();
const sender = (protocol: 'imap4' | 'pop3', config: Record<string, unknown> = {}) =>
  mailSenderNode(server, protocol, { credential, ...config });
const deploy = async (draft: FlowDocument) => (flowId = await deployFlow(mailroom, 'Orders', draft));
const messages = async (query: { flowId?: string; status?: MessageSummary['status'] } = {}) =>
  (await mailroom.call('listMessages', { query: { limit: 200, flowId, ...query } })).items;
const setAside = async () => (await mailroom.call('listQuarantine')).items.filter((one) => one.flowId === flowId);
const deployment = async () => (await mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId);
const channel = async () => (await deployment())?.channels[0];
const inStatus = (status: MessageSummary['status'], count: number) =>
  eventually(async () => (await messages({ status })).length === count, { what: `${count} messages ${status}`, deadlineMs: 25_000 });

describe.each(['imap4', 'pop3'] as const)('over %s', (protocol) => {
  test('mails that were there before and mails that come later are delivered once and logged', async () => {
    await user.deliver(mail('Order 1'));
    await user.deliver(mail('Order 2'));
    await deploy(chain(sender(protocol), receiver()));
    await inStatus('COMPLETED', 2);
    await user.deliver(mail('Order 3'));
    await inStatus('COMPLETED', 3);

    expect(subjects()).toEqual(['Order 1', 'Order 2', 'Order 3']);
    expect(sink.requests).toHaveLength(3);
    const [newest] = await messages();
    const detail = await mailroom.call('getMessage', { params: { id: newest?.id ?? '' } });
    expect(detail).toMatchObject({ subject: 'Order 3' });
    const content = await mailroom.call('getMessageContent', { params: { id: detail.id } });
    expect(content.body).toContain('Hello');
    expect(detail.steps.map((step) => [step.name, step.outcome])).toEqual([
      ['Orders mailbox', 'completed'],
      ['HTTP', 'completed'],
    ]);
    expect(await channel()).toMatchObject({ health: 'ok', failuresInRow: 0 });
  });

  test('a mail is deleted on the server only after its flow has completed', async () => {
    let isUp = false;
    sink.respond((_request, response) => response.writeHead(isUp ? 200 : 422).end());
    await user.deliver(mail('Order 17'));
    const post = protocol === 'imap4' ? { postProcessing: 'delete' } : { pop3PostProcessing: 'delete' };
    await deploy(chain(sender(protocol, post), receiver()));
    await inStatus('FAILED', 1);
    expect(await user.files()).toHaveLength(1);

    isUp = true;
    const [failed] = await messages({ status: 'FAILED' });
    await mailroom.call('retryMessage', { params: { id: failed?.id ?? '' } });
    await inStatus('COMPLETED', 1);
    await eventually(async () => (await user.files()).length === 0, { what: 'an empty mailbox' });
  });

  test('a redeployed flow knows the mails it has taken', async () => {
    await user.deliver(mail('Order 1'));
    const draft = chain(sender(protocol, { selection: 'all', postProcessing: 'none' }), receiver());
    const id = await deploy(draft);
    await inStatus('COMPLETED', 1);
    await mailroom.call('undeployFlow', { params: { id } });
    await eventually(async () => (await deployment()) === undefined, { what: 'no deployment' });
    await mailroom.call('deployFlow', { params: { id }, body: {} });
    const poll = await eventually(async () => (await channel())?.lastPoll?.known === 1 && (await channel())?.lastPoll);
    expect(poll).toMatchObject({ listed: 1, taken: 0 });
    expect(sink.requests).toHaveLength(1);
  });

  test('kill -9 in the middle loses nothing and repeats no call under another key', async () => {
    const all = Array.from({ length: 120 }, (_, index) => `Order ${String(index).padStart(3, '0')}`);
    for (const subject of all) await user.deliver(mail(subject));
    await deploy(chain(sender(protocol, { maxMessages: 50 }), receiver()));
    for (const share of [10, 60]) {
      await eventually(() => sink.requests.length >= share, { what: `${share} deliveries`, deadlineMs: 30_000 });
      await mailroom.kill();
      mailroom = await start();
    }
    await eventually(() => subjects().length >= all.length, { what: 'all deliveries', deadlineMs: 40_000 });
    await inStatus('COMPLETED', all.length);
    expect(subjects()).toEqual(all);
    // At most the calls that were under way at the two kills were repeated, and under the same key.
    expect(sink.requests.length - all.length).toBeLessThanOrEqual(2 * 32);
  }, 90_000);
});

describe('what goes wrong', () => {
  test('a receiver that is down leaves the mail unread and in RETRY, and is called again', async () => {
    let calls = 0;
    sink.respond((_request, response) => response.writeHead((calls += 1) === 1 ? 503 : 200).end());
    await user.deliver(mail('Order 1'));
    await deploy(chain(sender('imap4'), receiver()));
    await inStatus('RETRY', 1);
    expect(await user.flags()).toEqual(['']);
    const [waiting] = await messages();
    expect(waiting).toMatchObject({ attempts: 2, error: { code: 'HTTP_UNAVAILABLE' }, nextAttemptAt: expect.any(String) });
    await inStatus('COMPLETED', 1);
    await eventually(async () => (await user.flags())[0] === 'S', { what: 'the mail to be read' });
  });

  test('one dead receiver does not hold back the other, and what was delivered is not repeated', async () => {
    const other = await startHttpSink();
    try {
      let isUp = false;
      other.respond((_request, response) => response.writeHead(isUp ? 200 : 422).end());
      await user.deliver(mail('Order 1'));
      const nodes = [sender('imap4'), node('dead', 'http-receiver', { name: 'Dead', url: other.url }), receiver()];
      const edges = [
        { id: 'a', from: 'mail', to: 'dead' },
        { id: 'b', from: 'mail', to: 'http' },
      ];
      await deploy({ nodes, edges });
      await inStatus('FAILED', 1);
      expect(sink.requests).toHaveLength(1);
      isUp = true;
      const [failed] = await messages();
      await mailroom.call('retryMessage', { params: { id: failed?.id ?? '' } });
      await inStatus('COMPLETED', 1);
      expect(sink.requests).toHaveLength(1);
      const { steps } = await mailroom.call('getMessage', { params: { id: failed?.id ?? '' } });
      expect(steps.find((step) => step.attempt === 2 && step.nodeId === 'http')?.outcome).toBe('skipped');
    } finally {
      await other.close();
    }
  });

  test('a filtered mail is COMPLETED, not delivered, and marked as read', async () => {
    await user.deliver(mail('Newsletter'));
    const filter = node('filter', 'filter', { conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }] });
    await deploy(chain(sender('imap4'), filter, receiver()));
    await inStatus('COMPLETED', 1);
    await eventually(async () => (await user.flags())[0] === 'S', { what: 'the mail to be read' });
    expect(sink.requests).toHaveLength(0);
  });

  test('a mail that can not be parsed is quarantined with its bytes, and the mails behind it go on', async () => {
    const poison = `${mail('Poison').split('\r\n\r\n')[0] ?? ''}\r\n${Array.from({ length: 40_000 }, (_, i) => `X-Filler-${i}: ${'x'.repeat(40)}`).join('\r\n')}\r\n\r\nbody\r\n`;
    await user.deliver(poison);
    await user.deliver(mail('Order 1'));
    await deploy(chain(sender('imap4'), receiver()));
    await inStatus('COMPLETED', 1);
    await inStatus('FAILED', 1);
    const items = await setAside();
    expect(items).toMatchObject([{ reason: { code: 'MAIL_NOT_PARSEABLE' }, hasRaw: true }]);
    const raw = await fetch(`${mailroom.url}/api/v1/quarantine/${items[0]?.id ?? ''}/raw`, {
      headers: { authorization: `Bearer ${mailroom.token}` },
    });
    expect(await raw.text()).toBe(poison);
    const readMarks = async () => (await user.flags()).filter((flags) => flags === 'S').length;
    await eventually(async () => (await readMarks()) === 1, { what: 'the good mail, and only that, to be read' });
  });

  test('a mail above the size limit is set aside, and taken after the limit was raised and it was released', async () => {
    await user.deliver(mail('Big', 'x'.repeat(1_200_000)));
    await user.deliver(mail('Small'));
    const id = await deploy(chain(sender('imap4', { maxMailMb: 1 }), receiver()));
    await inStatus('COMPLETED', 1);
    const [aside] = await setAside();
    expect(aside).toMatchObject({ reason: { code: 'MAIL_TOO_LARGE' }, hasRaw: false });

    const flow = await mailroom.call('getFlow', { params: { id } });
    const draft = chain(sender('imap4', { maxMailMb: 5 }), receiver());
    await mailroom.call('saveFlow', { params: { id }, body: { revision: flow.revision, draft } });
    await mailroom.call('deployFlow', { params: { id }, body: {} });
    await mailroom.call('releaseQuarantined', { params: { id: aside?.id ?? '' } });
    await inStatus('COMPLETED', 2);
    expect(subjects()).toEqual(['Big', 'Small']);
  });

  test('a refused sign-in fails the poll with a remedy, rests the account, and a corrected credential lifts the rest', async () => {
    await mailroom.call('saveCredential', {
      params: { name: credential },
      body: { description: '', user: user.user, password: 'wrong', allowedHosts: ['localhost'] },
    });
    await user.deliver(mail('Order 1'));
    await deploy(chain(sender('imap4'), receiver()));
    const failing = await eventually(async () => (await channel())?.health === 'failing' && channel());
    expect(failing).toMatchObject({
      lastPoll: { result: 'failed', error: { code: 'MAIL_SIGN_IN_REFUSED', remedy: expect.stringMatching(/password/) } },
    });
    expect(new Date(failing?.nextPollAt ?? 0).getTime() - Date.now()).toBeGreaterThan(30_000);
    expect((await deployment())?.state).toBe('Started');

    await mailroom.call('saveCredential', {
      params: { name: credential },
      body: { description: '', user: user.user, password: user.password, allowedHosts: ['localhost'] },
    });
    await inStatus('COMPLETED', 1);
  });

  test('a missing folder fails the poll and names it; the flow stays Started', async () => {
    await deploy(chain(sender('imap4', { folder: 'INBOXX' }), receiver()));
    const failing = await eventually(async () => (await channel())?.health === 'failing' && channel());
    expect(failing?.lastPoll?.error).toMatchObject({ code: 'MAIL_FOLDER_MISSING', message: expect.stringContaining('INBOX') });
    expect((await deployment())?.state).toBe('Started');
  });

  test('a mail server that goes away and comes back is polled again', async () => {
    const own = await startMailServer();
    try {
      const owner = await own.createUser();
      await deployCredential(mailroom, owner, 'own');
      await deploy(chain(mailSenderNode(own, 'imap4', { credential: 'own' }), receiver()));
      await eventually(async () => (await channel())?.health === 'ok');
      await own.goDown();
      await owner.deliver(mail('Order 1'));
      const failing = await eventually(async () => (await channel())?.health === 'failing' && channel());
      expect(failing?.lastPoll?.error?.code).toMatch(/MAIL_CONNECTION_(REFUSED|LOST)/);
      await own.comeBack();
      await inStatus('COMPLETED', 1);
    } finally {
      await own.stop();
    }
  });

  test('two flows on one folder take turns and each takes every mail', async () => {
    await user.deliver(mail('Order 1'));
    const draft = chain(sender('imap4', { selection: 'all', postProcessing: 'none' }), receiver());
    await deploy(draft);
    await deploy(draft);
    await eventually(() => sink.requests.length === 2, { what: 'a delivery by each flow', deadlineMs: 25_000 });
  });

  test('a wrong flow is not deployed, and the answer names node and field', async () => {
    const { id } = await mailroom.call('createFlow', {
      body: { name: 'Wrong', draft: chain(sender('imap4', { address: '' }), receiver()) },
    });
    const { problems } = await mailroom.call('checkFlow', { params: { id } });
    expect(problems).toContainEqual(expect.objectContaining({ nodeId: 'mail', field: 'address', level: 'error' }));
    await expect(mailroom.call('deployFlow', { params: { id }, body: {} })).rejects.toMatchObject({
      status: 409,
      answer: { code: 'FLOW_HAS_PROBLEMS' },
    });
  });
});
