import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../ports/common.ts';
import type { ExchangeJob, HandedOutJob, HeldFlows } from '../ports/engine.ts';
import { openBatches } from './batches.ts';

/** A job handed to this worker; `retryCount` tells this handing-out from a later one of the same job. */
export interface HandedJob {
  id: string;
  retryCount: number;
  data: ExchangeJob;
}

/** Where jobs come from and go to. A call about a job that was meanwhile handed to another worker changes nothing. */
export interface JobSource {
  /** @param exceptFlows flows whose jobs are left where they are */
  fetch(limit: number, exceptFlows: string[]): Promise<HandedJob[]>;
  /** @returns ids of those that are still ours */
  touch(jobs: HandedJob[]): Promise<Set<string>>;
  end(jobs: HandedJob[]): Promise<unknown>;
  handBack(jobs: HandedJob[]): Promise<unknown>;
}

export interface Worker {
  /** Jobs may be waiting. */
  poke(): void;
  hold(flows: HeldFlows): void;
  /** Takes no more, lets running jobs end for `graceMs`, then aborts them and hands them back. */
  close(graceMs: number): Promise<void>;
}

/** How often an idle worker looks without being told: also the precision of `startAfter`. */
const lookEveryMs = 1_000;
/** Well below pg-boss's heartbeat limit of 10 s. */
const touchEveryMs = 3_000;
const retryMs = 1_000;
/** A job that ended here waits this long for others to be taken off the queue with it; its place is free at once. */
const gatherMs = 50;
/** How long an aborted job may take to stop before it is handed back while it still runs. */
const abortMs = 2_000;

interface Running {
  job: HandedJob;
  abort: AbortController;
  /** Never rejects. */
  ended: Promise<void>;
}

/** Fetches up to as many jobs as there are free places, runs them side by side, ends them in batches. */
export function startWorker({
  source,
  run,
  concurrency,
  perFlow,
  log,
}: {
  source: JobSource;
  run: (job: HandedOutJob, signal: AbortSignal) => Promise<void>;
  concurrency: number;
  perFlow: number;
  log: Logger;
}): Worker {
  const running = new Set<Running>();
  /** Done here, but not yet by the database: their heart has to go on. */
  const unsettled = new Set<HandedJob>();
  const closing = new AbortController();
  let held: string[] = [];
  let mayHaveMore = true;
  /** The same for flows other than those at their limit: looking for them goes past all jobs of those. */
  let othersMayHaveMore = true;
  let wakeUp: (() => void) | undefined;
  let isTouching = false;

  const settling = (send: (jobs: HandedJob[]) => Promise<unknown>, what: string) =>
    openBatches<HandedJob>({
      async send(jobs) {
        await send(jobs);
        for (const job of jobs) unsettled.delete(job);
      },
      gatherMs,
      retryMs,
      onError: (error, jobs) => log.warn({ error: String(error), jobs: jobs.length }, what),
    });
  const ending = settling((jobs) => source.end(jobs), 'ended jobs could not be taken off the queue');
  const handingBack = settling(
    (jobs) => source.handBack(jobs),
    'jobs could not be handed back; they return when their heartbeat is missed',
  );

  const taking = takeJobs();
  const beating = setInterval(() => void touchHeld(), touchEveryMs);

  async function takeJobs(): Promise<void> {
    while (!closing.signal.aborted) {
      const { places, full } = freePlaces();
      const isFull = full.length > 0;
      if (places === 0 || !mayHaveMore || (isFull && !othersMayHaveMore)) {
        await rest();
        continue;
      }
      mayHaveMore = false;
      if (isFull) othersMayHaveMore = false;
      try {
        const jobs = await source.fetch(places, [...full, ...held]);
        if (jobs.length > 0) {
          mayHaveMore = true;
          if (isFull) othersMayHaveMore = true;
        }
        for (const job of jobs) start(job);
      } catch (error) {
        log.warn({ error: String(error) }, 'no jobs could be fetched');
        await rest();
      }
    }
  }

  /** How many jobs may be fetched so that no flow gets above its limit, whichever flow they are of; and the flows at it. */
  function freePlaces(): { places: number; full: string[] } {
    const byFlow = Map.groupBy(running, ({ job }) => job.data.flowId);
    const full = [...byFlow].filter(([, jobs]) => jobs.length >= perFlow).map(([flowId]) => flowId);
    const mostOfOthers = Math.max(0, ...[...byFlow.values()].map((jobs) => jobs.length).filter((count) => count < perFlow));
    return { places: Math.min(concurrency - running.size, perFlow - mostOfOthers), full };
  }

  /** Until there is something to look at, or it is time to look. */
  async function rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      mayHaveMore = true;
      othersMayHaveMore = true;
      resolve();
    }, lookEveryMs);
    wakeUp = resolve;
    await promise;
    wakeUp = undefined;
    clearTimeout(timer);
    // Exchanges end in groups: the places of all of them are filled with one fetch.
    await turn();
  }

  function start(job: HandedJob): void {
    const entry: Running = { job, abort: new AbortController(), ended: Promise.resolve() };
    running.add(entry);
    entry.ended = runOne(entry);
  }

  async function runOne(entry: Running): Promise<void> {
    const { job, abort } = entry;
    let settle = ending;
    try {
      await run({ ...job.data, handOuts: job.retryCount }, abort.signal);
    } catch (error) {
      settle = handingBack;
      if (!abort.signal.aborted) log.warn({ error: String(error), ...job.data }, 'a job failed and is handed out again');
    }
    // False when `close` has handed it back in the meantime.
    if (!running.delete(entry)) return;
    unsettled.add(job);
    settle.add(job);
    // There is a place again, for its flow as well.
    mayHaveMore = true;
    wakeUp?.();
  }

  async function touchHeld(): Promise<void> {
    const jobs = [...Array.from(running, (entry) => entry.job), ...unsettled];
    if (isTouching || jobs.length === 0) return;
    isTouching = true;
    try {
      const ours = await source.touch(jobs);
      for (const { job, abort } of running) {
        if (ours.has(job.id) || !jobs.includes(job) || abort.signal.aborted) continue;
        log.warn({ ...job.data }, 'a running job was lost to another worker');
        abort.abort(new Error('The job was handed to another worker.'));
      }
    } catch (error) {
      log.warn({ error: String(error) }, 'the heartbeat of running jobs could not be written');
    } finally {
      isTouching = false;
    }
  }

  function poke(): void {
    mayHaveMore = true;
    othersMayHaveMore = true;
    wakeUp?.();
  }

  async function waitForRunning(ms: number): Promise<void> {
    const deadline = new AbortController();
    const all = Promise.all(Array.from(running, (entry) => entry.ended));
    await Promise.race([all, sleep(ms, undefined, { signal: deadline.signal }).catch(() => undefined)]);
    deadline.abort();
  }

  return {
    poke,

    hold({ stopping, stopped }) {
      const before = held;
      held = [...stopping, ...stopped];
      for (const { job, abort } of running) if (stopped.includes(job.data.flowId)) abort.abort(new Error('The flow was stopped.'));
      if (before.some((flowId) => !held.includes(flowId))) poke();
    },

    async close(graceMs) {
      closing.abort();
      wakeUp?.();
      await taking;
      await waitForRunning(graceMs);
      for (const { abort } of running) abort.abort(new Error('The worker stops.'));
      await waitForRunning(abortMs);
      for (const { job } of running) handingBack.add(job);
      running.clear();
      clearInterval(beating);
      await Promise.all([ending.close(), handingBack.close()]);
    },
  };
}
