import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer, type MailUser } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import type { Bench } from './bench.ts';
import { makeCorpus } from './corpus.ts';
import { countingSink } from './counting-sink.ts';

const mails = Number(process.env['BENCH_MAILS'] ?? 60);
const everyMs = 1_000;
const patienceMs = 15_000;

const second = { kind: 'interval', every: 1, unit: 'seconds' };
const hour = { kind: 'interval', every: 1, unit: 'hours' };
/**
 * With IDLE the schedule is out of the way: what arrives was pushed. Nothing is marked on the server, since Dovecot gathers changes
 * for 500 ms before it tells: our mark would make it tell the bare client, but not us, of the next mail early.
 */
const cases = {
  idle: { autoDisconnect: false, schedule: hour, postProcessing: 'none' },
  schedule: { autoDisconnect: true, schedule: second, postProcessing: 'none' },
};

export const latency: Bench = {
  about: `${mails} mails, one per second: from the mailbox to the receiver's socket, beside a bare IDLE client`,
  async run(report, progress) {
    const server = await startMailServer();
    try {
      for (const name of ['idle', 'schedule'] as const) {
        progress(`${name}: ${mails} mails, one per second`);
        report({ case: name, mails, ...(await measure(server, cases[name])) });
      }
    } finally {
      await server.stop();
    }
  },
};

async function measure(server: MailServer, config: Record<string, unknown>) {
  const corpus = makeCorpus(mails);
  const user = await server.createUser();
  const data = await makeDataDirectory();
  const sink = await countingSink();
  await using mailroom = await startMailroomProcess({ dataDirectory: data.path, env: { MAILROOM_LOG_LEVEL: 'warn' } });
  const pushes = await bareIdle(server, user, { leavesIdle: true });
  const single = await bareIdle(server, user, { leavesIdle: false });
  try {
    await deployCredential(mailroom, user);
    const flowId = await deployFlow(mailroom, 'Latency', mailToHttp(server, 'imap4', sink.url, config));
    await firstPoll(mailroom, flowId);
    const deliveredAt = new Map<string, number>();
    for (const { id, raw } of corpus) {
      await user.deliver(raw);
      deliveredAt.set(id, performance.now());
      await sleep(everyMs);
    }
    await eventually(() => sink.delivered.size === mails, { deadlineMs: patienceMs }).catch(() => undefined);

    const facts = corpus.flatMap(({ id }, index) => {
      const [from, arrived] = [deliveredAt.get(id), sink.delivered.get(id)];
      const [pushed, one] = [pushes.heardAt[index], single.heardAt[index]];
      if (from === undefined || arrived === undefined || pushed === undefined || one === undefined) return [];
      return [{ total: arrived - from, push: pushed - from, over: arrived - pushed, overOne: arrived - one }];
    });
    const at = (part: 'total' | 'push' | 'over' | 'overOne', share: number) =>
      quantile(
        facts.map((fact) => fact[part]),
        share,
      );
    return {
      p50_ms: at('total', 0.5),
      p95_ms: at('total', 0.95),
      max_ms: at('total', 1),
      push_p50_ms: at('push', 0.5),
      over_push_p50_ms: at('over', 0.5),
      over_push_p95_ms: at('over', 0.95),
      over_one_idle_p50_ms: at('overOne', 0.5),
      over_one_idle_p95_ms: at('overOne', 0.95),
      lost: mails - sink.delivered.size,
      duplicates: sink.arrivals() - sink.delivered.size,
    };
  } finally {
    pushes.close();
    single.close();
    sink.close();
    await mailroom.stop();
    await data.remove();
  }
}

function firstPoll(mailroom: MailroomProcess, flowId: string): Promise<unknown> {
  const isDone = async () => (await mailroom.call('listPolls', { query: { flowId } })).items.some(({ result }) => result === 'completed');
  return eventually(isDone, { what: 'the first poll', deadlineMs: 30_000 });
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN) * 10) / 10;
}

/**
 * The reference: one socket in IDLE. `heardAt[n]` is when the server told of the mail with the number n, from 0.
 *
 * One that `leavesIdle` after each word of new mail and comes back does what every client has to that fetches the mail. Dovecot
 * tells a client that stays in a single IDLE of every second mail some 500 ms earlier.
 */
async function bareIdle(server: MailServer, { user, password }: MailUser, { leavesIdle }: { leavesIdle: boolean }) {
  const heardAt: number[] = [];
  const socket = net.connect(server.ports.imap, '127.0.0.1').setNoDelay();
  let text = '';
  const isIdle = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      const words = chunk.toString('latin1');
      text = (text + words).slice(-1_000);
      if (text.includes('+ idling')) resolve();
      for (const [, count] of words.matchAll(/\* (\d+) EXISTS/g)) {
        while (heardAt.length < Number(count)) heardAt.push(now);
        if (leavesIdle) socket.write('DONE\r\nc IDLE\r\n');
      }
    });
  });
  socket.write(`a LOGIN ${user} ${password}\r\nb SELECT INBOX\r\nc IDLE\r\n`);
  await isIdle;
  return { heardAt, close: () => socket.destroy() };
}
