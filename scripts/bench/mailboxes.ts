import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer, type MailUser } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import { nextRun, offsetOf } from '../../shared/schedule-runs.ts';
import { everyMinute } from '../../shared/schedule.ts';
import type { Bench } from './bench.ts';
import { callSink } from './call-sink.ts';
import { processTree } from './process-tree.ts';
import { seedOf, sequence } from './sequence.ts';

const mailboxCount = Number(process.env['BENCH_MAILBOXES'] ?? 1_000);
const minutes = Number(process.env['BENCH_MINUTES'] ?? 5);
const intervalS = 60;
const deployedAtOnce = 8;
const settleDeadlineMs = 600_000;
/** Mail comes in all the time, here and there. */
const mailEveryMs = 1_000;

interface PollFacts {
  channelId: string;
  flowId: string;
  nodeId: string;
  startedAt: Date;
  result: string;
}

export const mailboxes: Bench = {
  about: `${mailboxCount} mailboxes polled each minute by one worker for ${minutes} minutes: missed polls and how late they are`,
  async run(report, progress) {
    const random = sequence(seedOf());
    const server = await startMailServer();
    const data = await makeDataDirectory();
    const postgres = await startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
    const sink = await callSink();
    await using mailroom = await startMailroomProcess({
      dataDirectory: data.path,
      databaseUrl: postgres.url,
      env: { MAILROOM_LOG_LEVEL: 'error' },
    });
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    try {
      const users: MailUser[] = [];
      let begun = 0;
      const deployNext = async (): Promise<void> => {
        while (begun < mailboxCount) {
          begun += 1;
          users.push(await deployMailbox(server, mailroom, sink.url));
          if (users.length % 100 === 0) progress(`${users.length} mailboxes`);
        }
      };
      await Promise.all(Array.from({ length: deployedAtOnce }, deployNext));
      const areAllWell = async () => {
        await sleep(500);
        const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from channel where health = 'ok'`);
        // One whose answer came too late was deployed all the same, and made once more.
        return (rows[0]?.count ?? 0) >= mailboxCount;
      };
      await eventually(areAllWell, { what: 'the first poll of all mailboxes', deadlineMs: settleDeadlineMs });

      progress(`${minutes} minutes`);
      const usage = async () => (await processTree(mailroom.pid)).find(({ pid }) => pid === mailroom.pid);
      const before = await usage();
      const since = new Date();
      let sent = 0;
      let rssMb = 0;
      while (Date.now() - since.getTime() < minutes * 60_000) {
        const id = `bench-${String(sent).padStart(6, '0')}`;
        sent += 1;
        const user = users[Math.floor(random() * users.length)];
        await user?.deliver(`From: Ada <ada@example.com>\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.com>\r\n\r\nHello\r\n`);
        rssMb = Math.max(rssMb, (await usage())?.rssMb ?? 0);
        await sleep(mailEveryMs);
      }
      const until = new Date();
      const after = await usage();
      await eventually(() => sink.taken().size === sent, { deadlineMs: 2 * intervalS * 1_000 }).catch(() => undefined);
      const { rows } = await client.query<PollFacts>(
        `select channel_id as "channelId", flow_id as "flowId", node_id as "nodeId", started_at as "startedAt", result
           from poll where started_at >= $1 and started_at < $2 order by started_at`,
        [since, until],
      );
      const { lateMs, missed } = lateness(rows, since, until);
      report({
        mailboxes: mailboxCount,
        interval_s: intervalS,
        polls: rows.length,
        missed: missed + (mailboxCount - new Set(rows.map(({ channelId }) => channelId)).size) * minutes,
        failed: rows.filter(({ result }) => result !== 'completed' && result !== 'running').length,
        p50_late_s: quantile(lateMs, 0.5),
        p95_late_s: quantile(lateMs, 0.95),
        max_late_s: quantile(lateMs, 1),
        cpu_percent: round((((after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)) / (until.getTime() - since.getTime())) * 100_000),
        node_rss_mb: Math.round(rssMb),
        mails: sent,
        lost: sent - sink.taken().size,
        duplicates: sink.calls.length - sink.taken().size,
      });
    } finally {
      await client.end();
      sink.close();
      await mailroom.stop();
      await postgres.stop();
      await server.stop();
      await data.remove();
    }
  },
};

/** On a machine that is busy with the others a database may answer too late; a mailbox is made once more then. */
const deployTries = 5;

async function deployMailbox(server: MailServer, mailroom: MailroomProcess, url: string): Promise<MailUser> {
  for (let attempt = 1; ; attempt++) {
    try {
      const user = await server.createUser();
      await deployCredential(mailroom, user, user.user);
      await deployFlow(mailroom, user.user, mailToHttp(server, 'imap4', url, { credential: user.user, schedule: everyMinute }));
      return user;
    } catch (error) {
      if (attempt === deployTries) throw error;
      await sleep(1_000);
    }
  }
}

/** Each run that the schedule had in the time, with the first poll at or after it and before the next. */
function lateness(polls: PollFacts[], since: Date, until: Date): { lateMs: number[]; missed: number } {
  const lateMs: number[] = [];
  let missed = 0;
  for (const ofChannel of Map.groupBy(polls, ({ channelId }) => channelId).values()) {
    const [first] = ofChannel;
    if (!first) continue;
    const starts = ofChannel.map(({ startedAt }) => startedAt.getTime());
    const lastWhole = until.getTime() - intervalS * 1_000;
    for (
      let due = nextRun(everyMinute, since, offsetOf(first));
      due && due.getTime() < lastWhole;
      due = nextRun(everyMinute, due, offsetOf(first))
    ) {
      const from = due.getTime();
      const start = starts.find((at) => at >= from - clockMs && at < from + intervalS * 1_000);
      if (start === undefined) missed += 1;
      else lateMs.push(Math.max(0, start - from));
    }
  }
  return { lateMs, missed };
}

/** The runtime goes by the database's clock, and rounds. */
const clockMs = 1_000;

const round = (value: number) => Number(value.toFixed(1));
const quantile = (values: number[], share: number) =>
  round((values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0) / 1_000);
