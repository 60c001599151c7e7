import type { SimulatedStep } from '../../shared/api/simulations.ts';
import { asFlowError, type ErrorView } from '../../shared/errors.ts';
import type { Clock } from '../ports/common.ts';
import type { Message } from '../../shared/flow.ts';
import type { MailOrigin, RawMail } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { ExchangeFacts } from '../ports/steps.ts';
import type { Plan } from './plan.ts';
import { changedParts } from './snapshot.ts';
import { callReceiver, readMessage, walkOn, whenItFits, type Visit, type Walk } from './walk.ts';

/**
 * One mail on its way through a plan, for a person to look at: the walk of an exchange, without its ledger, log, retries or
 * post-processing. Receivers are called only where that was asked for.
 */

export interface Simulation {
  plan: Plan;
  raw: RawMail;
  origin: MailOrigin | undefined;
  facts: ExchangeFacts;
  /** What a receiver does instead of being called; `live` calls it. */
  callOf: (nodeId: string) => 'mocked' | 'live' | 'recorded';
}

export interface SimulationParts {
  secrets: Secrets;
  outboxDirectory: string;
  clock: Clock;
}

const mockedSummaries = { mocked: 'Mocked: nothing was sent.', recorded: 'Not called again: see the log for what it answered.' };

/**
 * Ends when every way has ended; a way that fails holds back no other.
 *
 * @param emit told of each node when it begins and when it has ended; the walk waits for it
 * @throws the reason of `signal`
 */
export async function simulate(
  { secrets, outboxDirectory, clock }: SimulationParts,
  { plan, raw, origin, facts, callOf }: Simulation,
  emit: (step: SimulatedStep) => Promise<void> | void,
  signal: AbortSignal,
): Promise<{ status: 'COMPLETED' | 'FAILED'; error: ErrorView | null }> {
  const failures: ErrorView[] = [];
  const calls = new Map<string, Pick<SimulatedStep, 'call' | 'answer'>>();
  /** What left each line, so that only what changed is told. */
  const left = new Map<number, Message>();
  const fail = (error: unknown) => {
    signal.throwIfAborted();
    failures.push(asFlowError(error).view());
  };
  const tell = ({ step, from, message }: Visit) => {
    const { nodeId, name, edgeId, port, outcome, summary, error, position } = step;
    if (message) left.set(position, message);
    const before = from === null ? undefined : left.get(from);
    return emit({
      position,
      from,
      nodeId,
      name,
      edgeId,
      port,
      outcome,
      summary,
      error,
      startedAt: step.startedAt.toISOString(),
      endedAt: step.endedAt?.toISOString() ?? null,
      message: message ? changedParts(message, before) : null,
      call: null,
      ...(outcome === 'running' ? {} : calls.get(nodeId)),
    });
  };
  const walk: Walk = {
    plan,
    raw,
    origin,
    facts,
    secrets,
    outboxDirectory,
    clock,
    signal,
    attempt: 1,
    steps: [],
    hooks: {
      restOf: () => undefined,
      passed: () => undefined,
      // Never a key of a real call: a receiver that knows its keys must not take the one for the other.
      idempotencyKeyOf: (place) => `simulation/${facts.exchangeId}/${place}`,
      async deliver(call, note) {
        const { id } = call.node;
        const how = callOf(id);
        calls.set(id, { call: how });
        if (how !== 'live') return note('completed', mockedSummaries[how]);
        const { summary, answer } = await callReceiver(walk, call);
        calls.set(id, { call: how, answer });
        note('completed', summary);
      },
      failed: fail,
      begun: ({ step, from }) => tell({ step, from, message: null }),
      seen: tell,
    },
  };
  try {
    await whenItFits(raw, signal, async () => walkOn(walk, await readMessage(walk)));
  } catch (error) {
    fail(error);
  }
  return { status: failures.length > 0 ? 'FAILED' : 'COMPLETED', error: failures[0] ?? null };
}
