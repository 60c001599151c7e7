import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openQueue } from '../../engine/queue.ts';
import { testDatabase } from '../../testing/database.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { openDatabase, type Database } from '../database.ts';
import { openDeploymentStore } from '../deployment-store.ts';
import { openFlowStore } from '../flow-store.ts';
import { openLedger } from '../intake-store.ts';
import { foldCounts, recount } from '../log-counts.ts';
import { dayMs, makeDays } from '../log-partitions.ts';
import { removeExpired } from '../log-retention.ts';
import { openLocks } from '../locks.ts';
import { openScheduleStore } from '../schedule-store.ts';
import { sqlOn } from '../sql.ts';
import { collectBlobs } from './collector.ts';
import { openFsBlobs } from './fs.ts';

/** Stands for the 24 hours that an unused blob rests; intake has its row far sooner. */
const restMs = 1_500;
const runMs = 6_000;
/** On a machine that is busy with other things. */
const longestMs = 25_000;
/** Few, so that the same bytes come in while they are being removed. */
const contents = Array.from({ length: 24 }, (_, index) => Buffer.from(`Subject: newsletter ${index}\r\n\r\n${'x'.repeat(1_000)}`));

const kept = contents.filter((_, index) => index % 3 === 0).map((bytes) => createHash('sha256').update(bytes).digest('hex'));

test('what is referenced is there, however intake, retention and collectors of several processes meet', { timeout: 60_000 }, async () => {
  const { database, close } = await testDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-collectors-'));
  const begunAt = Date.now();
  const whileRunning = async (work: () => Promise<void>) => {
    while (Date.now() - begunAt < (removed < 3 ? longestMs : runMs)) await work();
  };
  // Each with a pool and a blob store of its own, as processes have.
  const others = await Promise.all([1, 2, 3, 4, 5, 6].map(() => openDatabase({ url: database.url, log: silentLog, maxConnections: 4 })));
  const queue = await openQueue({ database, log: silentLog });
  const late = new Set<string>();
  let taken = 0;
  let removed = 0;
  let gone = 0;

  async function intake(own: Database, worker: number): Promise<void> {
    const blobs = await openFsBlobs({ directory, log: silentLog });
    const { channel, fence } = await activeChannel(own);
    const ledger = openLedger(own.pool, queue);
    const scope = { channelId: channel.id, mailbox: 'm', epoch: '1' };
    let uid = 0;
    await whileRunning(async () => {
      // Each content comes in for a while, and then rests long enough to be collected.
      const turn = Math.floor(Date.now() / 1_500);
      const chosen = contents.filter((_, index) => (index + turn + worker) % 4 < 1);
      const startedAt = Date.now();
      const raws = await Promise.all(chosen.map((bytes) => blobs.put(bytes)));
      const head = { subject: '', from: '', to: '', messageId: '', date: null };
      const mails = raws.map((raw) => ({ uid: String((uid += 1)), raw, listedBytes: raw.sizeBytes, head }));
      const result = await ledger.takeIn({ scope, channel, mails, owed: null, onFailure: null, fence });
      // A machine that stood still that long has broken the promise that the rest rests on.
      if (Date.now() - startedAt > restMs) for (const raw of raws) late.add(raw.hash);
      taken += result.taken.length;
      // Some are kept, longer than their bytes may rest; some are open when the others are removed.
      await own.pool.query(
        `update message_log set ended_at = now(), status = case when raw_hash = any($2) then 'FAILED' else 'COMPLETED' end
          where id = any($1) and random() < 0.9`,
        [result.taken, kept],
      );
      await sleep(20);
    });
  }

  async function retention(own: Database): Promise<void> {
    await whileRunning(async () => {
      await makeDays(own.pool, silentLog);
      const now = new Date(Date.now() + 3 * dayMs);
      const pass = await removeExpired({ pool: own.pool, retention: { endedDays: 1, failedDays: null }, now, log: silentLog });
      gone += pass.days + pass.messages;
      // What is still open ends as well, so that days become free.
      await own.pool.query(`update message_log set status = 'COMPLETED', ended_at = now() where status = 'PROCESSING'`);
      await foldCounts(own.pool);
      await sleep(50);
    });
  }

  async function collector(own: Database): Promise<void> {
    const blobs = await openFsBlobs({ directory, log: silentLog });
    await whileRunning(async () => {
      removed += (await collectBlobs({ database: own, blobs, log: silentLog, now: new Date(), restMs })).removed;
      await sleep(50);
    });
  }

  try {
    const [a, b, c, d, e, f] = others;
    if (!a || !b || !c || !d || !e || !f) throw new Error('no databases');
    await Promise.all([intake(a, 0), intake(b, 1), retention(c), retention(d), collector(e), collector(f)]);
    expect(taken).toBeGreaterThan(50);
    expect(gone).toBeGreaterThan(0);
    expect(removed).toBeGreaterThan(2);

    const blobs = await openFsBlobs({ directory, log: silentLog });
    const referenced = await sqlOn(database.pool).query<{ hash: string }>('select distinct raw_hash as hash from message_log');
    expect(referenced.length).toBeGreaterThanOrEqual(kept.length);
    for (const { hash } of referenced.filter((row) => !late.has(row.hash))) {
      const digest = createHash('sha256');
      for await (const chunk of blobs.open(hash)) digest.update(chunk);
      expect(digest.digest('hex')).toBe(hash);
    }
    expect(await recount(database.pool)).toBe(0);
  } finally {
    await queue.close(0);
    for (const own of others) await own.close();
    await close();
    await rm(directory, { recursive: true });
  }
});

async function activeChannel(database: Database) {
  const { pool } = database;
  const draft = { nodes: [], edges: [] };
  const flow = await openFlowStore(pool).create({ name: 'Newsletters', description: '', draft });
  const deployments = openDeploymentStore(pool);
  await deployments.start(flow, draft, { by: 'test', note: '', values: {} });
  await openScheduleStore(pool).activate(flow.id, 1, [
    { nodeId: 'mail', name: 'Mail', type: 'mail-sender', config: {}, firstPollAt: new Date() },
  ]);
  const [channel] = await deployments.channels(flow.id);
  const lease = await openLocks(database).acquire(`m/${flow.id}`, 'test', 600_000);
  if (!channel || !('token' in lease)) throw new Error('no channel');
  return { channel, fence: { key: `m/${flow.id}`, token: lease.token } };
}
