import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Logger, SqlExecutor } from '../ports/common.ts';
import type { ExchangeJob, Queue } from '../ports/engine.ts';
import { openBell, type Bell } from './bell.ts';
import { startWorker, type JobSource, type Worker } from './worker.ts';

const queueName = 'exchange';
/** A worker that gives no sign for this long is dead; pg-boss allows no less. */
const heartbeatSeconds = 10;
/** How often the jobs of dead workers are looked for, by one process of all. */
const superviseIntervalSeconds = 1;
/** Whatever its heartbeat, a job is given to another worker after this time: longer than any exchange may take (10 min). */
const expireInSeconds = 30 * 60;

/**
 * Limits of pg-boss's connections, which it hands on to pg. Without them one that went silent would hold the loop that takes
 * jobs, or the heartbeat of those that run, for as long as TCP waits.
 */
const connectionLimits = { statement_timeout: 60_000, lock_timeout: 20_000, keepAlive: true };
const answerWithinMs = 70_000;

const settings = {
  heartbeatSeconds,
  expireInSeconds,
  // Attempts are the runtime's; a job itself is handed out until somebody ends it. The limits of pg-boss's columns.
  retryLimit: 1_000_000,
  retentionSeconds: 10 * 365 * 24 * 60 * 60,
  // 1 to 2 s after the first failure, so that a dead worker's jobs are back soon and a failing one does not spin.
  retryDelay: 1,
  retryBackoff: true,
  // A line that is cut now and then must not have its first message wait for minutes in the end.
  retryDelayMax: 10,
  // The backlog is a figure of the monitor, not a line in the log every second.
  warningQueueSize: 1_000_000_000,
};

/** Handed on to the driver: a network that is cut without a word must not keep the queue waiting until the system gives up, in a quarter of an hour. */
const connection = { query_timeout: 60_000, keepAlive: true };

/**
 * The queue of exchanges on pg-boss, in the schema `pgboss` of our database.
 *
 * pg-boss keeps the jobs, beats for running ones and brings back those of dead workers (8 to 14 s after a kill).
 * Handing out is our own loop (`worker.ts`), since pg-boss's takes one batch per polling interval.
 * An ended job is deleted: the message processing log is where ended messages are kept.
 */
export async function openQueue({
  database,
  log,
  queryTimeoutMs = answerWithinMs,
  connectionName = 'mailroom queue',
}: {
  database: { url: string };
  log: Logger;
  /** How long a statement may stay without an answer. */
  queryTimeoutMs?: number;
  /** As which the database shows its connections. */
  connectionName?: string;
}): Promise<Queue> {
  const limits = { ...connectionLimits, query_timeout: queryTimeoutMs };
  const boss = new PgBoss({
    ...connection,
    connectionString: database.url,
    application_name: connectionName,
    max: 4,
    ...limits,
    schedule: false,
    superviseIntervalSeconds,
    monitorIntervalSeconds: superviseIntervalSeconds,
  });
  boss.on('error', (error) => log.warn({ error: error.message }, 'the queue had a problem with the database'));
  boss.on('warning', ({ message }) => log.warn({}, `queue: ${message}`));

  let worker: Worker | undefined;
  let bell: Bell;
  try {
    await boss.start();
    await boss.createQueue(queueName, settings);
    // A queue that is there already takes over what this version sets.
    await boss.updateQueue(queueName, settings);
    bell = await openBell(boss.getDb(), log, () => worker?.poke());
  } catch (error) {
    await stop(boss);
    throw error;
  }
  let closing: Promise<void> | undefined;

  async function close(graceMs: number): Promise<void> {
    await worker?.close(graceMs);
    await bell.close();
    await stop(boss);
  }

  return {
    async add(jobs, within, startAfter) {
      if (jobs.length === 0) return;
      await boss.insert(
        queueName,
        jobs.map((data) => ({ data, group: { id: data.flowId }, ...(startAfter ? { startAfter } : {}) })),
        { db: within, returnId: false },
      );
    },

    wake() {
      if (closing) return;
      worker?.poke();
      bell.ring();
    },

    work(run, { concurrency, perFlow }) {
      if (worker) throw new Error('The queue is being worked on already.');
      worker = startWorker({ source: sourceOn(boss), run, concurrency, perFlow, log });
    },

    async oldestWaiting() {
      const { rows } = await boss.getDb().executeSql(oldestWaitingSql, [queueName]);
      const [oldest] = waiting.parse(rows);
      return oldest;
    },

    hold: (flows) => worker?.hold(flows),

    async running(flowIds) {
      if (flowIds.length === 0) return new Set();
      // What pg-boss's own fetch counts for its limits on groups; it has no call for that.
      const { rows } = await boss
        .getDb()
        .executeSql(`select distinct group_id as "flowId" from pgboss.job where name = $1 and state = 'active' and group_id = any($2)`, [
          queueName,
          flowIds,
        ]);
      return new Set(flowRows.parse(rows).map(({ flowId }) => flowId));
    },

    close: (graceMs) => (closing ??= close(graceMs)),
  };
}

/** Empties the queue, within a transaction; it was opened before. */
export async function removeAllJobs(within: SqlExecutor): Promise<void> {
  await within.executeSql('delete from pgboss.job where name = $1', [queueName]);
}

/** In the order of pg-boss's own index for fetching, so that it looks at few jobs however many wait. */
const oldestWaitingSql = `
  select data->>'flowId' as "flowId", greatest(created_on, start_after) as since from pgboss.job
   where name = $1 and state < 'active' and not blocked and start_after < now()
   order by priority desc, created_on
   limit 1`;
const waiting = z.array(z.object({ flowId: z.string(), since: z.date() }));

function sourceOn(boss: PgBoss): JobSource {
  return {
    fetch: (limit, exceptFlows) => boss.fetch<ExchangeJob>(queueName, { batchSize: limit, ignoreGroups: exceptFlows }),
    touch: async (jobs) => new Set(touched.parse(await boss.touch(queueName, jobs)).settled),
    end: (jobs) => boss.deleteJob(queueName, jobs),
    handBack: (jobs) => boss.fail(queueName, jobs),
  };
}

const flowRows = z.array(z.object({ flowId: z.string() }));

/** Answered by pg-boss 12, but missing from its types. */
const touched = z.object({ settled: z.array(z.string()) });

function stop(boss: PgBoss): Promise<void> {
  return boss.stop({ graceful: false, close: true });
}
