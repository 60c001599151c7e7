import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../server/testing/eventually.ts';
import { deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer, type MailUser } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import type { Bench } from './bench.ts';
import { countingSink } from './counting-sink.ts';
import { processTree } from './process-tree.ts';

const mailboxes = Number(process.env['BENCH_MAILBOXES'] ?? 300);
const restMs = 60_000;
const deadlineMs = 240_000;
/** The schedule is the default, so that its safety net is part of what rest costs. */
const schedule = { kind: 'interval', every: 1, unit: 'minutes' };

export const idle: Bench = {
  about: `${mailboxes} TLS mailboxes held in IDLE by one worker: memory each, processor at rest, and a mail for all of them`,
  async run(report, progress) {
    const server = await startMailServer();
    const data = await makeDataDirectory();
    const sink = await countingSink();
    await using mailroom = await startMailroomProcess({
      dataDirectory: data.path,
      env: { MAILROOM_LOG_LEVEL: 'warn', NODE_EXTRA_CA_CERTS: server.caFile },
    });
    try {
      progress('creating mailboxes and flows');
      const users = await Promise.all(Array.from({ length: mailboxes }, () => server.createUser()));
      // The first connection loads what all of them share.
      await deployMailbox(mailroom, server, users[0], 0, sink.url);
      await waiting(mailroom, 1);
      const before = await usage(mailroom.pid);
      const started = performance.now();
      for (const [index, user] of users.entries()) if (index > 0) await deployMailbox(mailroom, server, user, index, sink.url);
      await waiting(mailroom, mailboxes);
      const connectSeconds = (performance.now() - started) / 1_000;

      progress(`at rest for ${restMs / 1_000} s`);
      const restBegun = await usage(mailroom.pid);
      await sleep(restMs);
      const restEnded = await usage(mailroom.pid);
      const percent = (part: 'nodeCpu' | 'treeCpu') => round(((restEnded[part] - restBegun[part]) / (restMs / 1_000)) * 100, 2);

      progress('a mail for each');
      await Promise.all(users.map((user, index) => user.deliver(mail(index))));
      await eventually(() => sink.delivered.size === mailboxes, { deadlineMs }).catch(() => undefined);
      report({
        mailboxes,
        kib_per_mailbox: round(((restEnded.nodeMb - before.nodeMb) * 1024) / (mailboxes - 1)),
        cpu_percent: percent('nodeCpu'),
        tree_cpu_percent: percent('treeCpu'),
        connect_s: round(connectSeconds),
        lost: mailboxes - sink.delivered.size,
        duplicates: sink.arrivals() - sink.delivered.size,
      });
    } finally {
      sink.close();
      await mailroom.stop();
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
  const tree = await processTree(pid);
  const node = tree.find((one) => one.pid === pid);
  return {
    nodeMb: node?.rssMb ?? 0,
    nodeCpu: node?.cpuSeconds ?? 0,
    treeCpu: tree.reduce((sum, one) => sum + one.cpuSeconds, 0),
  };
}

function mail(index: number): string {
  const id = `bench-${String(index).padStart(6, '0')}`;
  return `From: Ada <ada@example.com>\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.com>\r\n\r\nHello\r\n`;
}
