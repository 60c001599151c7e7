import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PollView } from '../../shared/api/polls.ts';
import { allDayEvery, type Schedule } from '../../shared/schedule.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';

/** Schedules at work: real mail server, real database, a real Mailroom process. */

let server: MailServer;
let mailroom: MailroomProcess;
let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: { url: string; drop: () => Promise<void> };
let user: MailUser;
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
  await deployCredential(mailroom, user, user.user);
});
afterEach(async () => {
  await mailroom.call('undeployFlow', { params: { id: flowId } });
  await sink.close();
});

const start = () => startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url });
const deploy = async (schedule: Schedule, config: Record<string, unknown> = {}) => {
  const sender = mailSenderNode(server, 'imap4', { credential: user.user, schedule, ...config });
  flowId = await deployFlow(mailroom, 'Orders', chain(sender, node('http', 'http-receiver', { url: sink.url })));
};
const order = (number: number) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: Order ${number}\r\nMessage-ID: <${user.user}-${number}@example.com>\r\n\r\nHello\r\n`;
const polls = async (): Promise<PollView[]> => (await mailroom.call('listPolls', { query: { flowId } })).items;
const channel = async () => (await mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId)?.channels[0];
const completed = (count: number) =>
  eventually(async () => (await mailroom.call('listMessages', { query: { flowId, status: 'COMPLETED' } })).items.length === count, {
    what: `${count} messages completed`,
    deadlineMs: 60_000,
  });
const hasRun = () =>
  eventually(async () => (await channel())?.nextPollAt === null && (await channel())?.health === 'ok', { deadlineMs: 60_000 });
/** Whether no poll is begun in the time that several would have taken. */
const rests = async () => {
  const before = await polls();
  await eventually(async () => Date.now() - Date.parse(before[0]?.startedAt ?? '') > 4_000);
  return (await polls()).length === before.length;
};

test('every second, the mailbox is polled about once a second, one poll at a time', async () => {
  await deploy(allDayEvery(1, 'seconds', 'Asia/Kathmandu'));
  await eventually(async () => (await polls()).length >= 5, { deadlineMs: 60_000 });
  await user.deliver(order(1));
  await completed(1);
  const ended = (await polls()).filter((poll) => poll.endedAt !== null).toReversed();
  for (const [index, poll] of ended.slice(1).entries()) {
    const before = ended[index];
    expect(Date.parse(poll.startedAt)).toBeGreaterThanOrEqual(Date.parse(before?.endedAt ?? ''));
  }
  // A full poll, or one that took longer than a second, is not on the second; the first is at Deploy.
  const distances = ended.slice(2).map((poll, index) => Date.parse(poll.startedAt) - Date.parse(ended[index + 1]?.startedAt ?? ''));
  expect(Math.min(...distances)).toBeGreaterThan(250);
});

describe('Run Once', () => {
  const once: Schedule = { kind: 'once' };

  test('takes all there is, then nothing until "Poll now" or another Deploy', async () => {
    for (const number of [1, 2, 3]) await user.deliver(order(number));
    await deploy(once, { maxMessages: 2 });
    await completed(3);
    await hasRun();
    expect(await channel()).toMatchObject({ schedule: 'once, right after Deploy', health: 'ok' });
    await user.deliver(order(4));
    expect(await rests()).toBe(true);
    expect(sink.requests).toHaveLength(3);

    await mailroom.call('pollNow', { params: { id: flowId } });
    await completed(4);
    await hasRun();
    await user.deliver(order(5));
    expect(await rests()).toBe(true);

    await mailroom.call('deployFlow', { params: { id: flowId }, body: {} });
    await completed(5);
    await hasRun();
  });

  test('is repeated until a poll has completed', async () => {
    await user.deliver(order(1));
    await deploy(once, { folder: 'Orders' });
    await eventually(async () => (await channel())?.health === 'failing');
    expect((await channel())?.nextPollAt).not.toBeNull();
    await user.createFolder('Orders');
    await hasRun();
    expect((await polls()).map((poll) => poll.result)).toEqual([
      'completed',
      ...Array.from({ length: (await polls()).length - 1 }, () => 'failed'),
    ]);
  });

  test('does not end in a connection that waits for new mail', async () => {
    await user.deliver(order(1));
    await deploy(once, { autoDisconnect: false });
    await completed(1);
    await hasRun();
    await user.deliver(order(2));
    expect(await rests()).toBe(true);
  });

  test('a mail that is done long after the poll is still marked as read, and no other mail taken', { timeout: 120_000 }, async () => {
    let isUp = false;
    sink.respond((_request, response) => response.writeHead(isUp ? 200 : 503).end());
    await user.deliver(order(1));
    await deploy(once);
    await hasRun();
    await user.deliver(order(2));
    isUp = true;
    await completed(1);
    await eventually(async () => (await user.flags()).filter((flags) => flags.includes('S')).length === 1, {
      what: 'one mail marked as read',
      deadlineMs: 60_000,
    });
    expect((await user.files()).length).toBe(2);
    const visit = await eventually(async () => (await polls()).find((poll) => poll.postProcessed === 1 && poll.endedAt !== null));
    expect(visit).toMatchObject({ result: 'completed', taken: 0, notes: [expect.stringContaining('No poll was due')] });
    expect((await channel())?.nextPollAt).toBeNull();
  });
});

test('a chosen time is waited for, and not made up for what was before Deploy', async () => {
  await user.deliver(order(1));
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 14) + '00';
  await deploy({ kind: 'recur', days: { repeat: 'daily' }, times: { mode: 'at', at: inHours(2) }, zone: 'UTC' });
  const waiting = await eventually(async () => await channel());
  expect(waiting).toMatchObject({ health: 'waiting', lastPoll: null });
  const waitMs = Date.parse(waiting?.nextPollAt ?? '') - Date.now();
  expect(waitMs).toBeGreaterThan(55 * 60_000);
  expect(waitMs).toBeLessThan(2 * 3_600_000);
  await mailroom.call('pollNow', { params: { id: flowId } });
  await completed(1);
  await eventually(async () => (await channel())?.nextPollAt === waiting?.nextPollAt);
});
