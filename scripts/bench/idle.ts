import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer, type MailUser } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import type { Bench } from './bench.ts';
import { countingSink } from './counting-sink.ts';
import { processTree } from './process-tree.ts';

const mailboxes = Number(process.env['BENCH_MAILBOXES'] ?? 300);
const restMs = 60_000;
const deadlineMs = 240_000;
const token = randomBytes(24).toString('base64url');
/** The schedule is the default, so that its safety net is part of what rest costs. */
const schedule = { kind: 'interval', every: 1, unit: 'minutes' };

export const idle: Bench = {
  about: `${mailboxes} TLS mailboxes held in IDLE by one worker: memory each, processor at rest, and a mail for all of them`,
  async run(report, progress) {
    const server = await startMailServer();
    const data = await makeDataDirectory();
    const postgres = await startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
    const sink = await countingSink();
    // The web process does the deploying: what its work leaves in memory is not the worker's.
    const start = (role: string) =>
      startMailroomProcess({
        dataDirectory: data.path,
        databaseUrl: postgres.url,
        env: { MAILROOM_ROLE: role, MAILROOM_API_TOKEN: token, MAILROOM_LOG_LEVEL: 'warn', NODE_EXTRA_CA_CERTS: server.caFile },
      });
    await using mailroom = await start('web');
    await using worker = await start('worker');
    try {
      progress('creating mailboxes and flows');
      const users = await Promise.all(Array.from({ length: mailboxes }, () => server.createUser()));
      // The first connection loads what all of them share.
      await deployMailbox(mailroom, server, users[0], 0, sink.url);
      await waiting(mailroom, 1);
      const before = await usage(worker.pid);
      const started = performance.now();
      for (const [index, user] of users.entries()) if (index > 0) await deployMailbox(mailroom, server, user, index, sink.url);
      await waiting(mailroom, mailboxes);
      const connectSeconds = (performance.now() - started) / 1_000;

      progress(`at rest for ${restMs / 1_000} s`);
      const restBegun = await usage(worker.pid);
      await sleep(restMs);
      const restEnded = await usage(worker.pid);
      const cpuPercent = round(((restEnded.cpu - restBegun.cpu) / (restMs / 1_000)) * 100, 2);

      progress('a mail for each');
      await Promise.all(users.map((user, index) => user.deliver(mail(index))));
      await eventually(() => sink.delivered.size === mailboxes, { deadlineMs }).catch(() => undefined);
      report({
        mailboxes,
        kib_per_mailbox: round(((restEnded.mb - before.mb) * 1024) / (mailboxes - 1)),
        cpu_percent: cpuPercent,
        connect_s: round(connectSeconds),
        lost: mailboxes - sink.delivered.size,
        duplicates: sink.arrivals() - sink.delivered.size,
      });
    } finally {
      sink.close();
      await worker.stop();
      await mailroom.stop();
      await postgres.stop();
      await server.stop();
      await data.remove();
    }
  },
};

const round = (value: number, digits = 1) => Number(value.toFixed(digits));

async function deployMailbox(mailroom: MailroomProcess, server: MailServer, user: MailUser | undefined, index: number, url: string) {
  if (!user) return;
  const name = `mailbox-${index}`;
  await mailroom.call('createCredential', { body: { name, user: user.user, password: user.password, allowedHosts: ['localhost'] } });
  const address = { address: `localhost:${server.ports.imaps}`, protection: 'tls' };
  await deployFlow(mailroom, name, mailToHttp(server, 'imap4', url, { ...address, credential: name, autoDisconnect: false, schedule }));
}

/** Until the first poll of `count` channels has ended, so that their connections wait. */
function waiting(mailroom: MailroomProcess, count: number): Promise<unknown> {
  const areAll = async () => {
    const { items } = await mailroom.call('listDeployments');
    return items.filter(({ channels }) => channels.some(({ health }) => health === 'ok')).length === count;
  };
  return eventually(areAll, { what: `${count} mailboxes that wait`, deadlineMs });
}

async function usage(pid: number) {
  const node = (await processTree(pid)).find((one) => one.pid === pid);
  return { mb: node?.rssMb ?? 0, cpu: node?.cpuSeconds ?? 0 };
}

function mail(index: number): string {
  const id = `bench-${String(index).padStart(6, '0')}`;
  return `From: Ada <ada@example.com>\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.com>\r\n\r\nHello\r\n`;
}
