import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy } from '../testing/fault-proxy.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';

/** Connections that stay open: real mail server, real database, real processes, a schedule that comes only once an hour. */

let server: MailServer;
let mailroom: MailroomProcess;
let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: { url: string; drop: () => Promise<void> };
let user: MailUser;
let sink: HttpSink;
let credential: string;

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
  for (const { flowId, state } of await deployments()) {
    if (state !== 'Stopping') await mailroom.call('undeployFlow', { params: { id: flowId } });
  }
  await eventually(async () => (await deployments()).length === 0, { what: 'the end of all deployments' });
  await sink.close();
});

const start = (env: Record<string, string> = {}) => startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url, env });
const deployments = async () => (await mailroom.call('listDeployments')).items;
const mail = (subject: string) =>
  `From: Ada <ada@example.com>\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\n\r\nHello\r\n`;
const hourly = { kind: 'interval', every: 1, unit: 'hours' };
const sender = (config: Record<string, unknown> = {}) =>
  mailSenderNode(server, 'imap4', { credential, autoDisconnect: false, schedule: hourly, ...config });
const deploy = (config: Record<string, unknown> = {}, name = 'Orders') =>
  deployFlow(mailroom, name, chain(sender(config), node('http', 'http-receiver', { url: sink.url })));
const polls = async (flowId: string) => (await mailroom.call('listPolls', { query: { flowId, limit: 100 } })).items;
/** The first poll has ended, so the connection waits. */
const waits = (flowId: string) =>
  eventually(async () => (await polls(flowId)).some(({ result }) => result === 'completed'), {
    what: 'the first poll',
    deadlineMs: 20_000,
  });
const arrived = (count: number, deadlineMs = 20_000) =>
  eventually(() => sink.distinct().length === count, { what: `${count} mails at the receiver`, deadlineMs });

test('new mail reaches the receiver without waiting for the schedule, and is marked over the same connection', async () => {
  const flowId = await deploy();
  await waits(flowId);
  for (const subject of ['Order 1', 'Order 2', 'Order 3']) {
    await user.deliver(mail(subject));
    await arrived(Number(subject.at(-1)));
  }
  await eventually(async () => (await user.flags()).every((flags) => flags.includes('S')), { what: 'read marks' });
  expect(sink.requests).toHaveLength(3);
  await eventually(async () => (await polls(flowId)).reduce((sum, poll) => sum + poll.postProcessed, 0) === 3, {
    what: 'the count of marks',
  });
  const signIns = (await server.log()).split('\n').filter((line) => line.includes('Login:') && line.includes(user.user));
  expect(signIns).toHaveLength(1);
});

test('mail that arrives while a poll is at work is not left to the schedule', async () => {
  await deploy();
  for (let number = 1; number <= 40; number++) await user.deliver(mail(`Order ${number}`));
  await arrived(40, 40_000);
  expect(sink.requests).toHaveLength(40);
});

test('a connection that breaks is made anew at once, and the poll says so', async () => {
  const proxy = await startFaultProxy({ port: server.ports.imap });
  try {
    // The connection dies with the first word of new mail.
    proxy.fault({ cutServer: (sent) => /\* \d+ EXISTS[^]*idling[^]*EXISTS/.test(sent) });
    const flowId = await deploy({ address: `localhost:${proxy.port}` });
    await waits(flowId);
    proxy.fault({});
    await user.deliver(mail('Order 1'));
    await arrived(1);
    expect(proxy.faults()).toBe(1);
    const notes = (await polls(flowId)).flatMap((poll) => poll.notes);
    expect(notes.join()).toContain('a new one made');
    await user.deliver(mail('Order 2'));
    await arrived(2);
    expect(sink.requests).toHaveLength(2);
  } finally {
    await proxy.close();
  }
});

test('a mail server that restarts is found again', async () => {
  const flowId = await deploy();
  await waits(flowId);
  await server.restart();
  await user.deliver(mail('Order 1'));
  await arrived(1, 30_000);
});

test('another password takes effect at once, and an undeployed flow hangs up', async () => {
  const flowId = await deploy();
  await waits(flowId);
  await mailroom.call('saveCredential', {
    params: { name: credential },
    body: { description: '', user: user.user, password: 'not the password', allowedHosts: ['localhost'] },
  });
  const failed = await eventually(async () => (await polls(flowId)).find(({ result }) => result === 'failed'), { what: 'a failed poll' });
  expect(failed.error?.code).toBe('MAIL_SIGN_IN_REFUSED');
  await mailroom.call('saveCredential', {
    params: { name: credential },
    body: { description: '', user: user.user, password: user.password, allowedHosts: ['localhost'] },
  });
  await user.deliver(mail('Order 1'));
  await arrived(1);

  await mailroom.call('undeployFlow', { params: { id: flowId } });
  await eventually(async () => (await deployments()).every((one) => one.flowId !== flowId), { what: 'the end of the deployment' });
  await eventually(async () => (await mailroom.call('listLocks')).items.length === 0, { what: 'the end of all locks' });
  await user.deliver(mail('Order 2'));
  expect((await server.log()).split('\n').some((line) => line.includes(user.user) && /Logged out|Disconnected/.test(line))).toBe(true);
  expect(sink.distinct()).toHaveLength(1);
});

test('"Poll now" looks over the open connection', async () => {
  const flowId = await deploy();
  await waits(flowId);
  const before = (await polls(flowId)).length;
  await mailroom.call('pollNow', { params: { id: flowId } });
  await eventually(async () => (await polls(flowId)).length === before + 1, { what: 'another poll' });
  expect((await server.log()).split('\n').filter((line) => line.includes('Login:') && line.includes(user.user))).toHaveLength(1);
});

test('one place of the account stays free: the fourth folder is polled on schedule, and says why', async () => {
  const folders = ['INBOX', 'A', 'B', 'C'];
  for (const folder of folders.slice(1)) await user.createFolder(folder);
  const flowIds: string[] = [];
  for (const folder of folders) {
    const flowId = await deploy({ folder }, folder);
    flowIds.push(flowId);
    await waits(flowId);
  }
  const notes = (await polls(flowIds[3] ?? '')).flatMap((poll) => poll.notes);
  expect(notes.join()).toContain('3 connections of this account wait for new mail already');
  await user.deliver(mail('Order 1'), 'B');
  await arrived(1);
});

test('when its worker is killed, another takes the connection over within seconds', async () => {
  const other = await createTestDatabase('template');
  const directory = await makeDataDirectory();
  const role = (name: string) =>
    startMailroomProcess({
      dataDirectory: directory.path,
      databaseUrl: other.url,
      env: { MAILROOM_ROLE: name, MAILROOM_API_TOKEN: 'x'.repeat(32) },
    });
  const web = await role('web');
  const workers = [await role('worker')];
  try {
    await deployCredential(web, user, credential);
    const flowId = await deployFlow(web, 'Orders', chain(sender(), node('http', 'http-receiver', { url: sink.url })));
    await eventually(async () => (await web.call('listPolls', { query: { flowId } })).items.some(({ result }) => result === 'completed'), {
      what: 'the first poll',
      deadlineMs: 20_000,
    });
    workers.push(await role('worker'));
    await workers[0]?.kill();
    await user.deliver(mail('Order 1'));
    await arrived(1, 30_000);
    expect(sink.requests).toHaveLength(1);
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
    await web[Symbol.asyncDispose]();
    await other.drop();
    await directory.remove();
  }
}, 90_000);
