import { asFlowError, FlowError, type ErrorCode, type ErrorView } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import { defaultRetry, type RetryPlan } from '../../shared/retry.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events, HandedOutJob } from '../ports/engine.ts';
import type { RunStepRow } from '../ports/logs.ts';
import type { PostProcessing, RawMail } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { ExchangeEnd, ExchangeStart, ExchangeStore } from '../ports/runtime.ts';
import { passing } from '../ports/way-points.ts';
import type { Cancels } from './cancels.ts';
import { withDeadline } from './deadline.ts';
import type { ExchangeBells } from './exchange-bells.ts';
import type { Plan, PlanEdge, PlanNode, ReceiverNode } from './plan.ts';
import { rawMail } from './raw-mail.ts';
import type { ReceiverTurns } from './receiver-turns.ts';
import { openSetbacks, type Setbacks } from './setbacks.ts';
import type { Suspects } from './suspects.ts';
import { makeTurnstile } from './turnstile.ts';

/** One attempt to run one message through the version of the flow it was taken in with. */

const parseDeadlineMs = 120_000;
const stepDeadlineMs = 60_000;
/** Above the longest Timeout a receiver can be given, so that its own, better error comes first. */
const receiverDeadlineMs = 330_000;
/** Below the time after which the queue gives a job to another worker (30 min), whatever the first one still does. */
const attemptDeadlineMs = 25 * 60_000;

/**
 * Bodies are held in memory while their message is on its way. Many large mails at once, which anybody can send, must not fill it:
 * they take turns, and those of ordinary size pass by. What a single mail holds is bounded by the adapter that reads it.
 */
const largeMessages = makeTurnstile({ budgetBytes: 96 * 1024 * 1024, smallBytes: 1024 * 1024 });
const maxHeldBytes = 64 * 1024 * 1024;

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

/** Everything the nodes of one attempt share. */
interface Run {
  parts: ExchangeParts;
  start: ExchangeStart;
  plan: Plan;
  raw: RawMail;
  signal: AbortSignal;
  /** Call → what the receiver said; calls of an earlier run from the start are not among them. */
  done: Map<string, string>;
  setbacks: Setbacks;
  steps: RunStepRow[];
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

/** Never throws for what a message or a receiver does; rejects only when the attempt must be handed back (shutdown, database). */
export async function runExchange(parts: ExchangeParts, job: HandedOutJob, signal: AbortSignal): Promise<void> {
  const start = await parts.store.begin(job.messageId, job.attempt, job.turn);
  if (!start) return;
  await passing('exchange.begun', start.channelId);
  parts.events.publish({ kind: 'message', id: start.messageId });
  const cancel = parts.cancels.enter(start.messageId, start.attempt);
  const steps: RunStepRow[] = [];
  try {
    await runAttempt(parts, job, start, steps, AbortSignal.any([signal, cancel.signal]));
  } catch (error) {
    if (error instanceof Overtaken) return;
    if (!cancel.signal.aborted) throw error;
    await parts.store.keepSteps({ messageId: start.messageId, attempt: start.attempt, steps });
  } finally {
    cancel.leave();
    parts.events.publish({ kind: 'message', id: start.messageId });
    parts.bells.ring(start.channelId);
  }
}

async function runAttempt(
  parts: ExchangeParts,
  job: HandedOutJob,
  start: ExchangeStart,
  steps: RunStepRow[],
  signal: AbortSignal,
): Promise<void> {
  const setbacks = openSetbacks(start.setbacks, () => parts.clock.now());
  const progress: Progress = { retry: defaultRetry, owed: null, comeAgainAt: Infinity, isEventful: false };
  try {
    await walk(parts, job, start, { setbacks, progress, steps, signal });
  } catch (error) {
    if (breaksOff(error, signal)) throw error;
    const failure = asFlowError(error);
    if (poisons.has(failure.code)) {
      await parts.store.quarantine({ ...endOf(start, steps), error: failure.view() });
      parts.events.publish({ kind: 'quarantine', id: start.messageId });
      return;
    }
    logUnexpected(parts, start, failure);
    progress.isEventful = true;
    setbacks.failed('', failure, progress.retry);
  }
  await settle(parts, start, { setbacks, progress, steps });
}

/** The whole way through the flow. What fails at a receiver or step is a setback; only what is before them throws. */
async function walk(
  parts: ExchangeParts,
  job: HandedOutJob,
  start: ExchangeStart,
  attempt: Pick<Run, 'setbacks' | 'progress' | 'steps' | 'signal'>,
): Promise<void> {
  const plan = await parts.planOf(start.flowId, start.version);
  const { postProcessing, postProcessWhen } = plan.sender.adapter.plan(plan.sender.config);
  attempt.progress.retry = plan.settings.retry;
  attempt.progress.owed = postProcessing !== 'none' && postProcessWhen === 'completed' ? postProcessing : null;
  const raw = rawMail(parts.blobs, start.raw);
  const done = new Map(start.effects.map((effect) => [effect.path, effect.summary]));
  // Aborts what runs and waits for it, which ends at once: its line of the log is to say how.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(timeoutOf(start.flowName, attemptDeadlineMs)()), attemptDeadlineMs);
  const signal = AbortSignal.any([attempt.signal, late.signal]);
  const run: Run = { ...attempt, signal, parts, start, plan, raw, done };
  try {
    await parts.suspects.watch(job, signal, (reading) =>
      largeMessages.pass(Math.min(raw.sizeBytes, maxHeldBytes), signal, async () =>
        runBranches(run, plan.sender.next, await reading(() => readMessage(run)), plan.sender.id),
      ),
    );
  } finally {
    clearTimeout(timer);
  }
  attempt.setbacks.passed('');
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

function endOf({ messageId, attempt, isInLine }: ExchangeStart, steps: RunStepRow[]): ExchangeEnd {
  return { messageId, attempt, isInLine, steps };
}

async function settle(
  parts: ExchangeParts,
  start: ExchangeStart,
  { setbacks, progress, steps }: Pick<Run, 'setbacks' | 'progress' | 'steps'>,
): Promise<void> {
  const end = endOf(start, steps);
  const outcome = setbacks.outcome();
  if (progress.comeAgainAt < Infinity) {
    const waitsAt = outcome.status === 'RETRY' ? outcome.at.getTime() : Infinity;
    const at = new Date(Math.min(progress.comeAgainAt, waitsAt));
    await parts.store.comeAgain({ ...end, at, setbacks: setbacks.all(), isLogged: progress.isEventful });
  } else if (outcome.status === 'RETRY') {
    await parts.store.retry({ ...end, error: outcome.error, nextAttemptAt: outcome.at, setbacks: setbacks.all() });
  } else if (outcome.status === 'FAILED') {
    await parts.store.end({ ...end, status: 'FAILED', error: outcome.error, owed: null });
  } else {
    await passing('exchange.run', start.channelId);
    await parts.store.end({ ...end, status: 'COMPLETED', error: null, owed: progress.owed });
    await passing('exchange.ended', start.channelId);
  }
}

function logUnexpected({ log }: ExchangeParts, { messageId }: ExchangeStart, error: FlowError): void {
  if (error.code === 'INTERNAL') log.error({ error: error.cause, messageId }, 'an exchange failed unexpectedly');
}

function readMessage(run: Run): Promise<Message> {
  const { adapter, id, name, type, config } = run.plan.sender;
  return record(run, { id, name, type }, async (note) => {
    const { origin } = run.start;
    const { message, summary } = await withDeadline(
      parseDeadlineMs,
      run.signal,
      () => new FlowError('MAIL_NOT_PARSEABLE', { reason: `reading it took longer than ${parseDeadlineMs / 1000} s` }),
      (signal) => adapter.parse(run.raw, config, { secrets: run.parts.secrets, signal, ...(origin ? { origin } : {}) }),
    );
    note('completed', summary);
    await passing('exchange.read', run.start.channelId);
    const { exchangeId, flowName, receivedAt } = factsOf(run);
    const properties = {
      ...message.properties,
      'exchange.id': exchangeId,
      'exchange.receivedAt': receivedAt.toISOString(),
      'flow.name': flowName,
    };
    return { ...message, properties };
  });
}

/**
 * Hands the message to each branch in turn. One that fails does not hold back the others:
 * what they deliver is recorded and not repeated when the message is tried again.
 */
async function runBranches(run: Run, edges: PlanEdge[], message: Message, path: string): Promise<void> {
  for (const { id, node } of edges) {
    const place = `${path}/${node.id}`;
    try {
      await runNode(run, node, message, { place, edgeId: id });
    } catch (error) {
      if (breaksOff(error, run.signal)) throw error;
      const failure = asFlowError(error);
      logUnexpected(run.parts, run.start, failure);
      run.progress.isEventful = true;
      run.setbacks.failed(place, failure, node.kind === 'receiver' ? node.retry : run.plan.settings.retry);
    }
  }
}

/** How a message comes to a node. */
interface Way {
  /** Ids of the nodes from the sender to this one: what calls and setbacks are known by. */
  place: string;
  edgeId: string;
}

async function runNode(run: Run, node: PlanNode, message: Message, way: Way): Promise<void> {
  if (node.kind === 'receiver') return deliver(run, node, message, way);
  const { place, edgeId } = way;
  const rest = run.setbacks.restOf(place);
  const result = await record(run, { ...node, edgeId }, async (note) => {
    if (rest !== undefined) {
      note('skipped', rest);
      return undefined;
    }
    const stepResult = await withDeadline(stepDeadlineMs, run.signal, timeoutOf(node.name, stepDeadlineMs), async (signal) =>
      node.step.run(message, node.config, { ...factsOf(run), signal }),
    );
    note(stepResult.to === 'stop' ? 'stopped' : 'completed', stepResult.summary, stepResult.port);
    return stepResult;
  });
  if (!result) return undefined;
  run.setbacks.passed(place);
  if (result.to === 'stop') return undefined;
  const { port = '' } = result;
  return runBranches(
    run,
    node.next.filter((edge) => edge.port === port),
    result.message,
    place,
  );
}

/**
 * Calls are known by their place on the way. One run from the start again is a wish to have them made again: their number is part
 * of the name, and so of the key that the receiver gets.
 */
function callOf(place: string, round: number): string {
  return round === 1 ? place : `~${round}/${place}`;
}

async function deliver(run: Run, node: ReceiverNode, message: Message, { place, edgeId }: Way): Promise<void> {
  const { parts, start, plan, raw } = run;
  const call = callOf(place, start.round);
  const idempotencyKey = `${start.messageId}/${call}`;
  const rest = run.setbacks.restOf(place);
  await record(
    run,
    { ...node, edgeId },
    async (note) => {
      const recorded = run.done.get(call);
      if (recorded !== undefined) return note('skipped', `delivered before: ${recorded}`);
      if (rest !== undefined) return note('skipped', rest);
      const turn = await parts.turns.take(`${start.flowId}/${node.id}`, node.callsAtOnce, run.signal);
      if (typeof turn === 'number') {
        run.progress.comeAgainAt = Math.min(run.progress.comeAgainAt, turn);
        return note('skipped', 'waits for its turn: all calls at once are taken');
      }
      const delivery = await withDeadline(receiverDeadlineMs, run.signal, timeoutOf(node.name, receiverDeadlineMs), (signal) =>
        node.receiver.deliver(message, node.config, {
          ...factsOf(run),
          signal,
          idempotencyKey,
          useCredential: parts.secrets.useCredential,
          raw,
          openAttachment: (attachment) =>
            plan.sender.adapter.openAttachment(raw, attachment.index, plan.sender.config, { secrets: parts.secrets, signal }),
          outboxDirectory: parts.outboxDirectory,
        }),
      ).finally(turn);
      await passing('exchange.delivered', start.channelId);
      const isCurrent = await parts.store.recordEffect(start.messageId, start.attempt, { path: call, ...delivery });
      if (!isCurrent) throw new Overtaken('delivered, but the attempt was overtaken');
      await passing('exchange.recorded', start.channelId);
      run.setbacks.passed(place);
      run.progress.isEventful = true;
      return note('completed', delivery.summary);
    },
    idempotencyKey,
  );
}

type Note = (outcome: RunStepOutcome, summary: string, port?: string) => void;

/** Runs one node and writes its line of the log, whatever the end. */
async function record<T>(
  run: Run,
  node: { id: string; name: string; type: string; edgeId?: string },
  work: (note: Note) => Promise<T>,
  idempotencyKey: string | null = null,
): Promise<T> {
  const { clock } = run.parts;
  const step: RunStepRow = {
    attempt: run.start.attempt,
    position: run.steps.length,
    nodeId: node.id,
    name: node.name,
    type: node.type,
    outcome: 'running',
    startedAt: clock.now(),
    endedAt: null,
    error: null,
    summary: '',
    idempotencyKey,
    edgeId: node.edgeId ?? null,
    port: null,
  };
  run.steps.push(step);
  try {
    return await work((outcome, summary, port) => Object.assign(step, { outcome, summary, port: port ?? null }));
  } catch (error) {
    Object.assign(step, { outcome: 'failed', error: viewOf(error) });
    throw error;
  } finally {
    step.endedAt = clock.now();
  }
}

function viewOf(error: unknown): ErrorView {
  return asFlowError(error).view();
}

function timeoutOf(step: string, ms: number): () => FlowError {
  return () => new FlowError('EXCHANGE_TIMEOUT', { step, seconds: ms / 1_000 });
}

function factsOf({ start }: Run): { exchangeId: string; flowName: string; receivedAt: Date } {
  return { exchangeId: start.messageId, flowName: start.flowName, receivedAt: start.receivedAt };
}
