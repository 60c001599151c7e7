import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer, type MailUser } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import { countRepeats, type Break } from './balance.ts';
import type { Bench } from './bench.ts';
import { callSink, type CallSink } from './call-sink.ts';
import { makeCorpus } from './corpus.ts';
import { processTree } from './process-tree.ts';

const mails = Number(process.env['BENCH_MAILS'] ?? 2_000);
const mailboxCount = 8;
const counts = [1, 2, 4];
const token = 'bench'.repeat(8);
const drainDeadlineMs = 240_000;
/** How long mails trickle in around the kill, and how far apart. */
const trickleMs = 25_000;
const trickleEveryMs = 50;
/** Of one mailbox seen by the mail server; shorter is the time it takes to note a sign-out. */
const overlapMs = 250;

export const workers: Bench = {
  about: `${counts.join(', ')} worker processes on ${mailboxCount} mailboxes: mails per second, share of each, take-over after kill -9`,
  async run(report, progress) {
    for (const count of counts) report(await measure(count, progress));
  },
};

async function measure(count: number, progress: (text: string) => void) {
  const server = await startMailServer();
  const data = await makeDataDirectory();
  const postgres = await startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
  const sink = await callSink();
  const start = (role: 'web' | 'worker') =>
    startMailroomProcess({
      dataDirectory: data.path,
      databaseUrl: postgres.url,
      env: { MAILROOM_ROLE: role, MAILROOM_API_TOKEN: token, MAILROOM_LOG_LEVEL: 'error' },
    });
  const web = await start('web');
  const running = await Promise.all(Array.from({ length: count }, () => start('worker')));
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    progress(`${count} workers: filling ${mailboxCount} mailboxes`);
    const users = await fill(server);
    for (const user of users) await deployCredential(web, user, user.user);
    const cpuBefore = await Promise.all(running.map(cpuOf));
    const begun = performance.now();
    await Promise.all(
      users.map((user, index) => deployFlow(web, `Mailbox ${index}`, mailToHttp(server, 'imap4', sink.url, { credential: user.user }))),
    );
    await eventually(() => sink.taken().size === mails, { deadlineMs: drainDeadlineMs }).catch(() => undefined);
    const seconds = (performance.now() - begun) / 1_000;
    const cpu = (await Promise.all(running.map(cpuOf))).map((used, index) => used - (cpuBefore[index] ?? 0));
    const delivered = sink.taken().size;
    const share = await sharesOf(client, running);

    progress(`${count} workers: kill -9 of one while mail trickles in`);
    const breaks: Break[] = [];
    const victims: number[] = [];
    const takeoverS = await takeOver(running, () => start('worker'), users, sink, breaks, victims);
    const { duplicates, inFlightRepeats } = countRepeats(sink.calls, breaks);
    return {
      workers: count,
      mailboxes: mailboxCount,
      mails,
      mails_per_s: round(delivered / seconds),
      // Of the mails taken in, by the poll log, and of the processor time, which exchanges need most of.
      share,
      cpu_share: cpu.map((used) => round(used / cpu.reduce((sum, one) => sum + one, 0), 2)),
      double_polls: await doublePolls(client, victims),
      ...sessionsOf(await server.log()),
      takeover_s: takeoverS,
      lost: mails - delivered,
      duplicates,
      in_flight_repeats: inFlightRepeats,
    };
  } finally {
    await client.end();
    sink.close();
    for (const one of [...running, web]) await one[Symbol.asyncDispose]();
    await postgres.stop();
    await server.stop();
    await data.remove();
  }
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits));

async function fill(server: MailServer): Promise<MailUser[]> {
  const users = await Promise.all(Array.from({ length: mailboxCount }, () => server.createUser()));
  for (const [index, mail] of makeCorpus(mails).entries()) await users[index % mailboxCount]?.deliver(mail.raw);
  return users;
}

async function cpuOf({ pid }: MailroomProcess): Promise<number> {
  return (await processTree(pid)).find((one) => one.pid === pid)?.cpuSeconds ?? 0;
}

async function sharesOf(client: Client, running: MailroomProcess[]): Promise<number[]> {
  const { rows } = await client.query<{ worker: string; taken: number }>(
    'select worker, sum(taken)::int as taken from poll group by worker',
  );
  const all = rows.reduce((sum, { taken }) => sum + taken, 0);
  return running.map(({ pid }) => round((rows.find(({ worker }) => worker.endsWith(`/${pid}`))?.taken ?? 0) / all, 2));
}

/**
 * How long the slowest mail took that came around the kill: the time in which nobody attended to a mailbox of the dead worker.
 * Where it was the only one, another is started at once.
 */
async function takeOver(
  running: MailroomProcess[],
  start: () => Promise<MailroomProcess>,
  users: MailUser[],
  sink: CallSink,
  breaks: Break[],
  victims: number[],
): Promise<number> {
  const deliveredAt = new Map<string, number>();
  const begun = performance.now();
  let starting: Promise<MailroomProcess> | undefined;
  for (let number = 900_000; performance.now() - begun < trickleMs; number++) {
    const id = `bench-${number}`;
    deliveredAt.set(id, performance.now());
    await users[number % users.length]?.deliver(
      `From: Ada <ada@example.com>\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.com>\r\n\r\nHello\r\n`,
    );
    await sleep(trickleEveryMs);
    if (breaks.length > 0 || performance.now() - begun < trickleMs / 5) continue;
    breaks.push({ at: performance.now() });
    const victim = running.shift();
    if (victim) victims.push(victim.pid);
    await victim?.kill();
    if (running.length === 0) starting = start();
  }
  if (starting) running.push(await starting);
  const arrived = () => sink.taken();
  await eventually(() => [...deliveredAt.keys()].every((id) => arrived().has(id)), {
    what: 'the mails around the kill',
    deadlineMs: 60_000,
  });
  const first = new Map<string, number>();
  for (const { mail, at } of sink.calls) if (!first.has(mail)) first.set(mail, at);
  return round(Math.max(...Array.from(deliveredAt, ([id, at]) => (first.get(id) ?? 0) - at)) / 1_000);
}

/** Two workers in one mailbox at once, by the poll log; what a killed worker had running ended with it, and is closed in the log later. */
async function doublePolls(client: Client, victims: number[]): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from poll a join poll b on a.channel_id = b.channel_id and a.worker < b.worker
      where a.result <> 'skipped' and b.result <> 'skipped'
        and a.error->>'code' is distinct from 'WORKER_LOST' and b.error->>'code' is distinct from 'WORKER_LOST'
        and not (a.result = 'running' and split_part(a.worker, '/', 2)::int = any($1))
        and not (b.result = 'running' and split_part(b.worker, '/', 2)::int = any($1))
        and a.started_at < coalesce(b.ended_at, now()) and b.started_at < coalesce(a.ended_at, now())`,
    [victims],
  );
  return rows[0]?.count ?? 0;
}

/** By the mail server's log: how many sessions there were, and how often one user had two at once. */
function sessionsOf(log: string): { sessions: number; double_sessions: number } {
  const open = new Map<string, { user: string; at: number }>();
  let sessions = 0;
  let doubles = 0;
  for (const line of log.split('\n')) {
    const at = Date.parse(/^\S+/.exec(line)?.[0] ?? '');
    const session = /session=<([^>]+)>/.exec(line)?.[1];
    const login = /imap-login: Info: Login: user=<([^>]+)>/.exec(line)?.[1];
    if (login && session) {
      open.set(session, { user: login, at });
      continue;
    }
    const ended = /imap\(([^)]+)\)<\d+><([^>]+)>: Info: (?:Logged out|Disconnected)/.exec(line);
    const own = ended && open.get(ended[2] ?? '');
    if (!ended || !own) continue;
    open.delete(ended[2] ?? '');
    sessions += 1;
    for (const other of open.values()) if (other.user === own.user && at - other.at > overlapMs) doubles += 1;
  }
  return { sessions, double_sessions: doubles };
}
