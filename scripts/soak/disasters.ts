import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { MailServer } from '../../server/testing/mail-server.ts';
import type { Break } from '../bench/balance.ts';
import type { Fleet } from './fleet.ts';
import type { SoakMailbox } from './mailboxes.ts';

export interface World {
  fleet: Fleet;
  server: MailServer;
  boxes: SoakMailbox[];
  random: () => number;
  /** Times in which calls may have been cut off from whoever records them. */
  breaks: Break[];
}

type Disaster = (world: World) => Promise<void>;

/** All that goes wrong, each with its share. Every one of them ends by itself. */
const disasters: { name: string; weight: number; run: Disaster }[] = [
  { name: 'kill -9 of a worker', weight: 4, run: (world) => kill(world, pick(world, ['worker 1', 'worker 2'])) },
  { name: 'kill -9 of the web process', weight: 1, run: (world) => kill(world, 'web') },
  {
    name: 'kill -9 of both workers',
    weight: 1,
    run: async (world) => void (await Promise.all(['worker 1', 'worker 2'].map((name) => kill(world, name)))),
  },
  { name: 'mail connections cut', weight: 4, run: async (world) => pick(world, world.boxes).proxy.cutAll() },
  { name: 'mail line cut at random', weight: 3, run: (world) => onLine(world, 20_000, () => ({ cutServer: () => world.random() < 0.1 })) },
  { name: 'mail line reset', weight: 3, run: (world) => onLine(world, 15_000, () => ({ cutServer: () => true })) },
  { name: 'mail line silent', weight: 2, run: (world) => onLine(world, 30_000, () => ({ silence: () => world.random() < 0.3 })) },
  { name: 'mail line slow', weight: 2, run: (world) => onLine(world, 15_000, () => ({ delayMs: 200 })) },
  { name: 'receiver answers 500', weight: 2, run: (world) => atReceiver(world, 'error') },
  { name: 'receiver hangs', weight: 2, run: (world) => atReceiver(world, 'hanging') },
  { name: 'receiver hangs up', weight: 2, run: (world) => atReceiver(world, 'closing') },
  { name: 'database connections ended', weight: 2, run: endBackends },
  { name: 'database line cut', weight: 1, run: cutDatabase },
  { name: 'database restarted', weight: 1, run: restartDatabase },
  { name: 'mail server down', weight: 1, run: mailServerDown },
  { name: 'mailbox numbered anew', weight: 1, run: renumber },
];

export function pickDisaster({ random }: World): { name: string; run: Disaster } {
  const all = disasters.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random() * all;
  return disasters.find(({ weight }) => (rest -= weight) < 0) ?? { name: 'nothing', run: async () => undefined };
}

function pick<T>({ random }: World, list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}

/** Until the process that was killed can't have left anything to be noticed. */
async function kill({ fleet, random, breaks }: World, name: string): Promise<void> {
  breaks.push({ at: performance.now() });
  await fleet.kill(name, random() * 15_000);
}

async function onLine(world: World, longestMs: number, fault: () => Parameters<SoakMailbox['proxy']['fault']>[0]): Promise<void> {
  const { proxy } = pick(world, world.boxes);
  proxy.fault(fault());
  if (world.random() < 0.5) proxy.cutAll();
  await sleep(world.random() * longestMs);
  proxy.fault({});
}

async function atReceiver(world: World, manner: 'error' | 'hanging' | 'closing'): Promise<void> {
  const { sink } = pick(world, world.boxes);
  sink.behave(manner);
  await sleep(world.random() * 15_000);
  sink.behave('well');
  sink.cutAll();
}

async function during({ breaks }: World, work: () => Promise<void>): Promise<void> {
  const one: Break = { at: performance.now() };
  breaks.push(one);
  await work();
  // Until the processes have their connections again.
  one.until = performance.now() + 3_000;
}

function endBackends(world: World): Promise<void> {
  return during(world, async () => {
    const client = new Client({ connectionString: world.fleet.databaseUrl() });
    await client.connect();
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await client.end();
  });
}

function cutDatabase(world: World): Promise<void> {
  return during(world, async () => {
    const { databaseProxy } = world.fleet;
    databaseProxy.fault({ cutServer: () => true });
    databaseProxy.cutAll();
    await sleep(world.random() * 10_000);
    databaseProxy.fault({});
  });
}

function restartDatabase(world: World): Promise<void> {
  return during(world, () => world.fleet.restartDatabase(world.random() * 5_000));
}

async function mailServerDown({ server, random }: World): Promise<void> {
  await server.goDown();
  await sleep(random() * 10_000);
  await server.comeBack();
}

async function renumber(world: World): Promise<void> {
  await pick(
    world,
    world.boxes.filter(({ name }) => !name.includes('delete')),
  ).user.renumber();
}
