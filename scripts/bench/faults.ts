import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '../../server/testing/fault-proxy.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import { countRepeats, missingOf, type Break } from './balance.ts';
import type { Bench } from './bench.ts';
import { callSink, type CallSink, type Manner } from './call-sink.ts';
import { makeCorpus, type BenchMail } from './corpus.ts';

const mails = Number(process.env['BENCH_MAILS'] ?? 200);
const only = process.env['BENCH_CASES']?.split(',');
/** How long the line is down where the case doesn't say otherwise. */
const downMs = 30_000;
const faultDeadlineMs = 60_000;
const recoveryDeadlineMs = 420_000;

type Protocol = 'imap4' | 'pop3';

interface Scene {
  corpus: BenchMail[];
  /** Before the mail server. */
  proxy: FaultProxy;
  /** Before the database. */
  database: FaultProxy;
  sink: CallSink;
  breaks: Break[];
}

interface FaultCase {
  name: string;
  protocol: Protocol;
  /** What happens from the first connection on. */
  first?: (corpus: BenchMail[]) => Fault;
  /** Resolves at the moment when the line is back. */
  happen: (scene: Scene) => Promise<void>;
  isAlone?: boolean;
}

/** The connection breaks while the server sends this part of the mails: always within a mail. */
const at = (corpus: BenchMail[], share: number) => {
  const id = corpus[Math.floor(corpus.length * share)]?.id ?? '';
  return (sent: string) => sent.includes(`Subject: ${id}`);
};
const struck = (proxy: FaultProxy, count: number) =>
  eventually(() => proxy.faults() >= count, { what: `fault ${count}`, deadlineMs: faultDeadlineMs });

const lineCases = (protocol: Protocol): FaultCase[] => [
  {
    name: 'reset',
    protocol,
    first: (corpus) => ({ cutServer: at(corpus, 0.4) }),
    async happen({ proxy }) {
      await struck(proxy, 1);
      proxy.fault({ cutServer: () => true });
      await sleep(downMs);
      proxy.fault({});
    },
  },
  {
    name: 'silence',
    protocol,
    first: (corpus) => ({ silence: at(corpus, 0.4) }),
    async happen({ proxy }) {
      await struck(proxy, 1);
      proxy.fault({ silence: () => true });
      await sleep(downMs);
      proxy.fault({});
    },
  },
  {
    name: 'silence-of-one-connection',
    protocol,
    first: (corpus) => ({ silence: at(corpus, 0.4) }),
    async happen({ proxy }) {
      await struck(proxy, 1);
      proxy.fault({});
    },
  },
  {
    name: 'slow',
    protocol,
    first: () => ({ delayMs: 250 }),
    async happen({ proxy }) {
      await sleep(downMs);
      proxy.fault({});
    },
  },
  {
    name: 'cut-in-mid-literal',
    protocol,
    first: (corpus) => ({ cutServer: at(corpus, 0.2) }),
    async happen({ proxy, corpus }) {
      await struck(proxy, 1);
      proxy.fault({ cutServer: at(corpus, 0.5) });
      await struck(proxy, 2);
      proxy.fault({});
    },
  },
  {
    name: 'two-cuts-and-90-s-of-silence',
    protocol,
    first: (corpus) => ({ cutServer: at(corpus, 0.2) }),
    async happen({ proxy, corpus }) {
      await struck(proxy, 1);
      proxy.fault({ cutServer: at(corpus, 0.4) });
      await struck(proxy, 2);
      proxy.fault({ silence: at(corpus, 0.6) });
      await struck(proxy, 3);
      proxy.fault({ silence: () => true });
      await sleep(90_000);
      proxy.fault({});
    },
  },
];

const receiverCase = (manner: Manner): FaultCase => ({
  name: `receiver-${manner}`,
  protocol: 'imap4',
  async happen({ sink }) {
    sink.behave(manner);
    await eventually(() => sink.calls.length >= mails / 10, { what: 'calls', deadlineMs: faultDeadlineMs });
    await sleep(downMs);
    sink.behave('well');
    sink.cutAll();
  },
});

const cases: FaultCase[] = [
  ...lineCases('imap4'),
  ...lineCases('pop3'),
  ...(['error', 'hanging', 'closing'] as const).map(receiverCase),
  {
    name: 'database-cut',
    protocol: 'imap4',
    isAlone: true,
    async happen({ database, sink, breaks }) {
      for (const share of [0.1, 0.4, 0.7]) {
        await eventually(() => sink.taken().size >= mails * share, { what: 'deliveries', deadlineMs: faultDeadlineMs });
        const down: Break = { at: performance.now() };
        breaks.push(down);
        database.fault({ cutServer: () => true });
        database.cutAll();
        await sleep(downMs / 6);
        database.fault({});
        down.until = performance.now();
      }
    },
  },
];

export const faults: Bench = {
  about: `${mails} mails per case through a fault proxy: lost, twice, and how soon it goes on once the line is back`,
  async run(report, progress) {
    const server = await startMailServer();
    const data = await makeDataDirectory();
    const postgres = await startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
    const database = await startFaultProxy({ port: Number(new URL(postgres.url).port) });
    const url = new URL(postgres.url);
    url.hostname = '127.0.0.1';
    url.port = String(database.port);
    await using mailroom = await startMailroomProcess({
      dataDirectory: data.path,
      databaseUrl: url.href,
      env: { MAILROOM_LOG_LEVEL: 'error' },
    });
    const play = async (one: FaultCase) => {
      report(await playCase(one, server, mailroom, database, progress));
      progress(`${one.name} ${one.protocol}: done`);
    };
    const wanted = cases.filter(({ name }) => !only || only.includes(name));
    try {
      // Side by side, each with a mailbox, a proxy and a receiver of its own: most of it is waiting.
      await Promise.all(wanted.filter(({ isAlone }) => !isAlone).map(play));
      for (const one of wanted) if (one.isAlone) await play(one);
    } finally {
      await mailroom.stop();
      await database.close();
      await postgres.stop();
      await server.stop();
      await data.remove();
    }
  },
};

async function playCase(
  one: FaultCase,
  server: MailServer,
  mailroom: MailroomProcess,
  database: FaultProxy,
  progress: (text: string) => void,
) {
  const { protocol } = one;
  const corpus = makeCorpus(mails);
  const user = await server.createUser();
  for (const mail of corpus) await user.deliver(mail.raw);
  const proxy = await startFaultProxy({ port: protocol === 'imap4' ? server.ports.imap : server.ports.pop3 });
  const sink = await callSink(() => 20);
  const breaks: Break[] = [];
  try {
    proxy.fault(one.first?.(corpus) ?? {});
    await deployCredential(mailroom, user, user.user);
    const sender = mailSenderNode(server, protocol, { credential: user.user, address: `localhost:${proxy.port}`, maxMessages: 500 });
    const receiver = node('http', 'http-receiver', { url: sink.url, timeoutMs: 5_000 });
    const flowId = await deployFlow(mailroom, `${one.name} ${protocol}`, chain(sender, receiver));
    await one.happen({ corpus, proxy, database, sink, breaks });
    const backAt = performance.now();
    const missingAtBack = mails - sink.taken().size;
    await eventually(() => sink.taken().size === mails, { deadlineMs: recoveryDeadlineMs }).catch(() => undefined);
    // Time for what would come twice.
    await sleep(5_000);
    const taken = sink.calls.flatMap(({ answeredAt, isTaken }) =>
      isTaken && answeredAt && answeredAt > backAt ? [answeredAt - backAt] : [],
    );
    const { duplicates, inFlightRepeats } = countRepeats(sink.calls, breaks, progress);
    await mailroom.call('undeployFlow', { params: { id: flowId } });
    return {
      case: `${one.name} ${protocol}`,
      mails,
      ...(await missingOf(user, corpus, sink.taken())),
      duplicates,
      in_flight_repeats: inFlightRepeats,
      missing_at_back: missingAtBack,
      // From the line being back to the first and to the last mail that was still missing.
      first_s: seconds(Math.min(...taken)),
      recovered_s: seconds(Math.max(...taken)),
    };
  } finally {
    sink.close();
    await proxy.close();
  }
}

const seconds = (ms: number) => (Number.isFinite(ms) ? Number((ms / 1_000).toFixed(1)) : 0);
