import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ExchangeJob, Queue } from '../ports/engine.ts';
import { sqlOn, transaction } from '../storage/sql.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy } from '../testing/fault-proxy.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openQueue } from './queue.ts';

let fixture: TestDatabase;
let queues: Queue[];

beforeEach(async () => {
  fixture = await testDatabase();
  queues = [];
});
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.close(0)));
  await fixture.close();
});

async function open(options: { database?: { url: string }; queryTimeoutMs?: number } = {}): Promise<Queue> {
  const queue = await openQueue({ database: fixture.database, log: silentLog, ...options });
  queues.push(queue);
  return queue;
}

const newJob = (flowId: string = randomUUID()): ExchangeJob => ({ messageId: randomUUID(), attempt: 1, flowId });
const pool = () => sqlOn(fixture.database.pool);
const jobsLeft = async () => Number((await pool().query<{ count: string }>('select count(*) from pgboss.job'))[0]?.count);

test('a job and the rows of its transaction are kept together or not at all', async () => {
  const queue = await open();
  const seen: ExchangeJob[] = [];
  queue.work(async (job) => void seen.push(job), { concurrency: 5, perFlow: 100 });
  const [kept, lost] = [newJob(), newJob()];
  const addWithRow = (job: ExchangeJob, outcome: 'commit' | 'fail') =>
    transaction(fixture.database.pool, async (sql) => {
      await sql.query('insert into setting (key, value) values ($1, $2)', [job.messageId, 'true']);
      await queue.add([job], sql);
      if (outcome === 'fail') throw new Error('intake failed');
    });

  await expect(addWithRow(lost, 'fail')).rejects.toThrow('intake failed');
  await addWithRow(kept, 'commit');
  queue.wake();

  await eventually(async () => seen.length > 0 && (await jobsLeft()) === 0);
  expect(seen).toEqual([{ ...kept, handOuts: 0 }]);
  expect(await pool().query('select key from setting')).toEqual([{ key: kept.messageId }]);
});

test('a job reaches another process at once when it is told, without waiting for the next look', async () => {
  const [adder, runner] = await Promise.all([open(), open()]);
  const startedAt = new Map<string, number>();
  runner.work(async ({ messageId }) => void startedAt.set(messageId, Date.now()), { concurrency: 5, perFlow: 100 });
  const delays: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const job = newJob();
    await adder.add([job], pool());
    const addedAt = Date.now();
    adder.wake();
    delays.push((await eventually(() => startedAt.get(job.messageId))) - addedAt);
  }
  // Only looking would take 500 ms on average.
  expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(400);
});

test('a delayed job is not run before its time', async () => {
  const queue = await open();
  const seen = new Map<string, number>();
  queue.work(async ({ messageId }) => void seen.set(messageId, Date.now()), { concurrency: 5, perFlow: 100 });
  const [delayed, prompt] = [newJob(), newJob()];
  const startAfter = new Date(Date.now() + 1_500);
  await queue.add([delayed], pool(), startAfter);
  await queue.add([prompt], pool());
  queue.wake();
  await eventually(() => seen.get(prompt.messageId));
  expect(seen.has(delayed.messageId)).toBe(false);
  expect(await eventually(() => seen.get(delayed.messageId))).toBeGreaterThanOrEqual(startAfter.getTime());
});

test('never more jobs run at once than allowed, and all places are used', async () => {
  const queue = await open();
  await queue.add(Array.from({ length: 40 }, newJob), pool());
  let [now, most, done] = [0, 0, 0];
  queue.work(
    async () => {
      now += 1;
      most = Math.max(most, now);
      await eventually(() => most === 4 || now === 4);
      now -= 1;
      done += 1;
    },
    { concurrency: 4, perFlow: 100 },
  );
  await eventually(() => done === 40);
  expect(most).toBe(4);
  await eventually(async () => (await jobsLeft()) === 0);
});

test('a flow whose jobs hang leaves places for the others', async () => {
  const queue = await open();
  const [slow, quick] = [randomUUID(), randomUUID()];
  await queue.add(
    Array.from({ length: 30 }, () => newJob(slow)),
    pool(),
  );
  await queue.add(
    Array.from({ length: 10 }, () => newJob(quick)),
    pool(),
  );
  const release = Promise.withResolvers<void>();
  let [slowNow, slowMost, slowDone, quickDone] = [0, 0, 0, 0];
  queue.work(
    async ({ flowId }) => {
      if (flowId === quick) {
        quickDone += 1;
        return;
      }
      slowNow += 1;
      slowMost = Math.max(slowMost, slowNow);
      await release.promise;
      slowNow -= 1;
      slowDone += 1;
    },
    { concurrency: 8, perFlow: 4 },
  );
  await eventually(() => quickDone === 10 && slowNow === 4);
  release.resolve();
  await eventually(() => slowDone === 30);
  expect(slowMost).toBe(4);
  await eventually(async () => (await jobsLeft()) === 0);
});

test('jobs of a held flow stay in the queue, those of a stopped one are handed back, and both go on later', async () => {
  const queue = await open();
  const [stopping, stopped, other] = [randomUUID(), randomUUID(), randomUUID()];
  const started: string[] = [];
  const release = Promise.withResolvers<void>();
  const run = async ({ flowId }: ExchangeJob, signal: AbortSignal) => {
    started.push(flowId);
    await Promise.race([release.promise, new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))]);
  };
  const addFor = (flowIds: string[]) =>
    queue.add(
      flowIds.map((flowId) => ({ ...newJob(), flowId })),
      pool(),
    );
  queue.work(run, { concurrency: 10, perFlow: 10 });
  await addFor([stopping, stopped]);
  queue.wake();
  await eventually(() => started.length === 2);

  queue.hold({ stopping: [stopping], stopped: [stopped] });
  await eventually(async () => (await queue.running([stopping, stopped, other])).size === 1);
  expect(await queue.running([stopping])).toEqual(new Set([stopping]));
  await addFor([stopping, stopped, other]);
  queue.wake();
  await eventually(() => started.length === 3);
  expect(started[2]).toBe(other);

  queue.hold({ stopping: [], stopped: [] });
  await eventually(() => started.length === 6);
  release.resolve();
  await eventually(async () => (await jobsLeft()) === 0);
  expect(started.toSorted()).toEqual([stopping, stopping, stopped, stopped, stopped, other].toSorted());
});

test('a job that fails unexpectedly is handed out again', async () => {
  const queue = await open();
  await queue.add([newJob()], pool());
  let runs = 0;
  queue.work(
    async () => {
      runs += 1;
      if (runs === 1) throw new Error('the database was away');
    },
    { concurrency: 1, perFlow: 100 },
  );
  await eventually(async () => runs === 2 && (await jobsLeft()) === 0);
});

test('closing lets running jobs end, aborts the others and hands them back', async () => {
  const [first, second] = [await open(), await open()];
  const [quick, stubborn] = [newJob(), newJob()];
  const ended: string[] = [];
  const started: string[] = [];
  let quickMayEnd = (): void => undefined;
  await first.add([quick, stubborn], pool());
  first.work(
    async ({ messageId }, signal) => {
      started.push(messageId);
      if (messageId === quick.messageId) await new Promise<void>((resolve) => (quickMayEnd = resolve));
      else await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      ended.push(messageId);
    },
    { concurrency: 2, perFlow: 100 },
  );
  await eventually(() => started.length === 2);

  const closed = first.close(500);
  quickMayEnd();
  await closed;
  expect(ended).toEqual([quick.messageId]);

  const again: string[] = [];
  second.work(async ({ messageId }) => void again.push(messageId), { concurrency: 2, perFlow: 100 });
  await eventually(() => again.length > 0);
  expect(again).toEqual([stubborn.messageId]);
});

test('jobs of a killed process run elsewhere', { timeout: 60_000 }, async () => {
  const queue = await open();
  const jobs = [newJob(), newJob()];
  const child = spawn(process.execPath, [fileURLToPath(new URL('../testing/stuck-worker.ts', import.meta.url)), fixture.database.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const taken = new Set<string>();
    createInterface(child.stdout).on('line', (messageId) => taken.add(messageId));
    await queue.add(jobs, pool());
    await eventually(() => taken.size === 2, { what: 'the child holding both jobs' });
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const killedAt = Date.now();
  const seen = new Set<string>();
  queue.work(async ({ messageId }) => void seen.add(messageId), { concurrency: 2, perFlow: 100 });
  await eventually(() => seen.size === 2, { what: 'the jobs of the killed process', deadlineMs: 25_000 });
  console.log(`taken over ${Date.now() - killedAt} ms after the kill`);
  expect(seen).toEqual(new Set(jobs.map((job) => job.messageId)));
});

test('a job that outlives its heartbeat keeps running in one place only', { timeout: 40_000 }, async () => {
  const [first, second] = [await open(), await open()];
  await first.add([newJob()], pool());
  let runs = 0;
  const run = async () => {
    runs += 1;
    const until = Date.now() + 14_000;
    await eventually(() => Date.now() > until, { deadlineMs: 20_000 });
  };
  first.work(run, { concurrency: 1, perFlow: 100 });
  second.work(run, { concurrency: 1, perFlow: 100 });
  await eventually(async () => (await jobsLeft()) === 0, { deadlineMs: 30_000 });
  expect(runs).toBe(1);
});

test('a running job that was given to another worker is aborted, and its end changes nothing', async () => {
  const queue = await open();
  let reason: unknown;
  queue.work(
    (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          resolve();
        });
      }),
    { concurrency: 1, perFlow: 100 },
  );
  await queue.add([newJob()], pool());
  queue.wake();
  // As pg-boss does it when it hands a job out again.
  await eventually(async () => {
    const rows = await pool().query(`update pgboss.job set retry_count = retry_count + 1 where state = 'active' returning id`);
    return rows.length === 1;
  });
  await eventually(() => reason !== undefined);
  await queue.close(0);
  expect(reason).toEqual(new Error('The job was handed to another worker.'));
  expect(await jobsLeft()).toBe(1);
});

test('jobs run on after the database has dropped every connection', { timeout: 40_000 }, async () => {
  const queue = await open();
  const seen: string[] = [];
  queue.work(async ({ messageId }) => void seen.push(messageId), { concurrency: 2, perFlow: 100 });
  await pool().query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  const job = newJob();
  await eventually(() =>
    queue.add([job], pool()).then(
      () => true,
      () => false,
    ),
  );
  queue.wake();
  await eventually(async () => seen.length > 0 && (await jobsLeft().catch(() => 1)) === 0, { deadlineMs: 20_000 });
  expect(seen).toEqual([job.messageId]);
});

test('many small jobs: how fast they go through', async () => {
  const queue = await open();
  const total = 5_000;
  const addedAt = performance.now();
  for (let added = 0; added < total; added += 50) await queue.add(Array.from({ length: 50 }, newJob), pool());
  const startedAt = performance.now();
  let done = 0;
  queue.work(async () => void (done += 1), { concurrency: 20, perFlow: 100 });
  await eventually(async () => done >= total && (await jobsLeft()) === 0, { deadlineMs: 25_000 });
  const endedAt = performance.now();
  console.log(
    `added ${Math.round((total / (startedAt - addedAt)) * 1000)}/s in batches of 50, ran ${Math.round((total / (endedAt - startedAt)) * 1000)}/s`,
  );
  expect(done).toBe(total);
});

test('connections to the database that go silent are given up, and jobs are taken again', async () => {
  const url = new URL(fixture.database.url);
  const proxy = await startFaultProxy({ port: Number(url.port) });
  onTestFinished(() => proxy.close());
  url.host = `127.0.0.1:${proxy.port}`;
  let isSilent = false;
  proxy.fault({ silence: () => isSilent });
  const queue = await open({ database: { url: url.href }, queryTimeoutMs: 1_000 });
  const seen: string[] = [];
  queue.work(async ({ messageId }) => void seen.push(messageId), { concurrency: 5, perFlow: 100 });
  const run = async (job: ExchangeJob) => {
    await queue.add([job], pool());
    queue.wake();
    await eventually(() => seen.includes(job.messageId), { what: 'the job', deadlineMs: 15_000 });
  };
  await run(newJob());

  isSilent = true;
  await eventually(() => proxy.faults() > 0);
  // New connections get through again; those that were silenced stay so.
  isSilent = false;
  await run(newJob());
  expect(seen).toHaveLength(2);
});

test('the oldest job that nobody has taken is known, and no job that waits for its time', async () => {
  const queue = await open();
  expect(await queue.oldestWaiting()).toBeUndefined();
  const [first, second, later] = [newJob(), newJob(), newJob()];
  await queue.add([later], pool(), new Date(Date.now() + 60_000));
  await queue.add([first], pool());
  await queue.add([second], pool());
  const oldest = await queue.oldestWaiting();
  expect(oldest?.flowId).toBe(first.flowId);
  expect(Date.now() - (oldest?.since.getTime() ?? 0)).toBeLessThan(10_000);
  queue.work(async () => undefined, { concurrency: 5, perFlow: 100 });
  await eventually(async () => (await queue.oldestWaiting()) === undefined);
});
