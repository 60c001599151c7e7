import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../server/testing/eventually.ts';
import { startMailServer } from '../../server/testing/mail-server.ts';
import { seedOf, sequence } from '../bench/sequence.ts';
import { pickDisaster, type World } from './disasters.ts';
import { startFleet } from './fleet.ts';
import { isBalanced, openBooks } from './ledger.ts';
import { openMailboxes, putMail } from './mailboxes.ts';

/**
 * `npm run soak`: mail comes in all the time while everything fails at random, and in the end the books have to balance.
 * SOAK_MINUTES (default 30) says for how long, BENCH_SEED repeats the choices of a run.
 */

const minutes = Number(process.env['SOAK_MINUTES'] ?? 30);
const longestPauseMs = 8_000;
const mailEveryMs = 250;
/** Attempts come after up to 15 minutes; what waits longer than this is cancelled by a person. */
const drainDeadlineMs = 7 * 60_000;

const tell = (text: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
const seed = seedOf();
tell(`${minutes} minutes, seed ${seed}`);

const random = sequence(seed);
const server = await startMailServer();
const fleet = await startFleet(tell);
let isGood = false;
try {
  const boxes = await openMailboxes(server, fleet.web());
  const world: World = { fleet, server, boxes, random, breaks: [] };
  const endAt = Date.now() + minutes * 60_000;
  await Promise.all([comeMails(world, endAt), failAtRandom(world, endAt), failAtRandom(world, endAt)]);

  tell('no more faults; waiting for the end of all mails');
  for (const { proxy, sink } of boxes) {
    proxy.fault({});
    proxy.cutAll();
    sink.behave('well');
    sink.cutAll();
  }
  await fleet.heal();
  isGood = await settleUp(world);
} finally {
  await fleet.close();
  await server.stop();
}
process.exit(isGood ? 0 : 1);

async function comeMails({ boxes, random: own }: World, endAt: number): Promise<void> {
  // A sequence of its own: how fast the faults come must not change the mails.
  const mailRandom = sequence(seed + Math.floor(own() * 1e6) + 1);
  for (let number = 0; Date.now() < endAt; number++) {
    const box = boxes[Math.floor(mailRandom() * boxes.length)];
    if (box) await putMail(box, number, mailRandom);
    await sleep(mailRandom() * 2 * mailEveryMs);
  }
}

async function failAtRandom(world: World, endAt: number): Promise<void> {
  while (Date.now() < endAt) {
    await sleep(world.random() * longestPauseMs);
    const { name, run } = pickDisaster(world);
    tell(name);
    await run(world).catch((error: unknown) => tell(`${name}: ${String(error)}`));
  }
}

async function settleUp({ fleet, boxes, breaks }: World): Promise<boolean> {
  const books = await openBooks(fleet.databaseUrl());
  try {
    const put = boxes.reduce((sum, box) => sum + box.put.size, 0);
    const areAllKnown = async () => {
      for (const box of boxes) if ((await books.balance(box, breaks, () => undefined)).missing > 0) return false;
      return true;
    };
    const isOver = async () =>
      (await sleep(500, true)) && (await books.open()) === 0 && (await books.owed()) === 0 && (await areAllKnown());
    await eventually(isOver, { deadlineMs: drainDeadlineMs }).catch(() => tell('not all mails have ended by themselves'));
    for (const id of await books.waiting())
      await fleet
        .web()
        .call('cancelMessage', { params: { id } })
        .catch(() => undefined);
    await eventually(isOver, { deadlineMs: 60_000 }).catch(() => undefined);
    // Time for what would come twice.
    await sleep(10_000);
    let areGood = true;
    for (const box of boxes) {
      const balance = await books.balance(box, breaks, tell);
      const isBoxGood = isBalanced(balance);
      areGood &&= isBoxGood;
      process.stdout.write(`${JSON.stringify({ ...balance, balances: isBoxGood })}\n`);
    }
    process.stdout.write(`${JSON.stringify({ mails: put, breaks: breaks.length, minutes, seed, balances: areGood })}\n`);
    return areGood;
  } finally {
    await books.close();
  }
}
