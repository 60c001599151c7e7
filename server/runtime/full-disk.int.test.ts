import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, mailToHttp, node } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { mailWith } from '../testing/mail-with.ts';
import { startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';
import { makeSmallDisk, whyNoSmallDisk, type SmallDisk } from '../testing/small-disk.ts';

/** Disks that fill up in the middle of the work: nothing lost, nothing twice, and it goes on by itself when there is space again. */

const megabyte = 1024 * 1024;
const whyNot = await whyNoSmallDisk();
if (whyNot) console.warn(`Skipped: ${whyNot}`);

let server: MailServer;
let user: MailUser;
let sink: HttpSink;

beforeAll(async () => {
  server = await startMailServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  [user, sink] = await Promise.all([server.createUser(), startHttpSink()]);
});
afterEach(() => sink.close());

const orders = (count: number) => Array.from({ length: count }, (_, index) => `Order ${index}`);
const deliver = async (count: number, sizeBytes: number) => {
  for (const subject of orders(count)) await user.deliver(mailWith(subject, { text: 'pump '.repeat(sizeBytes / 5) }));
};
const subjects = () => sink.requests.map((request) => String(JSON.parse(request.body.toString()).headers.subject)).toSorted();
const polls = async (mailroom: MailroomProcess) => (await mailroom.call('listPolls', { query: { limit: 100 } })).items;
const pollWith = (mailroom: MailroomProcess, code: string) =>
  eventually(async () => (await polls(mailroom)).find((poll) => poll.error?.code === code), {
    what: `a poll with ${code}`,
    deadlineMs: 20_000,
  });
const completed = async (mailroom: MailroomProcess) =>
  (await mailroom.call('listMessages', { query: { status: 'COMPLETED', limit: 100 } })).items.length;
const allCompleted = (mailroom: MailroomProcess, count: number) =>
  eventually(async () => (await completed(mailroom).catch(() => 0)) === count, { what: `${count} completed messages`, deadlineMs: 28_000 });

describe.skipIf(whyNot)('the disk of the mails', () => {
  let disk: SmallDisk;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;

  beforeEach(async () => {
    [disk, database] = await Promise.all([makeSmallDisk(40), createTestDatabase('template')]);
  });
  afterEach(async () => {
    await database.drop();
    await disk.remove();
  });

  async function start(freeMb: string): Promise<MailroomProcess> {
    const env = { MAILROOM_FREE_MB: freeMb, MAILROOM_FREE_PERCENT: '0' };
    const mailroom = await startMailroomProcess({ dataDirectory: disk.path, databaseUrl: database.url, env });
    onTestFinished(() => mailroom[Symbol.asyncDispose]());
    await deployCredential(mailroom, user);
    return mailroom;
  }

  test('full in the middle of a poll, it fails the poll with what to do; what had come is kept, and the rest follows by itself', async () => {
    const mailroom = await start('0');
    await deliver(12, megabyte);
    await disk.fill(5 * megabyte);
    await deployFlow(mailroom, 'Orders', mailToHttp(server, 'imap4', sink.url));
    const failed = await pollWith(mailroom, 'DISK_FULL');
    expect(failed).toMatchObject({ result: 'failed', error: { remedy: expect.stringContaining('Nothing is lost') } });
    expect(await user.files()).toHaveLength(12);

    await disk.free();
    await allCompleted(mailroom, 12);
    expect(subjects()).toEqual(orders(12).toSorted());
    expect((await mailroom.call('listQuarantine')).items).toEqual([]);
    expect(mailroom.output.join('\n')).not.toContain('INTERNAL');
  });

  test('getting full, it stops intake before, the rest of Mailroom works, and intake goes on at a quarter more space', async () => {
    await disk.fill(7 * megabyte);
    const mailroom = await start('8');
    await deliver(2, 1_000);
    const id = await deployFlow(mailroom, 'Orders', mailToHttp(server, 'imap4', sink.url));
    const paused = await pollWith(mailroom, 'INTAKE_NO_SPACE');
    expect(paused).toMatchObject({ result: 'paused', taken: 0 });
    expect(paused.error?.message).toContain('7 MB');
    const channel = async () => (await mailroom.call('listDeployments')).items.find(({ flowId }) => flowId === id)?.channels[0];
    await eventually(async () => (await channel())?.health === 'paused');
    expect((await mailroom.call('listIntakePauses')).items).toMatchObject([{ flowId: null, reason: { code: 'INTAKE_NO_SPACE' } }]);
    // As the connection test does.
    const { config } = mailSenderNode(server, 'imap4');
    const { folders } = await mailroom.call('listMailFolders', { body: { type: 'mail-sender', config } });
    expect(folders.map((folder) => folder.path)).toContain('INBOX');

    // Above the limit, but not by enough.
    await disk.free();
    await disk.fill(9 * megabyte);
    await mailroom.call('pollNow', { params: { id } });
    const before = Date.now();
    await eventually(
      async () => (await polls(mailroom)).some((poll) => poll.result === 'paused' && Date.parse(poll.startedAt) > before - 500),
      {
        what: 'a poll that is paused still',
        deadlineMs: 20_000,
      },
    );
    expect(sink.requests).toEqual([]);
    await disk.free();
    await allCompleted(mailroom, 2);
    expect(subjects()).toEqual(orders(2));
    expect((await mailroom.call('listIntakePauses')).items).toEqual([]);
  });
});

describe.skipIf(whyNot)('the disk of the mails and the embedded database', () => {
  let disk: SmallDisk;
  beforeEach(async () => {
    disk = await makeSmallDisk(400);
  });
  afterEach(() => disk.remove());

  test('full until the database panics, ends nothing: the same process goes on when there is space, each mail once', async () => {
    const env = { MAILROOM_FREE_MB: '0', MAILROOM_FREE_PERCENT: '0' };
    const mailroom = await startMailroomProcess({ dataDirectory: disk.path, env });
    onTestFinished(() => mailroom[Symbol.asyncDispose]());
    await deployCredential(mailroom, user);
    await deployFlow(
      mailroom,
      'Orders',
      chain(mailSenderNode(server, 'imap4', { maxMessages: 5 }), node('http', 'http-receiver', { url: sink.url })),
    );
    await deliver(3, 1_000);
    await allCompleted(mailroom, 3);

    await disk.fill();
    await user.deliver(mailWith('Order 3', { text: 'x'.repeat(100_000) }));
    await user.deliver(mailWith('Order 4'));
    await fillLog(disk.path);
    await eventually(() => mailroom.output.some((line) => line.includes('the database server ended by itself')), {
      what: 'the end of the database server',
      deadlineMs: 20_000,
    });
    expect((await fetch(`${mailroom.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${mailroom.url}/readyz`)).status).toBe(503);

    await disk.free();
    await allCompleted(mailroom, 5);
    expect(subjects()).toEqual(orders(5));
    expect(mailroom.output.some((line) => line.includes('the database server is back'))).toBe(true);
    expect(await mailroom.stop()).toBe(0);
  }, 60_000);

  /** Has the database write ahead until it can't, which it answers with PANIC. */
  async function fillLog(dataDirectory: string): Promise<void> {
    const home = path.join(dataDirectory, 'postgres');
    const password = await readFile(path.join(home, 'password'), 'utf8');
    const port = (await readFile(path.join(home, 'data', 'postmaster.pid'), 'utf8')).split('\n')[3];
    const client = new Client({ connectionString: `postgres://mailroom:${password}@127.0.0.1:${port}/mailroom` });
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (let i = 0; i < 100; i += 1) await client.query(`select pg_logical_emit_message(true, 'test', repeat('x', 1000000))`);
      throw new Error('the log of the database did not fill its disk');
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('the log of')) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
});
