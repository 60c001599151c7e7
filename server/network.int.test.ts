import { afterAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { useMachines, type Mailbox } from './testing/machines.ts';
import { startNetwork } from './testing/network.ts';

/** A worker on a machine of its own, whose cable is cut without a word, and one beside the database that takes over. */

const network = await startNetwork();
afterAll(() => network?.[Symbol.asyncDispose]());
if (!network) console.warn('Not tested: what happens when the network is cut. It takes network namespaces (root, iproute2).');

const machines = useMachines(() => network);
/** What must be over within this time of the line being back. */
const recoveredMs = 45_000;
/** A lease, and time to notice and to go on. */
const takenOverMs = 25_000;

/** How many mailboxes each worker holds, by process. */
const held = async (pid: number) => {
  const [row] = await machines.postgres.query(
    `select count(*)::int as count from lease where expires_at > clock_timestamp() and key not like 'connection %' and holder like $1`,
    [`%/${pid}`],
  );
  return Number(row?.['count']);
};
const isHeldBy = (pid: number, count: number, deadlineMs = takenOverMs) =>
  eventually(async () => (await held(pid)) === count, { what: `${count} mailboxes with process ${pid}`, deadlineMs });

test.skipIf(!network)(
  'a worker that is cut off, or frozen, is replaced within its lease, writes nothing stale, and is back by itself',
  async () => {
    if (!network) return;
    await machines.start('web');
    const far = await machines.start('worker', { through: network.through });
    machines.sink.onRequest(() => new Promise((resolve) => setTimeout(resolve, 30)));
    const standing = { autoDisconnect: false, schedule: { kind: 'interval', every: 1, unit: 'hours' } };
    const boxes: Mailbox[] = [];
    for (let number = 0; number < 4; number += 1)
      boxes.push(await machines.mailbox(number < 3 ? standing : { ...standing, processingOrder: 'in-order' }));
    await isHeldBy(far.pid, 4);
    const put = async (count: number) => {
      for (const box of boxes) await box.put(count);
    };
    const isUnderWay = async (before: number) =>
      eventually(() => machines.sink.distinct().length > before + 10, { what: 'mails under way' });
    const near = await machines.start('worker');
    await isHeldBy(near.pid, 2);

    // The database, in the middle of polls and exchanges: mail server and receiver still answer.
    let before = machines.sink.distinct().length;
    await put(40);
    await isUnderWay(before);
    await network.cut('database');
    await isHeldBy(near.pid, 4);
    await machines.delivered(boxes, takenOverMs);
    await network.mend();
    await isHeldBy(far.pid, 2, recoveredMs);

    // Frozen for longer than its lease, in the middle of its work.
    before = machines.sink.distinct().length;
    await put(40);
    await isUnderWay(before);
    process.kill(far.pid, 'SIGSTOP');
    await isHeldBy(near.pid, 4);
    await machines.delivered(boxes, takenOverMs);
    process.kill(far.pid, 'SIGCONT');
    await isHeldBy(far.pid, 2, recoveredMs);

    // Mail server and receiver: connections are made anew, and calls again.
    before = machines.sink.distinct().length;
    await network.cut('mail');
    await network.cut('receiver');
    await put(20);
    // Some of those of the near worker: jobs are for all, so the far one may hold as many of its messages as it runs at once.
    await eventually(() => machines.sink.distinct().length > before, { what: 'mails of the near worker', deadlineMs: takenOverMs });
    await network.mend();
    await machines.delivered(boxes, recoveredMs);
    expect(machines.repetitions()).toBeLessThanOrEqual(4 * 48);
  },
  300_000,
);
