import type { Clock } from '../ports/common.ts';
import type { Locks, Queue } from '../ports/engine.ts';
import { pause } from './deadline.ts';
import { advanceDeployments, type StartParts } from './deploy.ts';
import { runExchange, type ExchangeParts } from './exchange.ts';
import { makeExchangeBells } from './exchange-bells.ts';
import { leaseMs, openHolds } from './hold.ts';
import { makePlaces } from './places.ts';
import { makePatience } from './patience.ts';
import { runPoll, type PollParts } from './poll.ts';

/** A worker: starts deployments, polls mailboxes that are due, runs exchanges. Any number may run on one database. */

const maxPollsAtOnce = 20;
/** Of these, for channels that fail: the mailboxes of a dead server, each waiting for its time-out, must leave places for the others. */
const maxFailingAtOnce = 5;
/** Connections that wait for mail; each costs about 200 KiB. */
const maxStanding = 2_000;
const exchangesAtOnce = 48;
/** Of one flow, so that a slow receiver leaves places for the other flows. Counted here: what a dead worker held must not count. */
const exchangesPerFlow = 16;
const lookEveryMs = 500;
/** A poll still "running" this long after its worker let go of the channel belongs to a dead one. */
const abandonedAfterMs = 2 * leaseMs;

/** How long the lines of polls are kept, and how often old ones are looked for. */
const keepPollsMs = 30 * 24 * 60 * 60_000;
const tidyEveryMs = 10 * 60_000;

export interface WorkerParts
  extends StartParts, Omit<PollParts, 'holds' | 'patience' | 'places' | 'standing' | 'bells'>, Omit<ExchangeParts, 'store' | 'bells'> {
  locks: Locks;
  exchanges: ExchangeParts['store'];
  queue: Queue;
  clock: Clock;
}

export interface Worker {
  /** Starts no more polls, ends those that run at their next safe point, and lets exchanges end for `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export function startWorker(parts: WorkerParts): Worker {
  const stopping = new AbortController();
  const polls = new Set<Promise<void>>();
  const doorbell = makeDoorbell();
  let failing = 0;
  const holds = openHolds(parts);
  const bells = makeExchangeBells();
  const patience = makePatience();
  const pollParts: PollParts = { ...parts, holds, patience, bells, places: makePlaces(maxPollsAtOnce), standing: makePlaces(maxStanding) };
  const unsubscribe = parts.events.subscribe((event) => {
    if (event.kind === 'deployment' || event.kind === 'credential' || event.kind === 'quarantine') doorbell.ring();
    // Connections that wait for mail have to learn of it as well.
    if (event.kind === 'deployment' || event.kind === 'credential') holds.look();
  });

  const look = async () => {
    await advanceDeployments(parts);
    await parts.schedule.closeAbandonedPolls(abandonedAfterMs);
    const channels = await parts.schedule.claimDue(pollParts.places.free(), leaseMs, Math.max(0, maxFailingAtOnce - failing));
    for (const channel of channels) {
      const isFailing = channel.health === 'failing';
      if (isFailing) failing += 1;
      const poll = runPoll(pollParts, channel, stopping.signal)
        .catch((error: unknown) => parts.log.error({ error, channel: channel.name }, 'a poll could not be written to the log'))
        .finally(() => {
          polls.delete(poll);
          if (isFailing) failing -= 1;
          // A full poll is due again at once.
          doorbell.ring();
        });
      polls.add(poll);
    }
  };

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => parts.log.error({ error }, 'the schedule could not be read; trying again'));
      await doorbell.wait(lookEveryMs);
    }
  })();

  const tidying = setInterval(() => {
    parts.schedule.forgetPolls(keepPollsMs).catch((error: unknown) => parts.log.warn({ error }, 'old polls could not be removed'));
  }, tidyEveryMs);

  parts.queue.work((job, signal) => runExchange({ ...parts, bells, store: parts.exchanges }, job, signal), {
    concurrency: exchangesAtOnce,
    perFlow: exchangesPerFlow,
  });

  return {
    async close(graceMs) {
      unsubscribe();
      clearInterval(tidying);
      stopping.abort(new Error('the worker is stopping'));
      doorbell.ring();
      await loop;
      await Promise.all([Promise.allSettled(polls), parts.queue.close(graceMs)]);
      await holds.close();
    },
  };
}

/** Cuts a wait short; a ring during work is not lost. */
function makeDoorbell() {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    async wait(ms: number) {
      await pause(ms, rung.signal);
      rung = new AbortController();
    },
  };
}
