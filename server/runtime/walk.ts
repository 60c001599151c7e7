import { asFlowError, FlowError } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import type { Clock } from '../ports/common.ts';
import type { RunStepRow } from '../ports/logs.ts';
import type { MailOrigin, RawMail } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Delivery, ExchangeFacts } from '../ports/steps.ts';
import { withDeadline } from './deadline.ts';
import type { Plan, PlanEdge, PlanNode, ReceiverNode, StepNode } from './plan.ts';
import { makeTurnstile } from './turnstile.ts';

/**
 * The way of one message through a flow: reads the mail, runs the steps, hands it to receivers, and writes a line of the log for
 * each. What this means for anything outside is up to the caller: an exchange delivers and records, a simulation only shows.
 */

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

/** Runs `work`, which holds this mail in memory, when there is room for it. */
export function whenItFits<T>(raw: RawMail, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return largeMessages.pass(Math.min(raw.sizeBytes, maxHeldBytes), signal, work);
}

/** Everything the nodes on one way share. */
export interface Walk {
  plan: Plan;
  raw: RawMail;
  /** Where the mail lies in its mailbox; undefined when that is not known. */
  origin: MailOrigin | undefined;
  facts: ExchangeFacts;
  attempt: number;
  secrets: Secrets;
  outboxDirectory: string;
  clock: Clock;
  signal: AbortSignal;
  /** A line for each node, in the order in which they began. */
  steps: RunStepRow[];
  hooks: WalkHooks;
}

export interface WalkHooks {
  /** Why the step at this place does not run this time, in words for the log; undefined when it does. */
  restOf: (place: string) => string | undefined;
  /** A step has run. */
  passed: (place: string) => void;
  /** Sent along with the call at this place, for the receiver to tell repetitions by. */
  idempotencyKeyOf: (place: string) => string;
  /** Hands a message to a receiver, usually by `callReceiver`, and notes how that went. */
  deliver: (call: Call, note: Note) => Promise<void>;
  /** A branch has failed and ends here; the others go on. Throws what is to end the whole walk instead. */
  failed: (error: unknown, node: PlanNode, place: string) => void;
  /** A node begins. */
  begun?: (visit: Pick<Visit, 'step' | 'from'>) => Promise<void> | void;
  /** A node is done, with or without success. The walk waits for the answer before it goes on. */
  seen?: (visit: Visit) => Promise<void> | void;
}

export interface Call {
  node: ReceiverNode;
  message: Message;
  /** Ids of the nodes from the sender to this one, which a call is known by: `mail/filter/http`. */
  place: string;
  idempotencyKey: string;
}

/** One node that a message came to. */
export interface Visit {
  step: RunStepRow;
  /** Position of the line of the node it came from; null for the sender. */
  from: number | null;
  /** As it left the node; null when the node failed or did not run. */
  message: Message | null;
}

/** Fills in the line of the log: how it went, and by which output the message left. */
export type Note = (outcome: RunStepOutcome, summary: string, port?: string) => void;

/** A message that has left the node of this line. */
export interface Departure {
  message: Message;
  position: number;
}

/** Reads the mail, which is what the sender does on the way. */
export function readMessage(walk: Walk): Promise<Departure> {
  const { plan, raw, origin, facts, secrets } = walk;
  const { adapter, config } = plan.sender;
  return record(walk, plan.sender, { edgeId: null, from: null, idempotencyKey: null }, async (note) => {
    const { message, summary } = await withDeadline(
      parseDeadlineMs,
      walk.signal,
      () => new FlowError('MAIL_NOT_PARSEABLE', { reason: `reading it took longer than ${parseDeadlineMs / 1000} s` }),
      (signal) => adapter.parse(raw, config, { secrets, signal, ...(origin ? { origin } : {}) }),
    );
    note('completed', summary);
    const properties = {
      ...message.properties,
      'exchange.id': facts.exchangeId,
      'exchange.receivedAt': facts.receivedAt.toISOString(),
      'flow.name': facts.flowName,
    };
    return { ...message, properties };
  });
}

/** The whole way after the sender. Rejects only with what `failed` throws. */
export function walkOn(walk: Walk, read: Departure): Promise<void> {
  const { id, next } = walk.plan.sender;
  return takeEdges(walk, next, read, id);
}

/**
 * Hands the message over each edge in turn. A branch that fails does not hold back the others:
 * what they deliver is recorded and not repeated when the message is tried again.
 */
async function takeEdges(walk: Walk, edges: PlanEdge[], left: Departure, path: string): Promise<void> {
  for (const edge of edges) {
    const place = `${path}/${edge.node.id}`;
    try {
      await visit(walk, edge, left, place);
    } catch (error) {
      walk.hooks.failed(error, edge.node, place);
    }
  }
}

function visit(walk: Walk, { id: edgeId, node }: PlanEdge, left: Departure, place: string): Promise<void> {
  const arrival = { edgeId, from: left.position, message: left.message, place };
  return node.kind === 'receiver' ? visitReceiver(walk, node, arrival) : visitStep(walk, node, arrival);
}

/** How a message came to a node. */
interface Arrival {
  edgeId: string;
  from: number;
  message: Message;
  place: string;
}

async function visitStep(walk: Walk, node: StepNode, { edgeId, from, message, place }: Arrival): Promise<void> {
  const rest = walk.hooks.restOf(place);
  let leavesBy: string | undefined;
  const left = await record(walk, node, { edgeId, from, idempotencyKey: null }, async (note) => {
    if (rest !== undefined) {
      note('skipped', rest);
      return null;
    }
    const result = await withDeadline(stepDeadlineMs, walk.signal, timeoutOf(node.name, stepDeadlineMs), async (signal) =>
      node.step.run(message, node.config, { ...walk.facts, signal }),
    );
    if (result.to === 'next') leavesBy = result.port ?? '';
    note(result.to === 'stop' ? 'stopped' : 'completed', result.summary, result.port);
    return result.message;
  });
  if (!left.message) return;
  walk.hooks.passed(place);
  const edges = node.next.filter(({ port }) => port === leavesBy);
  await takeEdges(walk, edges, { ...left, message: left.message }, place);
}

async function visitReceiver(walk: Walk, node: ReceiverNode, { edgeId, from, message, place }: Arrival): Promise<void> {
  const idempotencyKey = walk.hooks.idempotencyKeyOf(place);
  await record(walk, node, { edgeId, from, idempotencyKey }, async (note) => {
    await walk.hooks.deliver({ node, message, place, idempotencyKey }, note);
    return message;
  });
}

/** Makes the call, with all that a receiver is given. */
export function callReceiver(walk: Walk, { node, message, idempotencyKey }: Call): Promise<Delivery> {
  const { plan, raw, secrets, outboxDirectory } = walk;
  return withDeadline(receiverDeadlineMs, walk.signal, timeoutOf(node.name, receiverDeadlineMs), (signal) =>
    node.receiver.deliver(message, node.config, {
      ...walk.facts,
      signal,
      idempotencyKey,
      secrets,
      raw,
      openAttachment: (attachment) => plan.sender.adapter.openAttachment(raw, attachment.index, plan.sender.config, { secrets, signal }),
      outboxDirectory,
    }),
  );
}

export function timeoutOf(step: string, ms: number): () => FlowError {
  return () => new FlowError('EXCHANGE_TIMEOUT', { step, seconds: ms / 1_000 });
}

/** Runs one node and writes its line of the log, whatever the end. */
async function record<M extends Message | null>(
  walk: Walk,
  node: { id: string; name: string; type: string },
  { edgeId, from, idempotencyKey }: { edgeId: string | null; from: number | null; idempotencyKey: string | null },
  work: (note: Note) => Promise<M>,
): Promise<{ message: M; position: number }> {
  const { clock, steps, hooks } = walk;
  const step: RunStepRow = {
    attempt: walk.attempt,
    position: steps.length,
    nodeId: node.id,
    name: node.name,
    type: node.type,
    outcome: 'running',
    startedAt: clock.now(),
    endedAt: null,
    error: null,
    summary: '',
    idempotencyKey,
    edgeId,
    port: null,
  };
  steps.push(step);
  await hooks.begun?.({ step, from });
  const message = await work((outcome, summary, port) => Object.assign(step, { outcome, summary, port: port ?? null })).catch(
    async (error: unknown) => {
      Object.assign(step, { outcome: 'failed', error: asFlowError(error).view(), endedAt: clock.now() });
      await hooks.seen?.({ step, from, message: null });
      throw error;
    },
  );
  step.endedAt = clock.now();
  await hooks.seen?.({ step, from, message: step.outcome === 'skipped' ? null : message });
  return { message, position: step.position };
}
