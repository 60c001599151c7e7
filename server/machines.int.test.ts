import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { migrationsFolder } from './storage/database.ts';
import { eventually } from './testing/eventually.ts';
import { useMachines, type Mailbox } from './testing/machines.ts';
import { wrongClock } from './testing/wrong-clock.ts';

/** Several processes that share nothing but a PostgreSQL of the system's package. */

const machines = useMachines();
const hourly = { kind: 'interval', every: 1, unit: 'hours' };
const standing = { autoDisconnect: false, schedule: hourly };
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const count = async (sql: string) => Number((await machines.postgres.query(`select count(*) as count from ${sql}`))[0]?.['count']);

/** How many mailboxes each worker holds. */
const held = async () => {
  const rows = await machines.postgres.query(
    `select count(*)::int as count from lease where expires_at > clock_timestamp() and key not like 'connection %' group by holder order by 1`,
  );
  return rows.map((row) => Number(row['count']));
};
const isHeld = (counts: number[], deadlineMs = 20_000) =>
  eventually(async () => String(await held()) === String(counts), { what: `mailboxes held ${String(counts)}`, deadlineMs }).catch(
    async (error: unknown) => {
      throw new Error(`${String(error)}, but ${String(await held())}`);
    },
  );

/** A mail for each mailbox, five times a second, until the returned function is called. */
function keepArriving(boxes: Mailbox[]): () => Promise<void> {
  let isOver = false;
  const arriving = (async () => {
    while (!isOver) {
      for (const box of boxes) await box.put(1);
      await sleep(200);
    }
  })();
  const end = () => {
    isOver = true;
    return arriving;
  };
  onTestFinished(end);
  return end;
}

/** What a later version may bring: columns and an index on tables that are in use. */
async function migrateToNextVersion(): Promise<void> {
  const next = await mkdtemp(path.join(tmpdir(), 'mailroom-migrations-'));
  onTestFinished(() => rm(next, { recursive: true }));
  await cp(migrationsFolder, next, { recursive: true });
  const journalFile = path.join(next, 'meta/_journal.json');
  const journal: { entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[] } = JSON.parse(
    await readFile(journalFile, 'utf8'),
  );
  const last = journal.entries.at(-1);
  if (!last) throw new Error('there are no migrations');
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_next' });
  await writeFile(journalFile, JSON.stringify(journal));
  await writeFile(
    path.join(next, '9999_next.sql'),
    `alter table ledger add column next_version text not null default 'x';
     alter table channel add column next_version integer;
     create index ledger_next_version on ledger (next_version);
     update channel set next_version = 1;`,
  );
  const client = new Client({ connectionString: machines.postgres.url });
  await client.connect();
  await migrate(drizzle(client), { migrationsFolder: next });
  await client.end();
}

test('mailboxes are shared evenly as workers come and go, and a rolling restart over a new version of the database loses nothing', async () => {
  // All at once on an empty database.
  const [web, , first] = await Promise.all([machines.start('web'), machines.start('web'), machines.start('worker')]);
  const boxes = await Promise.all(range(6).map(() => machines.mailbox(standing)));
  await isHeld([6]);
  const others = [await machines.start('worker'), await machines.start('worker')];
  await isHeld([2, 2, 2]);
  const listed = (await machines.web().call('listProcesses')).items;
  expect(listed.map(({ role }) => role).toSorted()).toEqual(['web', 'web', 'worker', 'worker', 'worker']);

  const stopArriving = keepArriving(boxes);
  await first.stop('SIGTERM');
  await isHeld([3, 3], 5_000);
  await migrateToNextVersion();
  await machines.start('worker');
  for (const old of [web, ...others]) expect(await old.stop('SIGTERM')).toBe(0);
  await isHeld([6], 5_000);
  await stopArriving();
  await machines.delivered(boxes);
  expect(machines.repetitions()).toBe(0);
  expect(await count('ledger where next_version is not null')).toBe(boxes.flatMap(({ sent }) => sent).length);
}, 120_000);

test('on machines with wrong clocks, nothing is lost when workers are killed and the database crashes in the middle', async () => {
  const [, ahead, behind] = await Promise.all([
    machines.start('web', { env: wrongClock('+1h') }),
    machines.start('worker', { env: wrongClock('+1h') }),
    machines.start('worker', { env: wrongClock('-1h') }),
  ]);
  machines.sink.onRequest(() => new Promise((resolve) => setTimeout(resolve, 20)));
  const boxes = [
    ...(await Promise.all(range(3).map(() => machines.mailbox()))),
    await machines.mailbox({ ...standing, processingOrder: 'in-order' }),
  ];
  const stopArriving = keepArriving(boxes);
  const arrived = (least: number) =>
    eventually(() => machines.sink.distinct().length >= least, { what: `${least} mails`, deadlineMs: 30_000 });
  await arrived(40);

  await ahead.kill();
  await machines.postgres.stop('immediate');
  await machines.postgres.start();
  await arrived(machines.sink.distinct().length + 40);
  await machines.start('worker', { env: wrongClock('+1h') });
  await behind.kill();
  await machines.postgres.stop('fast');
  await machines.postgres.start();
  await arrived(machines.sink.distinct().length + 40);
  await stopArriving();
  await machines.delivered(boxes, 45_000);

  // Each kill and each crash may have cut off as many calls as one worker makes at once.
  expect(machines.repetitions()).toBeLessThanOrEqual(4 * 48);
  const inOrder = boxes[3]?.sent ?? [];
  const subjects = machines.sink.distinct().map((request) => String(JSON.parse(request.body.toString()).headers.subject));
  (await import('node:fs')).writeFileSync(
    '/tmp/order.json',
    JSON.stringify({
      sink: machines.sink.requests.map((request) => [
        String(JSON.parse(request.body.toString()).headers.subject),
        request.headers['idempotency-key'],
      ]),
      log: await machines.postgres
        .query(
          `select m.subject, m.line, m.received_at, m.attempt, m.status, l.uid, l.epoch, l.* from message_log m left join ledger l on l.message_id = m.id where m.flow_id = '${boxes[3]?.flowId ?? ''}' order by m.line`,
        )
        .catch(String),
      polls: await machines.postgres.query(`select * from poll where flow_id = '${boxes[3]?.flowId ?? ''}' order by started_at`),
    }),
  );
  expect(subjects.filter((subject) => inOrder.includes(subject))).toEqual(inOrder);
  // What was written is of the time of the database, and no two workers were at one mailbox at a time.
  expect(await count(`poll where abs(extract(epoch from started_at - now())) > 600`)).toBe(0);
  expect(await count(`message_log where abs(extract(epoch from received_at - now())) > 600`)).toBe(0);
  expect(
    await count(`poll a join poll b on a.channel_id = b.channel_id and a.worker < b.worker
                 where a.result = 'completed' and b.result = 'completed' and tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)`),
  ).toBe(0);
}, 180_000);
