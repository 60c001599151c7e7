import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runScript } from '../server/testing/command.ts';
import { eventually } from '../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { startHttpSink, type HttpSink } from '../server/testing/http-sink.ts';
import { startMailServer, type MailServer } from '../server/testing/mail-server.ts';
import { mailWith } from '../server/testing/mail-with.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../server/testing/mailroom-process.ts';
import { temporaryDirectory } from '../server/testing/temporary-directory.ts';

/** What an operator does: back up while mails come in, lose the machine, restore elsewhere. */

let server: MailServer;
let sink: HttpSink;
beforeAll(async () => {
  [server, sink] = await Promise.all([startMailServer(), startHttpSink()]);
});
afterAll(async () => {
  await sink.close();
  await server.stop();
});

const subjectOf = (body: Buffer) => String(JSON.parse(body.toString()).headers.subject);
const keysOf = (subject: string) =>
  sink.requests.filter(({ body }) => subjectOf(body) === subject).map(({ headers }) => headers['idempotency-key']);
const messagesOf = async (mailroom: MailroomProcess) => (await mailroom.call('listMessages', { query: { limit: 200 } })).items;
const rawOf = async ({ url, token }: MailroomProcess, id: string) =>
  (await fetch(`${url}/api/v1/messages/${id}/raw`, { headers: { authorization: `Bearer ${token}` } })).text();

test('a Mailroom that was backed up under load and lost is restored elsewhere, and what was in flight ends', async () => {
  const [first, second] = [await makeDataDirectory(), await makeDataDirectory()];
  const backups = path.join(await temporaryDirectory(), 'backups');
  const user = await server.createUser();
  let isDown = true;
  sink.answerWith(({ body }) => (isDown && subjectOf(body).startsWith('Refused') ? 503 : 200));
  sink.onRequest(async () => {
    const last = sink.requests.at(-1);
    if (last && isDown && subjectOf(last.body).startsWith('Slow')) await new Promise(() => undefined);
  });
  const poison = `${mailWith('Poison').split('\r\n\r\n')[0] ?? ''}\r\n${Array.from({ length: 40_000 }, (_, i) => `X-Filler-${i}: ${'x'.repeat(40)}`).join('\r\n')}\r\n\r\nbody\r\n`;
  const done = Array.from({ length: 20 }, (_, index) => `Done ${index}`);
  const inFlight = ['Slow 1', 'Slow 2', 'Slow 3', 'Refused 1', 'Refused 2', 'Refused 3'];

  let mailroom = await startMailroomProcess({ dataDirectory: first.path });
  try {
    await deployCredential(mailroom, user);
    for (const subject of [...done, ...inFlight]) await user.deliver(mailWith(subject));
    await user.deliver(poison);
    await deployFlow(mailroom, 'Orders', mailToHttp(server, 'imap4', sink.url));
    const inStatus = (status: string, count: number) =>
      eventually(async () => (await messagesOf(mailroom)).filter((message) => message.status === status).length >= count, {
        what: `${count} messages ${status}`,
        deadlineMs: 30_000,
      });
    await Promise.all([inStatus('COMPLETED', 20), inStatus('RETRY', 3), inStatus('PROCESSING', 3), inStatus('FAILED', 1)]);
    const ended = (await messagesOf(mailroom)).filter(({ status }) => status === 'COMPLETED' || status === 'FAILED');
    const details = (await Promise.all(ended.map(({ id }) => mailroom.call('getMessage', { params: { id } })))).map((message) => ({
      ...message,
      // What is told to the mail server goes on meanwhile.
      postProcessing: undefined,
    }));

    // Mails keep coming while the backup is made, and are all done before the machine is lost.
    const during = Array.from({ length: 30 }, (_, index) => `During ${index}`);
    const [backup] = await Promise.all([
      runScript('backup', [backups], { MAILROOM_DATA_DIR: first.path }),
      (async () => {
        for (const subject of during) await user.deliver(mailWith(subject));
      })(),
    ]);
    expect(backup).toMatchObject({ code: 0 });
    await inStatus('COMPLETED', 50);
    await eventually(async () => (await user.flags()).filter((flags) => flags.includes('S')).length >= 50, {
      what: 'what is done to be marked as read',
    });
    const sentBefore = new Map(done.concat(during).map((subject) => [subject, keysOf(subject).length]));
    const embedded = Number(/"pid":(\d+)/.exec(mailroom.output.find((line) => line.includes('database server started')) ?? '')?.[1]);
    await mailroom.kill();
    process.kill(embedded, 'SIGKILL');
    await rm(first.path, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
    const keysBefore = new Map(inFlight.map((subject) => [subject, new Set(keysOf(subject))]));
    isDown = false;

    const restore = await runScript('restore', [backups], { MAILROOM_DATA_DIR: second.path });
    expect(restore).toMatchObject({ code: 0 });
    mailroom = await startMailroomProcess({ dataDirectory: second.path });

    // The credential decrypts: a mail that comes now is read, and everything that was in flight ends.
    await user.deliver(mailWith('After'));
    await eventually(() => keysOf('After').length === 1, { what: 'a mail after the restore', deadlineMs: 40_000 });
    await eventually(async () => (await messagesOf(mailroom)).every(({ status }) => status === 'COMPLETED' || status === 'FAILED'), {
      what: 'the end of all messages',
      deadlineMs: 60_000,
    });

    // The receiver gets what was in flight again under the same key, and nothing else again.
    for (const subject of inFlight) expect(new Set(keysOf(subject)), subject).toEqual(keysBefore.get(subject));
    const repeated = [...sentBefore].filter(([subject, count]) => count !== keysOf(subject).length || new Set(keysOf(subject)).size !== 1);
    const unfinishedAtBackup = repeated.filter(([subject]) => subject.startsWith('During') && new Set(keysOf(subject)).size === 1);
    expect(repeated).toEqual(unfinishedAtBackup);

    // The log is the same, down to the steps and the bytes.
    const restored = await Promise.all(details.map(({ id }) => mailroom.call('getMessage', { params: { id } })));
    expect(restored.map((message) => ({ ...message, postProcessing: undefined }))).toEqual(details);
    expect(await rawOf(mailroom, details.find(({ subject }) => subject === 'Done 7')?.id ?? '')).toBe(mailWith('Done 7'));
    expect((await mailroom.call('listQuarantine')).items).toMatchObject([{ reason: { code: 'MAIL_NOT_PARSEABLE' }, hasRaw: true }]);

    expect(await runScript('restore', [backups, '--replace'], { MAILROOM_DATA_DIR: second.path })).toMatchObject({
      code: 1,
      output: expect.stringContaining('DATA_DIRECTORY_IN_USE'),
    });
  } finally {
    await mailroom[Symbol.asyncDispose]();
    await first.remove();
    await second.remove();
  }
}, 120_000);
