import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { AlertNotice, AlertTargetInput } from '../../shared/alert-schemas.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer } from '../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';
import { startSmtpSink, type SmtpSink } from '../testing/smtp-sink.ts';

/** A web process and two workers on one database, a mail server that can go down, and somebody who is told. */

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: MailServer;
let web: MailroomProcess;
let workers: MailroomProcess[];
let orders: HttpSink;

const start = (role: 'web' | 'worker') =>
  startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url, env: { MAILROOM_ROLE: role }, isWatchQuick: true });

beforeAll(async () => {
  [data, database, server, orders] = await Promise.all([
    makeDataDirectory(),
    createTestDatabase('template'),
    startMailServer(),
    startHttpSink(),
  ]);
  web = await start('web');
  workers = await Promise.all([start('worker'), start('worker')]);
}, 60_000);
afterAll(async () => {
  await Promise.all([web, ...workers].map((one) => one[Symbol.asyncDispose]()));
  await Promise.all([server.stop(), orders.close()]);
  await database.drop();
  await data.remove();
});

let hook: HttpSink;
let mailbox: SmtpSink;

beforeEach(async () => {
  [hook, mailbox] = await Promise.all([startHttpSink(), startSmtpSink()]);
  onTestFinished(async () => {
    await comeBack();
    for (const { id } of (await web.call('listAlertTargets')).items) await web.call('deleteAlertTarget', { params: { id } });
    for (const { flowId } of (await web.call('listDeployments')).items) await web.call('undeployFlow', { params: { id: flowId } });
    await Promise.all([hook.close(), mailbox.close()]);
  });
});

const webhook = (): AlertTargetInput['settings'] => ({
  type: 'webhook',
  url: hook.url,
  authentication: 'none',
  credential: '',
  signingCredential: '',
  headers: [],
});
const mail = (): AlertTargetInput['settings'] => ({
  type: 'mail',
  host: '127.0.0.1',
  port: mailbox.port,
  protection: 'off',
  trustedCertificate: '',
  authentication: 'none',
  credential: '',
  from: 'mailroom@example.com',
  to: ['ops@example.com'],
});
const tell = (name: string, settings: AlertTargetInput['settings'], rest: Partial<AlertTargetInput> = {}) =>
  web.call('createAlertTarget', { body: { name, settings, ...rest } });

/** What the webhook was told of one kind, repetitions of a delivery left out: "opened", "cleared". */
function told(kind: string): string[] {
  const notices = hook.distinct().flatMap(({ body }) => (JSON.parse(body.toString()) as { notices: AlertNotice[] }).notices);
  return notices.filter(({ alert }) => alert.kind === kind).map(({ event }) => event);
}
const openKinds = async () => (await web.call('listAlerts')).items.map(({ kind }) => kind);

/** Until the test calls `comeBack`, or is over. */
async function goDown(): Promise<void> {
  await server.goDown();
  isDown = true;
}

async function comeBack(): Promise<void> {
  if (isDown) await server.comeBack();
  isDown = false;
}
let isDown = false;

async function deployOrders(): Promise<string> {
  const user = await server.createUser();
  await deployCredential(web, user, user.user);
  const flowId = await deployFlow(web, 'Orders', mailToHttp(server, 'imap4', orders.url, { credential: user.user }));
  await eventually(
    async () => (await web.call('listDeployments')).items.find((one) => one.flowId === flowId)?.channels[0]?.health === 'ok',
    {
      what: 'the first poll',
      deadlineMs: 20_000,
    },
  );
  return flowId;
}

test('a mail server that goes down is told once to each target, and once that it is back', async () => {
  const flowId = await deployOrders();
  // On a busy machine something else may be late meanwhile.
  await Promise.all([
    tell('Webhook', webhook()),
    tell('Mail', mail(), { kinds: ['CHANNEL_FAILING'] }),
    tell('Off', webhook(), { isEnabled: false }),
  ]);
  await tell('Other flows', webhook(), { kinds: ['NO_WORKER', 'DEPLOYMENT_ERROR'] });

  await goDown();
  await eventually(() => told('CHANNEL_FAILING').length > 0 && mailbox.mails.length > 0, { what: 'the alert', deadlineMs: 20_000 });
  const { items, open, checkedAt } = await web.call('listAlerts');
  expect(items).toMatchObject([
    { kind: 'CHANNEL_FAILING', severity: 'error', flowId, nodeId: 'mail', error: { code: expect.stringMatching(/^MAIL_CONNECTION_/) } },
  ]);
  expect([open, checkedAt === null]).toEqual([1, false]);
  // Several polls fail, and three processes look: nobody is told again.
  await eventually(async () => ((await web.call('listAlerts')).items[0]?.count ?? 0) >= 2, {
    what: 'a second failed poll',
    deadlineMs: 20_000,
  });

  await comeBack();
  await web.call('pollNow', { params: { id: flowId } });
  await eventually(() => told('CHANNEL_FAILING').length > 1 && mailbox.mails.length > 1, { what: 'the clearing', deadlineMs: 20_000 });
  await eventually(async () => (await openKinds()).length === 0);
  expect(told('CHANNEL_FAILING')).toEqual(['opened', 'cleared']);
  expect(mailbox.mails.map(({ raw }) => /^Subject: \[Mailroom\] (\w+)/m.exec(raw)?.[1])).toEqual(['Alert', 'Cleared']);
  expect(mailbox.mails[0]).toMatchObject({ from: 'mailroom@example.com', to: ['ops@example.com'] });
  const history = await web.call('listAlerts', { query: { state: 'cleared', limit: 1 } });
  expect(history.items[0]).toMatchObject({ kind: 'CHANNEL_FAILING', flowId, returns: 0 });
}, 60_000);

test('a webhook that fails is tried again and gets all in order, also when the process that was sending is killed', async () => {
  const flowId = await deployOrders();
  const target = await tell('Webhook', webhook());
  hook.answerWith(() => 503);
  await goDown();
  await eventually(() => hook.requests.length >= 3, { what: 'three tries', deadlineMs: 20_000 });
  const stuck = (await web.call('listAlertTargets')).items.find(({ id }) => id === target.id);
  expect(stuck).toMatchObject({ waiting: 1, lastSentAt: null, error: { code: 'WEBHOOK_REFUSED' } });
  expect(new Set(hook.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(new Set(hook.requests.map(({ body }) => body.toString())).size).toBe(1);

  await comeBack();
  await web.call('pollNow', { params: { id: flowId } });
  await eventually(async () => (await web.call('listAlertTargets')).items[0]?.waiting === 2, { what: 'the clearing', deadlineMs: 20_000 });
  const [first] = workers;
  await first?.kill();
  workers[0] = await start('worker');
  hook.answerWith(() => 200);
  await eventually(() => told('CHANNEL_FAILING').includes('cleared'), { what: 'both notices', deadlineMs: 60_000 });
  expect(told('CHANNEL_FAILING')).toEqual(['opened', 'cleared']);
  await eventually(async () => (await web.call('listAlertTargets')).items[0]?.waiting === 0);
}, 90_000);

test('the web process tells that no worker lives, and that one is there again', async () => {
  const flowId = await deployOrders();
  await tell('Webhook', webhook());
  await Promise.all(workers.map((worker) => worker.kill()));
  await eventually(() => told('NO_WORKER').length > 0, { what: 'the alert', deadlineMs: 20_000 });
  expect(await openKinds()).toContain('NO_WORKER');

  workers = await Promise.all([start('worker'), start('worker')]);
  await eventually(() => told('NO_WORKER').length > 1, { what: 'the clearing', deadlineMs: 20_000 });
  expect(told('NO_WORKER')).toEqual(['opened', 'cleared']);
  await web.call('undeployFlow', { params: { id: flowId } });
}, 60_000);

test('failed messages are one alert of their flow, which counts anew once somebody has acknowledged it', async () => {
  const user = await server.createUser();
  await deployCredential(web, user, user.user);
  await tell('Webhook', webhook(), { kinds: ['MESSAGES_FAILED'] });
  const refusing = await startHttpSink();
  onTestFinished(() => refusing.close());
  refusing.answerWith(() => 400);
  const letter = (subject: string) =>
    `From: ada@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello\r\n`;
  await Promise.all(['1', '2', '3'].map((subject) => user.deliver(letter(`Order-${subject}`))));
  const flowId = await deployFlow(web, 'Invoices', mailToHttp(server, 'imap4', refusing.url, { credential: user.user }));
  const alertOf = async () => (await web.call('listAlerts')).items.find((one) => one.kind === 'MESSAGES_FAILED' && one.flowId === flowId);
  const { id } = await eventually(async () => ((await alertOf())?.count === 3 ? alertOf() : undefined), {
    what: 'the alert',
    deadlineMs: 20_000,
  });
  expect(await alertOf()).toMatchObject({ message: "3 messages of 'Invoices' have failed.", error: { code: 'HTTP_REFUSED' } });

  const acknowledged = await web.call('acknowledgeAlert', { params: { id } });
  expect(acknowledged.acknowledgedBy).not.toBeNull();
  await eventually(async () => (await alertOf()) === undefined, { what: 'the clearing', deadlineMs: 20_000 });
  await user.deliver(letter('Order-4'));
  await eventually(async () => (await alertOf())?.count === 1, { what: 'the next alert', deadlineMs: 20_000 });
  await eventually(() => told('MESSAGES_FAILED').length === 3);
  expect(told('MESSAGES_FAILED')).toEqual(['opened', 'cleared', 'opened']);
}, 60_000);

test('the test button says what the other side answered, or what is wrong', async () => {
  expect(await web.call('testAlertTarget', { body: { settings: webhook() } })).toEqual({ summary: '200 OK: taken' });
  expect(JSON.parse(String(hook.requests[0]?.body))).toMatchObject({
    source: 'Mailroom',
    notices: [{ event: 'test', alert: { kind: 'TEST' } }],
  });
  expect((await web.call('testAlertTarget', { body: { settings: mail() } })).summary).toMatch(/^250 /);
  expect(mailbox.mails[0]?.raw).toMatch(/^Subject: \[Mailroom\] Test: This is a test/m);

  hook.answerWith(() => 404);
  await expect(web.call('testAlertTarget', { body: { settings: webhook() } })).rejects.toMatchObject({
    answer: { code: 'WEBHOOK_REFUSED', details: 'taken' },
  });
  mailbox.refuseWith('No such list');
  await expect(web.call('testAlertTarget', { body: { settings: mail() } })).rejects.toMatchObject({ answer: { code: 'SMTP_REFUSED' } });
});
