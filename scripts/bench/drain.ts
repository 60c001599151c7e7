import { setTimeout as sleep } from 'node:timers/promises';
import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer, type MailUser } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from '../../server/testing/mailroom-process.ts';
import { makeCorpus, type BenchMail } from './corpus.ts';
import { watchTree } from './process-tree.ts';
import { rawImap, rawPop3, thinScript } from './references.ts';
import type { Bench } from './bench.ts';
import { countingSink, type CountingSink } from './counting-sink.ts';

const mails = Number(process.env['BENCH_MAILS'] ?? 2_000);
const maxMessages = 500;
const deadlineMs = 180_000;

export const drain: Bench = {
  about: `${mails} mails from Dovecot through a deployed flow to an HTTP receiver, beside raw sockets and a thin script`,
  async run(report, progress) {
    const corpus = makeCorpus(mails);
    const mb = corpus.reduce((bytes, mail) => bytes + mail.raw.length, 0) / 1e6;
    const server = await startMailServer();
    // Removed last: ext4 is slow at making files for minutes after thousands were removed.
    await using leftBehind = new AsyncDisposableStack();
    try {
      const filled = async () => {
        const user = await server.createUser();
        for (const mail of corpus) await user.deliver(mail.raw);
        return user;
      };
      for (const protocol of ['imap4', 'pop3'] as const) {
        // References before and after, so that a machine that slows down shows.
        const before = await references(server, protocol, filled, progress);
        progress(`${protocol}: Mailroom`);
        const measured = await measureMailroom(server, protocol, await filled(), corpus, leftBehind);
        const after = await references(server, protocol, filled, progress);
        const raw = rate((before.raw + after.raw) / 2);
        const thin = rate((before.thin + after.thin) / 2);
        const own = rate(measured.seconds);
        report({
          case: protocol,
          mails,
          mb: round(mb),
          ...measured,
          seconds: round(measured.seconds),
          mails_per_s: round(own),
          raw_mails_per_s: round(raw),
          ratio_to_raw: round(own / raw, 3),
          thin_mails_per_s: round(thin),
          ratio_to_thin: round(own / thin, 3),
          max_messages: maxMessages,
        });
      }
    } finally {
      await server.stop();
    }
  },
};

const rate = (seconds: number) => mails / seconds;
const round = (value: number, digits = 1) => Number(value.toFixed(digits));

async function references(
  server: MailServer,
  protocol: 'imap4' | 'pop3',
  filled: () => Promise<MailUser>,
  progress: (text: string) => void,
) {
  progress(`${protocol}: references`);
  const sink = await countingSink();
  try {
    const rawUser = await filled();
    const raw = await timed(() => (protocol === 'imap4' ? rawImap(server, rawUser) : rawPop3(server, rawUser, mails)));
    const thinUser = await filled();
    const thin = await thinScript(server, thinUser, sink.url);
    if (sink.arrivals() !== mails) throw new Error(`the thin script delivered ${sink.arrivals()} of ${mails}`);
    return { raw, thin };
  } finally {
    sink.close();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

async function measureMailroom(
  server: MailServer,
  protocol: 'imap4' | 'pop3',
  user: MailUser,
  corpus: BenchMail[],
  leftBehind: AsyncDisposableStack,
) {
  const data = await makeDataDirectory();
  leftBehind.defer(() => data.remove());
  const sink = await countingSink();
  await using mailroom = await startMailroomProcess({ dataDirectory: data.path, env: { MAILROOM_LOG_LEVEL: 'warn' } });
  const tree = watchTree(mailroom.pid);
  try {
    await deployCredential(mailroom, user);
    const cpuBefore = await tree.cpuSeconds();
    const seconds = await timed(async () => {
      await deployFlow(mailroom, 'Drain', mailToHttp(server, protocol, sink.url, { maxMessages }));
      const giveUpAt = Date.now() + deadlineMs;
      while (sink.delivered.size < corpus.length && Date.now() < giveUpAt) await sleep(10);
    });
    const cpu = (await tree.cpuSeconds()) - cpuBefore;
    const { nodeRssMb, treeRssMb } = tree.peak();
    return { ...(await account(user, corpus, sink)), seconds, node_rss_peak_mb: nodeRssMb, tree_rss_peak_mb: treeRssMb, cpu_s: round(cpu) };
  } finally {
    tree.stop();
    sink.close();
    await mailroom.stop();
  }
}

/** Lost: not delivered and already flagged or gone on the server. Pending: not delivered and still to come. */
async function account(user: MailUser, corpus: BenchMail[], sink: CountingSink) {
  const onServer = new Map(
    (await user.files()).map((file) => [/^Message-ID: <([^@]+)@/m.exec(file.raw.toString('latin1'))?.[1], file.flags]),
  );
  const missing = corpus.filter(({ id }) => !sink.delivered.has(id));
  const lost = missing.filter(({ id }) => onServer.get(id) === undefined || /[ST]/.test(onServer.get(id) ?? ''));
  return {
    delivered: sink.delivered.size,
    lost: lost.length,
    pending: missing.length - lost.length,
    duplicates: sink.arrivals() - sink.delivered.size,
  };
}
