import { createHash, randomInt, randomUUID } from 'node:crypto';
import { countedMessages } from '../../shared/api/live.ts';
import { openQueue } from '../../server/engine/queue.ts';
import type { MessageFilter, MessageLog } from '../../server/ports/logs.ts';
import type { IntakeMail } from '../../server/ports/runtime.ts';
import { openDatabase, type Database } from '../../server/storage/database.ts';
import { openDeploymentStore } from '../../server/storage/deployment-store.ts';
import { startEmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { openFlowStore } from '../../server/storage/flow-store.ts';
import { openLedger } from '../../server/storage/intake-store.ts';
import { openLocks } from '../../server/storage/locks.ts';
import { foldCounts } from '../../server/storage/log-counts.ts';
import { makeDays } from '../../server/storage/log-partitions.ts';
import { sortIn } from '../../server/storage/message-search.ts';
import { openMessageLog } from '../../server/storage/message-log-store.ts';
import { openScheduleStore } from '../../server/storage/schedule-store.ts';
import { makeDataDirectory } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import type { Bench } from './bench.ts';
import { messagesOfDay, stepsSince, words } from './log-messages.ts';

const rows = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const days = 30;
const flows = 20;
const dayMs = 24 * 60 * 60 * 1000;
const queries = 200;
const insertMs = 20_000;
const batch = 50;
/** As long as a page of the screen. */
const page = { limit: 50, cursor: undefined };

export const log: Bench = {
  about: `${rows.toLocaleString('en')} messages over ${days} days: pages, filters, chart and search of the log, and intake meanwhile`,
  async run(report, progress) {
    const data = await makeDataDirectory();
    const postgres = await startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
    const database = await openDatabase({ url: postgres.url, log: silentLog });
    const queue = await openQueue({ database, log: silentLog });
    try {
      const flowIds = await fillLog(database, progress);
      const messages = openMessageLog(database.pool, queue);
      const cases = casesOf(messages, flowIds, await someMessages(database));
      for (const [name, kinds] of Object.entries(cases)) {
        progress(name);
        report({ case: name, rows, ...(await measure(kinds)) });
      }
      progress('insert');
      const meanwhile = Object.values(cases).flatMap((kinds) => Object.values(kinds));
      report({ case: 'insert', rows, ...(await insertWhile(database, queue, meanwhile)) });
    } finally {
      await queue.close(0);
      await database.close();
      await postgres.stop();
      await data.remove();
    }
  },
};

/** A month of messages of several flows, whose ids are returned. */
export async function fillLog({ pool }: Database, progress: (text: string) => void): Promise<string[]> {
  const store = openFlowStore(pool);
  const flowIds: string[] = [];
  for (let index = 0; index < flows; index += 1)
    flowIds.push((await store.create({ name: `Flow ${index + 1}`, description: '', draft: { nodes: [], edges: [] } })).id);
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const first = new Date(today - (days - 1) * dayMs);
  await makeDays(pool, silentLog, first);
  for (let day = 0; day < days; day += 1) {
    const start = new Date(first.getTime() + day * dayMs);
    await pool.query(messagesOfDay, [start, Math.round(rows / days), flowIds, new Date()]);
    if (day % 5 === 4) progress(`${Math.round(((day + 1) * rows) / days).toLocaleString('en')} messages`);
  }
  progress('steps');
  await pool.query(stepsSince, [new Date(today - 6 * dayMs)]);
  await foldCounts(pool);
  await pool.query('vacuum analyze');
  return flowIds;
}

interface Known {
  id: string;
  receivedAt: Date;
  subject: string;
  from: string;
}

async function someMessages({ pool }: Database): Promise<Known[]> {
  const { rows: found } = await pool.query<Known>(
    `select id, received_at as "receivedAt", subject, "from" from message_log where random() < 500.0 / $1 limit 500`,
    [rows],
  );
  return found;
}

type Kinds = Record<string, () => Promise<unknown>>;

/** Each case is made of kinds that differ in how much they find. */
function casesOf(messages: MessageLog, flowIds: string[], known: Known[]): Record<string, Kinds> {
  const any = <T>(items: T[]): T => {
    const item = items[randomInt(items.length)];
    if (item === undefined) throw new Error('The log is empty.');
    return item;
  };
  const list = (filter: MessageFilter) => messages.list(filter, page);
  const search = (text: () => string) => async () => list({ search: text() });
  const numberOf = ({ subject }: Known) => /\d{5,}/.exec(subject)?.[0] ?? '';
  const now = Date.now();
  const chart = (flowId?: string) =>
    messages.chart({ from: new Date(Math.floor(now / dayMs) * dayMs - 29 * dayMs), to: new Date(now), stepHours: 24, flowId });
  return {
    newest: { newest: async () => list({}) },
    deep: {
      deep: async () => {
        const { id, receivedAt } = any(known);
        return messages.list({}, { ...page, cursor: `${receivedAt.toISOString()}~${id}` });
      },
    },
    filter: {
      flow: async () => list({ flowIds: [any(flowIds)] }),
      failed: async () => list({ statuses: ['FAILED'], flowIds: [any(flowIds)] }),
      open: async () => list({ statuses: ['RETRY'] }),
      nothing: async () => list({ statuses: ['ABANDONED'], flowIds: [any(flowIds)] }),
      days: async () => list({ statuses: ['COMPLETED'], from: new Date(now - 20 * dayMs), to: new Date(now - randomInt(10, 19) * dayMs) }),
    },
    live: {
      flow: async () => messages.stepCounts({ flowId: any(flowIds), version: 1, deployedAt: new Date(now - 29 * dayMs) }, countedMessages),
    },
    chart: { all: async () => chart(), flow: async () => chart(any(flowIds)), totals: async () => messages.counts() },
    text: {
      frequent: search(() => any(words.slice(0, 5))),
      two: search(() => `${any(words)} ${any(words)}`),
      rare: search(() => numberOf(any(known))),
      address: search(() => /<(.*)>/.exec(any(known).from)?.[1] ?? ''),
      absent: search(() => `zeppelin${randomInt(1e6)}`),
    },
    substring: {
      frequent: search(() => any(words.slice(0, 5)).slice(1, 5)),
      rare: search(() => numberOf(any(known)).slice(1)),
      sender: search(() => any(known).from.slice(1, 7)),
      absent: search(() => `xqz${randomInt(1e6)}`),
    },
  };
}

async function measure(kinds: Kinds): Promise<Record<string, number>> {
  const all: number[] = [];
  const extra: Record<string, number> = {};
  for (const [kind, run] of Object.entries(kinds)) {
    const times: number[] = [];
    for (let round = 0; round < queries; round += 1) times.push(await timed(run));
    all.push(...times);
    extra[`${kind}_p95_ms`] = percentile(times, 0.95);
  }
  const seconds = all.reduce((sum, ms) => sum + ms, 0) / 1_000;
  return { p50_ms: percentile(all, 0.5), p95_ms: percentile(all, 0.95), per_s: Math.round(all.length / seconds), ...extra };
}

/** Intake as a poll does it, in batches, while one person after the other asks for something. */
async function insertWhile(database: Database, queue: Awaited<ReturnType<typeof openQueue>>, kinds: (() => Promise<unknown>)[]) {
  const { pool } = database;
  const draft = { nodes: [], edges: [] };
  const flow = await openFlowStore(pool).create({ name: 'Intake', description: '', draft });
  const deployments = openDeploymentStore(pool);
  await deployments.start(flow, draft, { by: 'bench', note: '', values: {} });
  await openScheduleStore(pool).activate(flow.id, 1, [
    { nodeId: 'mail', name: 'Mail', type: 'mail-sender', config: {}, firstPollAt: new Date() },
  ]);
  const [channel] = await deployments.channels(flow.id);
  if (!channel) throw new Error('The channel is missing.');
  const lease = await openLocks(database).acquire('bench', 'bench', 10 * insertMs);
  if (!('token' in lease)) throw new Error('The lock is held.');
  const ledger = openLedger(pool, queue);
  const scope = { channelId: channel.id, mailbox: 'host/user/INBOX', epoch: '1' };

  const until = performance.now() + insertMs;
  const inserts: number[] = [];
  const asked: number[] = [];
  const insert = async () => {
    for (let uid = 1; performance.now() < until; uid += batch) {
      const mails = Array.from({ length: batch }, (_, index) => mailOf(String(uid + index)));
      inserts.push(
        await timed(() =>
          ledger.takeIn({ scope, channel, mails, owed: null, onFailure: null, fence: { key: 'bench', token: lease.token } }),
        ),
      );
    }
  };
  const ask = async () => {
    for (let round = 0; performance.now() < until; round += 1)
      asked.push(await timed(kinds[round % kinds.length] ?? (async () => undefined)));
  };
  // As workers do it.
  const fold = setInterval(() => void Promise.all([foldCounts(pool), sortIn(pool, new Date())]), 2_000);
  await Promise.all([insert(), ask()]);
  clearInterval(fold);
  await foldCounts(pool);
  return {
    p50_ms: percentile(inserts, 0.5),
    p95_ms: percentile(inserts, 0.95),
    per_s: Math.round((inserts.length * batch) / (insertMs / 1_000)),
    mails_per_batch: batch,
    query_p95_ms: percentile(asked, 0.95),
    queries_per_s: Math.round(asked.length / (insertMs / 1_000)),
  };
}

function mailOf(uid: string): IntakeMail {
  const hash = createHash('sha256').update(randomUUID()).digest('hex');
  const word = () => words[randomInt(words.length)];
  const subject = `${word()} ${word()} ${randomInt(1e6)} ${word()}`;
  const head = {
    subject,
    from: `Person ${uid} <person${uid}@example.com>`,
    to: 'orders@example.com',
    messageId: `<${randomUUID()}@example.com>`,
    date: null,
  };
  return { uid, raw: { hash, sizeBytes: 5_000 }, listedBytes: 5_000, head };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function percentile(times: number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1));
}
