import { asFlowError, FlowError, type ErrorCode, type ErrorView } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events, HandedOutJob } from '../ports/engine.ts';
import type { RunStepRow } from '../ports/logs.ts';
import type { RawMail } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { ExchangeStart, ExchangeStore } from '../ports/runtime.ts';
import { passing } from '../ports/way-points.ts';
import { withDeadline } from './deadline.ts';
import type { ExchangeBells } from './exchange-bells.ts';
import type { Plan, PlanNode } from './plan.ts';
import { rawMail } from './raw-mail.ts';
import { nextAttemptAt } from './retry.ts';
import { suspicionOf, type Suspects } from './suspects.ts';
import { makeTurnstile } from './turnstile.ts';

/** One attempt to run one message through the version of the flow it was taken in with. */

const parseDeadlineMs = 120_000;
const stepDeadlineMs = 60_000;
/** Above the longest Timeout a receiver can be given, so that its own, better error comes first. */
const receiverDeadlineMs = 330_000;

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
  suspects: Suspects;
}

/** Everything the nodes of one attempt share. */
interface Run {
  parts: ExchangeParts;
  start: ExchangeStart;
  plan: Plan;
  raw: RawMail;
  signal: AbortSignal;
  done: Map<string, string>;
  steps: RunStepRow[];
}

/** Never throws for what a message or a receiver does; rejects only when the attempt must be handed back (shutdown, database). */
export async function runExchange(parts: ExchangeParts, job: HandedOutJob, signal: AbortSignal): Promise<void> {
  const start = await parts.store.begin(job.messageId, job.attempt);
  if (!start) return;
  await passing('exchange.begun', start.channelId);
  parts.events.publish({ kind: 'message', id: start.messageId });
  const steps: RunStepRow[] = [];
  const end = { messageId: start.messageId, attempt: start.attempt, isInLine: start.isInLine, steps };
  try {
    const plan = await parts.planOf(start.flowId, start.version);
    const raw = rawMail(parts.blobs, start.raw);
    const run: Run = {
      parts,
      start,
      plan,
      raw,
      signal,
      steps,
      done: new Map(start.effects.map((effect) => [effect.path, effect.summary])),
    };
    const suspicion = suspicionOf(job.handOuts);
    const alone = <T>(work: () => Promise<T>) => parts.suspects.alone(start, signal, work);
    const read = () => (suspicion === 'reading' ? alone(() => readMessage(run)) : readMessage(run));
    const runAll = () =>
      largeMessages.pass(Math.min(raw.sizeBytes, maxHeldBytes), signal, async () =>
        runBranches(run, plan.sender.next, await read(), plan.sender.id),
      );
    const failure = suspicion === 'whole' ? await alone(runAll) : await runAll();
    if (failure) throw failure;
    const { postProcessing, postProcessWhen } = plan.sender.adapter.plan(plan.sender.config);
    const owed = postProcessing !== 'none' && postProcessWhen === 'completed' ? postProcessing : null;
    await passing('exchange.run', start.channelId);
    await parts.store.end({ ...end, status: 'COMPLETED', error: null, owed });
    await passing('exchange.ended', start.channelId);
  } catch (error) {
    if (error instanceof Overtaken) return;
    if (signal.aborted) throw error;
    await settleFailure(parts, start, steps, asFlowError(error));
  } finally {
    parts.events.publish({ kind: 'message', id: start.messageId });
    parts.bells.ring(start.channelId);
  }
}

/** The attempt is no longer the current one (cancelled, or run elsewhere): nothing more is written. */
class Overtaken extends Error {}

/** Says that the mail itself is at fault: it is set aside for a person. */
const poisons = new Set<ErrorCode>(['MAIL_NOT_PARSEABLE', 'MAIL_BREAKS_WORKER']);

async function settleFailure(parts: ExchangeParts, start: ExchangeStart, steps: RunStepRow[], error: FlowError): Promise<void> {
  const end = { messageId: start.messageId, attempt: start.attempt, isInLine: start.isInLine, steps, error: error.view() };
  if (error.code === 'INTERNAL') parts.log.error({ error: error.cause, messageId: start.messageId }, 'an exchange failed unexpectedly');
  if (poisons.has(error.code)) {
    await parts.store.quarantine(end);
    parts.events.publish({ kind: 'quarantine', id: start.messageId });
    return;
  }
  const next = error.retryable ? nextAttemptAt(start.tries, parts.clock.now()) : undefined;
  if (next) await parts.store.retry({ ...end, nextAttemptAt: next });
  else await parts.store.end({ ...end, status: 'FAILED', owed: null });
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
async function runBranches(run: Run, nodes: PlanNode[], message: Message, path: string): Promise<FlowError | undefined> {
  let failure: FlowError | undefined;
  for (const node of nodes) {
    try {
      failure = (await runNode(run, node, message, `${path}/${node.id}`)) ?? failure;
    } catch (error) {
      if (run.signal.aborted || error instanceof Overtaken) throw error;
      failure ??= asFlowError(error);
    }
  }
  return failure;
}

async function runNode(run: Run, node: PlanNode, message: Message, path: string): Promise<FlowError | undefined> {
  if (node.kind === 'receiver') {
    await deliver(run, node, message, path);
    return undefined;
  }
  const result = await record(run, node, async (note) => {
    const stepResult = await withDeadline(stepDeadlineMs, run.signal, timeoutOf(node.name, stepDeadlineMs), async (signal) =>
      node.step.run(message, node.config, { ...factsOf(run), signal }),
    );
    note(stepResult.to === 'stop' ? 'stopped' : 'completed', stepResult.summary);
    return stepResult;
  });
  return result.to === 'stop' ? undefined : runBranches(run, node.next, result.message, path);
}

async function deliver(run: Run, node: Extract<PlanNode, { kind: 'receiver' }>, message: Message, path: string): Promise<void> {
  const { parts, start, plan, raw } = run;
  await record(run, node, async (note) => {
    const recorded = run.done.get(path);
    if (recorded !== undefined) {
      note('skipped', `delivered by an earlier attempt: ${recorded}`);
      return;
    }
    const delivery = await withDeadline(receiverDeadlineMs, run.signal, timeoutOf(node.name, receiverDeadlineMs), (signal) =>
      node.receiver.deliver(message, node.config, {
        ...factsOf(run),
        signal,
        idempotencyKey: `${start.messageId}/${path}`,
        useCredential: parts.secrets.useCredential,
        raw,
        openAttachment: (attachment) =>
          plan.sender.adapter.openAttachment(raw, attachment.index, plan.sender.config, { secrets: parts.secrets, signal }),
        outboxDirectory: parts.outboxDirectory,
      }),
    );
    await passing('exchange.delivered', start.channelId);
    const isCurrent = await parts.store.recordEffect(start.messageId, start.attempt, { path, ...delivery });
    if (!isCurrent) throw new Overtaken('delivered, but the attempt was overtaken');
    await passing('exchange.recorded', start.channelId);
    note('completed', delivery.summary);
  });
}

type Note = (outcome: RunStepOutcome, summary: string) => void;

/** Runs one node and writes its line of the log, whatever the end. */
async function record<T>(run: Run, node: { id: string; name: string; type: string }, work: (note: Note) => Promise<T>): Promise<T> {
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
  };
  run.steps.push(step);
  try {
    return await work((outcome, summary) => Object.assign(step, { outcome, summary }));
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
