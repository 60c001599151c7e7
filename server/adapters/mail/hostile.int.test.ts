import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../testing/database.ts';
import { eventually } from '../../testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../../testing/flows.ts';
import { hostileMails } from '../../testing/hostile-mails.ts';
import { startHttpSink } from '../../testing/http-sink.ts';
import { startMailServer } from '../../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from '../../testing/mailroom-process.ts';

/** The real way: from a mail server through a Mailroom process of its own, whose memory and answers are watched meanwhile. */

const maxPeakMb = 700;
const maxSilenceMs = 2_000;

test('every hostile mail is taken in or set aside, a mail behind them is delivered, and the process stays small and answers', async () => {
  const database = await createTestDatabase('template');
  onTestFinished(database.drop);
  const data = await makeDataDirectory();
  onTestFinished(data.remove);
  const [server, sink] = await Promise.all([startMailServer(), startHttpSink()]);
  onTestFinished(async () => {
    await Promise.all([server.stop(), sink.close()]);
  });
  const mailroom = await startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url });
  onTestFinished(() => mailroom[Symbol.asyncDispose]());
  const user = await server.createUser();
  await deployCredential(mailroom, user);
  const corpus = hostileMails().map((mail) => ({ ...mail, sizeBytes: 0 }));
  for (const [index, mail] of corpus.entries()) await user.deliver(weighed(mail, 1_000 * index));
  expect(new Set(corpus.map(({ sizeBytes }) => sizeBytes)).size).toBe(corpus.length);
  await user.deliver('From: ada@example.test\r\nSubject: Order 17\r\n\r\nThree pumps\r\n');

  const silence = watchSilence(`${mailroom.url}/healthz`);
  const sender = mailSenderNode(server, 'imap4', { maxMailMb: 200, maxMessages: 1_000 });
  const flowId = await deployFlow(
    mailroom,
    'Hostile',
    chain(sender, node('http', 'http-receiver', { url: sink.url, attachments: 'names' })),
  );
  const arrived = () => sink.requests.some(({ body }) => body.includes('"Order 17"'));
  await eventually(arrived, { what: 'the normal mail', deadlineMs: 90_000 });

  const messages = async () => (await mailroom.call('listMessages', { query: { flowId, limit: 200 } })).items;
  const isOpen = (status: string) => status === 'PROCESSING' || status === 'RETRY';
  await eventually(
    async () => (await messages()).length === corpus.length + 1 && (await messages()).every(({ status }) => !isOpen(status)),
    {
      what: 'the end of every mail',
      deadlineMs: 120_000,
    },
  );

  const ends = await messages();
  const setAside = new Map((await mailroom.call('listQuarantine')).items.map((one) => [one.messageId, one.reason.code]));
  const found = corpus.map(({ name, sizeBytes }) => {
    const message = ends.find((candidate) => candidate.sizeBytes === sizeBytes);
    return { name, end: message && setAside.has(message.id) ? 'quarantined' : message?.status.toLowerCase() };
  });
  expect(found).toEqual(corpus.map(({ name, end }) => ({ name, end })));
  expect(new Set(setAside.values())).toEqual(new Set(['MAIL_NOT_PARSEABLE']));

  const peakMb = Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${mailroom.pid}/status`, 'utf8'))?.[1]) / 1024;
  expect(peakMb).toBeLessThan(maxPeakMb);
  expect(silence.longestMs()).toBeLessThan(maxSilenceMs);
}, 240_000);

/** Each gets a size of its own, by which it is known again. */
function* weighed(mail: { pieces: Iterable<Uint8Array>; sizeBytes: number }, paddingBytes: number): Iterable<Uint8Array> {
  for (const piece of mail.pieces) {
    mail.sizeBytes += piece.length;
    yield piece;
  }
  mail.sizeBytes += paddingBytes;
  yield Buffer.alloc(paddingBytes, ' ');
}

/** Asks all the time; an answer that takes long says that the process was busy with something else. */
function watchSilence(url: string): { longestMs: () => number } {
  let longestMs = 0;
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const asked = performance.now();
      await (await fetch(url, { signal: stopping.signal })).text();
      longestMs = Math.max(longestMs, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })().catch(() => {});
  onTestFinished(async () => {
    stopping.abort();
    await watching;
  });
  return { longestMs: () => longestMs };
}
