import { createHash, randomUUID } from 'node:crypto';
import { asFlowError, FlowError } from '../../shared/errors.ts';
import { nextRun } from '../../shared/schedule.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events, Locks } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';
import type { MailboxId, MailboxSession, PollPlan, SenderAdapter } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Ledger, NextPoll, ScheduleStore, SignInPauses } from '../ports/runtime.ts';
import type { Behaviours, BoundConfig } from './behaviours.ts';
import { accountOf, ChannelStopped, holdMailbox, type Hold } from './hold.ts';
import { takeInMails, turnOf } from './intake.ts';
import { closeVisit, settleOwed, settleWhileExchangesEnd, type PostProcess } from './post-process.ts';
import { resolveScope } from './renumbering.ts';
import { pollBackOffMs } from './retry.ts';

/** One poll: one visit to one mailbox, from lock to sign-out, with its line in the poll log whatever happens. */

export interface PollParts {
  schedule: ScheduleStore;
  ledger: Ledger;
  pauses: SignInPauses;
  locks: Locks;
  blobs: BlobStore;
  secrets: Secrets;
  behaviours: Behaviours;
  events: Events;
  clock: Clock;
  log: Logger;
  worker: string;
}

/** What a visit came to. */
interface Visit {
  /** More mails wait on the server. */
  isFull: boolean;
  /** Sign-in was refused, now or before: until when the account rests. */
  pausedUntil?: Date | undefined;
}

export async function runPoll(parts: PollParts, channel: ChannelRow, signal: AbortSignal): Promise<void> {
  const poll = emptyPoll(parts, channel);
  await parts.schedule.beginPoll(poll);
  parts.events.publish({ kind: 'poll', id: channel.flowId });
  const visit: Visit = { isFull: false };
  let failure: FlowError | undefined;
  try {
    const adapter = parts.behaviours.senders.get(channel.type);
    if (!adapter) throw new FlowError('NOT_FOUND', { what: 'adapter', id: channel.type });
    await visitMailbox(parts, adapter, channel, poll, visit, signal);
    poll.result = 'completed';
  } catch (error) {
    if (error instanceof ChannelStopped || signal.aborted) poll.result = 'skipped';
    else failure = asFlowError(error);
  }
  if (failure) noteFailure(parts, channel, poll, failure);
  poll.endedAt = parts.clock.now();
  await parts.schedule.finishPoll(poll, { dueAt: channel.nextPollAt, ...nextStep(parts, channel, poll, visit) });
  parts.events.publish({ kind: 'poll', id: channel.flowId });
}

async function visitMailbox(
  parts: PollParts,
  adapter: SenderAdapter,
  channel: ChannelRow,
  poll: PollRow,
  visit: Visit,
  signal: AbortSignal,
): Promise<void> {
  const config = channel.config as BoundConfig;
  const plan = adapter.plan(config);
  const { mailbox, credential } = await adapter.identify(config, parts.secrets);
  const { host, user } = mailbox;
  const account = accountOf(mailbox);
  visit.pausedUntil = await parts.pauses.until(account);
  if (visit.pausedUntil) throw new FlowError('MAIL_SIGN_IN_PAUSED', { host, user, until: visit.pausedUntil.toISOString() });

  const hold = await holdMailbox(parts, channel, mailbox, plan.lockTimeoutMs, signal);
  let session: MailboxSession | undefined;
  try {
    session = await adapter.open(config, { secrets: parts.secrets, signal: hold.signal, log: parts.log });
    await parts.pauses.clear(account);
    hold.progress();
    visit.isFull = await workThrough(parts, { adapter, plan, channel, mailbox, session, hold, poll });
  } catch (error) {
    if (error instanceof FlowError && error.code === 'MAIL_SIGN_IN_REFUSED')
      visit.pausedUntil = await parts.pauses.refused(account, credential);
    // A cut by the lock's watch surfaces as whatever the socket said; its own reason is the better one.
    throw hold.signal.aborted && !signal.aborted ? hold.signal.reason : error;
  } finally {
    session?.destroy();
    await hold.release();
  }
}

interface OpenVisit {
  adapter: SenderAdapter;
  plan: PollPlan;
  channel: ChannelRow;
  mailbox: MailboxId;
  session: MailboxSession;
  hold: Hold;
  poll: PollRow;
}

/** What is owed, what is new, what became owed meanwhile. Returns whether more mails wait on the server. */
async function workThrough(parts: PollParts, { adapter, plan, channel, mailbox, session, hold, poll }: OpenVisit): Promise<boolean> {
  const { ledger, blobs, events } = parts;
  const listing = await session.list();
  hold.progress();
  poll.listed = listing.mails.length;
  poll.notes.push(...listing.notes);
  const { scope, note } = await resolveScope(ledger, channel, mailbox, listing, hold.fence);
  if (note) poll.notes.push(note);

  const shared = { ledger, session, scope, fence: hold.fence, poll, signal: hold.signal, onProgress: hold.progress };
  const settling: PostProcess = { ...shared, unconfirmed: new Map() };
  await settleOwed(settling);
  const fresh = await ledger.fresh(scope, listing.mails);
  poll.known = listing.mails.length - fresh.length;
  const turn = turnOf(fresh, plan);
  const onTaken = (ids: string[]) => ids.forEach((id) => events.publish({ kind: 'message', id }));
  await takeInMails({ ...shared, blobs, adapter, channel, plan, onTaken }, turn);
  const isFull = fresh.length > turn.length;
  if (isFull) await settleOwed(settling);
  else await settleWhileExchangesEnd(settling);
  hold.signal.throwIfAborted();
  await closeVisit(settling);
  return isFull;
}

function noteFailure(parts: PollParts, channel: ChannelRow, poll: PollRow, failure: FlowError): void {
  poll.result = failure.code === 'MAIL_LOCK_HELD' ? 'skipped' : 'failed';
  poll.error = failure.view();
  const facts = { channel: channel.name, flowId: channel.flowId, code: failure.code, reason: failure.message };
  if (failure.code === 'INTERNAL') parts.log.error({ ...facts, error: failure.cause }, 'a poll failed unexpectedly');
  else parts.log.info(facts, 'a poll failed');
}

/** A full poll is followed at once by the next, a failed one by a try with back-off, any other by the schedule. */
export function nextStep(
  parts: Pick<PollParts, 'clock' | 'behaviours'>,
  channel: ChannelRow,
  poll: Pick<PollRow, 'result'>,
  visit: Visit,
): Omit<NextPoll, 'dueAt'> {
  const now = parts.clock.now();
  if (poll.result === 'failed') {
    const failuresInRow = channel.failuresInRow + 1;
    const nextPollAt = visit.pausedUntil ?? new Date(now.getTime() + pollBackOffMs(failuresInRow));
    return { health: 'failing', nextPollAt, failuresInRow, isSuccess: false };
  }
  const adapter = parts.behaviours.senders.get(channel.type);
  const schedule = adapter?.plan(channel.config as BoundConfig).schedule;
  const scheduled = schedule ? nextRun(schedule, now, offsetOf(channel)) : now;
  if (poll.result === 'skipped') {
    const soon = new Date(now.getTime() + pollBackOffMs(1));
    return {
      health: channel.health,
      nextPollAt: soon < scheduled ? soon : scheduled,
      failuresInRow: channel.failuresInRow,
      isSuccess: false,
    };
  }
  return { health: 'ok', nextPollAt: visit.isFull ? now : scheduled, failuresInRow: 0, isSuccess: true };
}

/** Spreads channels over their interval, so that they don't all sign in at :00. */
function offsetOf(channel: ChannelRow): number {
  return createHash('sha256').update(channel.id).digest().readUInt32BE();
}

function emptyPoll(parts: PollParts, channel: ChannelRow): PollRow {
  return {
    id: randomUUID(),
    channelId: channel.id,
    flowId: channel.flowId,
    nodeId: channel.nodeId,
    startedAt: parts.clock.now(),
    endedAt: null,
    result: 'running',
    listed: 0,
    known: 0,
    taken: 0,
    quarantined: 0,
    postProcessed: 0,
    bytes: 0,
    error: null,
    notes: [],
    worker: parts.worker,
  };
}
