import { asFlowError, FlowError, type ErrorCode } from '../../shared/errors.ts';
import { defaultRetry, type RetryPlan } from '../../shared/retry.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events, HandedOutJob } from '../ports/engine.ts';
import type { RunStepRow } from '../ports/logs.ts';
import type { PostProcessing } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { ExchangeEnd, ExchangeStart, ExchangeStore } from '../ports/runtime.ts';
import { passing } from '../ports/way-points.ts';
import type { Cancels } from './cancels.ts';
import type { ExchangeBells } from './exchange-bells.ts';
import { makePayloadKeeper, type PayloadKeeper } from './payloads.ts';
import type { Plan } from './plan.ts';
import { rawMail } from './raw-mail.ts';
import type { ReceiverTurns } from './receiver-turns.ts';
import { openSetbacks, type Setbacks } from './setbacks.ts';
import type { Suspects } from './suspects.ts';
import { callReceiver, readMessage, timeoutOf, walkOn, whenItFits, type Call, type Note, type Walk } from './walk.ts';

/** One attempt to run one message through the version of the flow it was taken in with. */

/** Below the time after which the queue gives a job to another worker (30 min), whatever the first one still does. */
const attemptDeadlineMs = 25 * 60_000;

export interface ExchangeParts {
  store: ExchangeStore;
  blobs: BlobStore;
  planOf: (flowId: string, version: number) => Promise<Plan>;
  secrets: Secrets;
  events: Events;
  clock: Clock;
  log: Logger;
  outboxDirectory: string;
  bells: Pick<ExchangeBells, 'ring'>;
  cancels: Pick<Cancels, 'enter'>;
  turns: ReceiverTurns;
  suspects: Suspects;
}

/** What becomes of one attempt. */
interface Attempt {
  setbacks: Setbacks;
  steps: RunStepRow[];
  payloads: PayloadKeeper;
  progress: Progress;
}

interface Progress {
  /** For what fails outside of any receiver. */
  retry: RetryPlan;
  /** What the mail server is to be told once all went well. */
  owed: PostProcessing | null;
  /** A receiver has all its calls taken: when to come again, as ms since 1970. */
  comeAgainAt: number;
  /** Something was delivered or has failed, which the log must show. */
  isEventful: boolean;
}

/** What an attempt leaves in the log. */
type Kept = Pick<Attempt, 'steps' | 'payloads'>;

/** Never throws for what a message or a receiver does; rejects only when the attempt must be handed back (shutdown, database). */
export async function runExchange(parts: ExchangeParts, job: HandedOutJob, signal: AbortSignal): Promise<void> {
  const start = await parts.store.begin(job.messageId, job.attempt, job.turn);
  if (!start) return;
  await passing('exchange.begun', start.channelId);
  parts.log.debug({ messageId: start.messageId, flowId: start.flowId, attempt: start.attempt }, 'a message runs');
  parts.events.publish({ kind: 'message', id: start.messageId });
  const cancel = parts.cancels.enter(start.messageId, start.attempt);
  const steps: RunStepRow[] = [];
  const payloads = makePayloadKeeper(start.logLevel);
  try {
    await runAttempt(parts, job, start, { steps, payloads }, AbortSignal.any([signal, cancel.signal]));
  } catch (error) {
    if (error instanceof Overtaken) return;
    if (!cancel.signal.aborted) throw error;
    await parts.store.keepSteps(endOf(start, { steps, payloads }));
  } finally {
    cancel.leave();
    parts.events.publish({ kind: 'message', id: start.messageId });
    parts.bells.ring(start.channelId);
  }
}

async function runAttempt(parts: ExchangeParts, job: HandedOutJob, start: ExchangeStart, kept: Kept, signal: AbortSignal): Promise<void> {
  const setbacks = openSetbacks(start.setbacks, () => parts.clock.now());
  const progress: Progress = { retry: defaultRetry, owed: null, comeAgainAt: Infinity, isEventful: false };
  try {
    await walk(parts, job, start, { setbacks, progress, ...kept }, signal);
  } catch (error) {
    if (breaksOff(error, signal)) throw error;
    const failure = asFlowError(error);
    if (poisons.has(failure.code)) {
      await parts.store.quarantine({ ...endOf(start, kept), error: failure.view() });
      parts.events.publish({ kind: 'quarantine', id: start.messageId });
      parts.log.warn({ messageId: start.messageId, flowId: start.flowId, code: failure.code }, 'a mail is set aside');
      return;
    }
    logUnexpected(parts, start, failure);
    progress.isEventful = true;
    setbacks.failed('', failure, progress.retry);
  }
  await settle(parts, start, { setbacks, progress, ...kept });
}

/** The whole way through the flow. What fails at a receiver or step is a setback; only what is before them throws. */
async function walk(parts: ExchangeParts, job: HandedOutJob, start: ExchangeStart, attempt: Attempt, whole: AbortSignal): Promise<void> {
  const plan = await parts.planOf(start.flowId, start.version);
  const { postProcessing, postProcessWhen } = plan.sender.adapter.plan(plan.sender.config);
  attempt.progress.retry = plan.settings.retry;
  attempt.progress.owed = postProcessing !== 'none' && postProcessWhen === 'completed' ? postProcessing : null;
  // Aborts what runs and waits for it, which ends at once: its line of the log is to say how.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(timeoutOf(start.flowName, attemptDeadlineMs)()), attemptDeadlineMs);
  const signal = AbortSignal.any([whole, late.signal]);
  const way = wayOf(parts, start, plan, attempt, signal);
  try {
    await parts.suspects.watch(job, signal, (reading) =>
      whenItFits(way.raw, signal, async () => walkOn(way, await reading(() => readMessage(way)))),
    );
  } finally {
    clearTimeout(timer);
  }
  attempt.setbacks.passed('');
}

function wayOf(parts: ExchangeParts, start: ExchangeStart, plan: Plan, attempt: Attempt, signal: AbortSignal): Walk {
  const { setbacks, progress, steps, payloads } = attempt;
  /** Call → what the receiver said; calls of an earlier run from the start are not among them. */
  const done = new Map(start.effects.map((effect) => [effect.path, effect.summary]));
  const way: Walk = {
    plan,
    raw: rawMail(parts.blobs, start.raw),
    origin: start.origin,
    facts: { exchangeId: start.messageId, flowName: start.flowName, receivedAt: start.receivedAt },
    attempt: start.attempt,
    secrets: parts.secrets,
    outboxDirectory: parts.outboxDirectory,
    clock: parts.clock,
    signal,
    steps,
    hooks: {
      restOf: (place) => setbacks.restOf(place),
      passed: (place) => setbacks.passed(place),
      idempotencyKeyOf: (place) => `${start.messageId}/${callOf(place, start)}`,
      deliver: (call, note) => deliver({ parts, start, attempt, way, done }, call, note),
      failed(error, node, place) {
        if (breaksOff(error, signal)) throw error;
        const failure = asFlowError(error);
        logUnexpected(parts, start, failure);
        progress.isEventful = true;
        setbacks.failed(place, failure, node.kind === 'receiver' ? node.retry : plan.settings.retry);
      },
      async seen(visit) {
        const { from, message } = visit;
        payloads.seen(visit);
        if (from !== null || !message) return;
        await noteHeaders(parts, start, way);
        await passing('exchange.read', start.channelId);
      },
    },
  };
  return way;
}

/** Values are cut where they are longer than a person searches for. */
const maxLogHeaderChars = 200;

async function noteHeaders({ store }: ExchangeParts, { messageId, attempt }: ExchangeStart, { plan, raw }: Walk): Promise<void> {
  const { logHeaders } = plan.settings;
  if (logHeaders.length === 0) return;
  // Of several lines of one name the first, as in the message; Allowed Headers say what reaches the flow, not what the log keeps.
  const given = new Map((await plan.sender.adapter.readHeaders(raw)).toReversed().map(({ name, value }) => [name.toLowerCase(), value]));
  const found = logHeaders.flatMap((name) => {
    const value = given.get(name.toLowerCase());
    return value === undefined ? [] : [[name, value.slice(0, maxLogHeaderChars)] as const];
  });
  await store.noteHeaders({ messageId, attempt, headers: Object.fromEntries(found) });
}

/** The attempt is no longer the current one (cancelled, or run elsewhere): nothing more is written. */
class Overtaken extends Error {}

/** Of our own database: neither the mail nor a receiver is at fault, so no attempt is counted, and the message is handed out again. */
const ownFaults = new Set<ErrorCode>(['DATABASE_UNAVAILABLE', 'DATABASE_DISK_FULL']);

function breaksOff(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof Overtaken || (error instanceof FlowError && ownFaults.has(error.code));
}

/** Says that the mail itself is at fault: it is set aside for a person. */
const poisons = new Set<ErrorCode>(['MAIL_NOT_PARSEABLE', 'MAIL_BREAKS_WORKER']);

function endOf({ messageId, attempt, isInLine }: ExchangeStart, { steps, payloads }: Kept): ExchangeEnd {
  return { messageId, attempt, isInLine, steps, payloads: payloads.all() };
}

async function settle(parts: ExchangeParts, start: ExchangeStart, attempt: Attempt): Promise<void> {
  const { setbacks, progress } = attempt;
  const end = endOf(start, attempt);
  const outcome = setbacks.outcome();
  const facts = { messageId: start.messageId, flowId: start.flowId, attempt: start.attempt };
  if (progress.comeAgainAt < Infinity) {
    const waitsAt = outcome.status === 'RETRY' ? outcome.at.getTime() : Infinity;
    const at = new Date(Math.min(progress.comeAgainAt, waitsAt));
    await parts.store.comeAgain({ ...end, at, setbacks: setbacks.all(), isLogged: progress.isEventful });
  } else if (outcome.status === 'RETRY') {
    await parts.store.retry({ ...end, error: outcome.error, nextAttemptAt: outcome.at, setbacks: setbacks.all() });
    parts.log.info({ ...facts, code: outcome.error.code, nextAttemptAt: outcome.at }, 'a message waits for its next attempt');
  } else if (outcome.status === 'FAILED') {
    await parts.store.end({ ...end, status: 'FAILED', error: outcome.error, owed: null });
    parts.log.warn({ ...facts, code: outcome.error.code }, 'a message has failed');
  } else {
    await passing('exchange.run', start.channelId);
    await parts.store.end({ ...end, status: 'COMPLETED', error: null, owed: progress.owed });
    parts.log.debug(facts, 'a message is completed');
    await passing('exchange.ended', start.channelId);
  }
}

function logUnexpected({ log }: ExchangeParts, { messageId }: ExchangeStart, error: FlowError): void {
  if (error.code === 'INTERNAL') log.error({ error: error.cause, messageId }, 'an exchange failed unexpectedly');
}

/**
 * Calls are known by their place on the way. A run from the start, or from a step before them, is a wish to have them made again: its
 * number is part of the name, and so of the key that the receiver gets.
 */
export function callOf(place: string, { round, rounds }: Pick<ExchangeStart, 'round' | 'rounds'>): string {
  const newest = Math.max(round, ...place.split('/').map((id) => rounds[id] ?? 0));
  return newest === 1 ? place : `~${newest}/${place}`;
}

/** What a delivery of this attempt needs to know. */
interface Delivering {
  parts: ExchangeParts;
  start: ExchangeStart;
  attempt: Attempt;
  way: Walk;
  done: ReadonlyMap<string, string>;
}

async function deliver({ parts, start, attempt, way, done }: Delivering, call: Call, note: Note): Promise<void> {
  const { setbacks, progress } = attempt;
  const { node, place } = call;
  const path = callOf(place, start);
  const recorded = done.get(path);
  if (recorded !== undefined) return note('skipped', `delivered before: ${recorded}`);
  const rest = setbacks.restOf(place);
  if (rest !== undefined) return note('skipped', rest);
  const turn = await parts.turns.take(`${start.flowId}/${node.id}`, node.callsAtOnce, way.signal);
  if (typeof turn === 'number') {
    progress.comeAgainAt = Math.min(progress.comeAgainAt, turn);
    return note('skipped', 'waits for its turn: all calls at once are taken');
  }
  const delivery = await callReceiver(way, call).finally(turn);
  await passing('exchange.delivered', start.channelId);
  const isCurrent = await parts.store.recordEffect(start.messageId, start.attempt, { path, ...delivery });
  if (!isCurrent) throw new Overtaken('delivered, but the attempt was overtaken');
  await passing('exchange.recorded', start.channelId);
  setbacks.passed(place);
  progress.isEventful = true;
  return note('completed', delivery.summary);
}
