import type { Clock } from '../ports/common.ts';
import type { HandedOutJob, Locks, Queue } from '../ports/engine.ts';
import type { ProcessLoad } from '../ports/processes.ts';
import type { ClaimedChannel } from '../ports/runtime.ts';
import type { SuspectStore } from '../ports/suspects.ts';
import { startBulks, type BulkParts } from './bulks.ts';
import { watchCancels } from './cancels.ts';
import { pause } from './deadline.ts';
import { advanceDeployments, type StartParts } from './deploy.ts';
import { runExchange, type ExchangeParts } from './exchange.ts';
import { makeExchangeBells } from './exchange-bells.ts';
import { openFlowLimits } from './flow-limits.ts';
import { leaseMs, openHolds, type HoldParts } from './hold.ts';
import { makePlaces } from './places.ts';
import { makeReceiverTurns } from './receiver-turns.ts';
import { makePatience } from './patience.ts';
import { makeSuspects } from './suspects.ts';
import { runPoll, type PollParts } from './poll.ts';
import { makeWaiters, shareOf } from './share.ts';
import { startPressure, type PressureParts } from './pressure.ts';

/** A worker: starts deployments, polls mailboxes that are due, runs exchanges. Any number may run on one database. */

const maxPollsAtOnce = 20;
/** Of these, for channels that fail: the mailboxes of a dead server, each waiting for its time-out, must leave places for the others. */
const maxFailingAtOnce = 5;
/** Connections that wait for mail; each costs about 200 KiB. */
const maxStanding = 2_000;
const exchangesAtOnce = 96;
const lookEveryMs = 500;
/** What is above this worker's share is left to the others for as long; then they are not there, or busy. */
const leaveToOthersMs = 2_000;
/** A poll still "running" this long after its worker let go of the channel belongs to a dead one. */
const abandonedAfterMs = 2 * leaseMs;

/** How long the lines of polls are kept, and how often old ones are looked for. */
const keepPollsMs = 30 * 24 * 60 * 60_000;
const tidyEveryMs = 10 * 60_000;

export interface WorkerParts
  extends
    StartParts,
    Omit<PollParts, 'holds' | 'patience' | 'places' | 'standing' | 'waiters' | 'bells' | 'pressure'>,
    Omit<ExchangeParts, 'store' | 'bells' | 'cancels' | 'turns' | 'suspects'> {
  pressure: Pick<PressureParts, 'store' | 'spaces' | 'limits'>;
  locks: Locks;
  lockReleases: HoldParts['lockReleases'];
  exchanges: ExchangeParts['store'];
  bulks: BulkParts['bulks'];
  bulkWork: BulkParts['bulkWork'];
  suspects: SuspectStore;
  queue: Queue;
  clock: Clock;
}

export interface Worker {
  /** What it has in hand now. */
  load(): ProcessLoad;
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
  // Counted here, as are the calls at once: what a dead worker held must not count.
  const limits = openFlowLimits(parts.exchanges, parts.planOf);
  const cancels = watchCancels({ events: parts.events, store: parts.exchanges, log: parts.log });
  const turns = makeReceiverTurns();
  const patience = makePatience();
  const waiters = makeWaiters();
  const suspects = makeSuspects({ store: parts.suspects, log: parts.log });
  const pressure = startPressure({ ...parts, ...parts.pressure });
  const bulks = startBulks(parts);
  let exchanges = 0;
  const pollParts: PollParts = {
    ...parts,
    holds,
    patience,
    pressure,
    bells,
    waiters,
    places: makePlaces(maxPollsAtOnce),
    standing: makePlaces(maxStanding),
  };
  const unsubscribe = parts.events.subscribe((event) => {
    if (event.kind === 'deployment' || event.kind === 'credential' || event.kind === 'quarantine') doorbell.ring();
    // Connections that wait for mail have to learn of it as well.
    if (event.kind === 'deployment' || event.kind === 'credential') holds.look();
    if (event.kind === 'deployment') limits.forget(event.id);
  });

  const failingLimit = () => Math.max(0, maxFailingAtOnce - failing);
  const look = async () => {
    await advanceDeployments(parts);
    await parts.schedule.closeAbandonedPolls(abandonedAfterMs);
    const share = shareOf(await parts.schedule.workInHand(), polls.size, waiters.count());
    if (stopping.signal.aborted) return;
    waiters.letGo(share.letGo);
    const ours = Math.min(pollParts.places.free(), share.take);
    begin(ours > 0 ? await parts.schedule.claimDue(ours, leaseMs, { failingLimit: failingLimit() }) : []);
    const more = pollParts.places.free();
    if (share.take < more)
      begin(await parts.schedule.claimDue(more, leaseMs, { leftForMs: leaveToOthersMs, failingLimit: failingLimit() }));
  };

  const begin = (channels: ClaimedChannel[]) => {
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

  const exchange = async (job: HandedOutJob, signal: AbortSignal) => {
    exchanges += 1;
    await runExchange({ ...parts, bells, cancels, turns, suspects, store: parts.exchanges }, job, signal).finally(() => (exchanges -= 1));
  };
  parts.queue.work(exchange, {
    concurrency: exchangesAtOnce,
    perFlow: (flowIds) => limits.of(flowIds),
  });

  return {
    load: () => ({ polls: polls.size - waiters.count(), exchanges, standing: waiters.count() }),

    async close(graceMs) {
      unsubscribe();
      clearInterval(tidying);
      stopping.abort(new Error('the worker is stopping'));
      doorbell.ring();
      await Promise.all([loop, bulks.close()]);
      await Promise.all([Promise.allSettled(polls), parts.queue.close(graceMs)]);
      cancels.close();
      await holds.close();
      await Promise.all([holds.close(), pressure.close()]);
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
