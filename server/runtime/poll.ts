import { randomUUID } from 'node:crypto';
import { asFlowError, type ErrorCode, type FlowError } from '../../shared/errors.ts';
import { nextRun, offsetOf } from '../../shared/schedule-runs.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';
import type { ClaimedChannel, NextPoll, ScheduleStore } from '../ports/runtime.ts';
import { passing } from '../ports/way-points.ts';
import type { BoundConfig } from './behaviours.ts';
import { pause } from './deadline.ts';
import { ChannelStopped, maxStandingPerAccount } from './hold.ts';
import type { Places } from './places.ts';
import { pollWaitMs } from './poll-back-off.ts';
import type { Waiters } from './share.ts';
import { stand, type StandParts } from './stand.ts';
import {
  leave,
  openVisit,
  reasonOf,
  restOf,
  signOut,
  workThrough,
  type Outcome,
  type Polled,
  type Visit,
  type VisitParts,
  type Work,
} from './visit.ts';

/** One poll: one look at one mailbox, with its line in the poll log whatever happens. */

export interface PollParts extends VisitParts, Pick<StandParts, 'bells'> {
  schedule: ScheduleStore;
  /** For polls that are at work. */
  places: Places;
  /** For connections that wait for mail. */
  standing: Places;
  waiters: Waiters;
  worker: string;
}

/** Polls a claimed channel, and goes on holding its connection where it is one that waits for mail. */
export async function runPoll(parts: PollParts, channel: ClaimedChannel, signal: AbortSignal): Promise<void> {
  let current = channel;
  let notes: string[] = [];
  for (;;) {
    const giveBack = await parts.places.take(signal);
    if (!giveBack) return parts.schedule.releaseClaim(current.id, { startedAt: parts.clock.now(), worker: parts.worker });
    const polled = await pollWhole(parts, current, notes, signal).finally(giveBack);
    if (!polled) return;
    const lost = await stand({ ...parts, pollAgain: pollOn(parts) }, polled, signal);
    if (lost === undefined) return;
    notes = [`The connection that waited for new mail was lost, and a new one made. ${lost}`];
    current = { ...channel, nextPollAt: polled.nextPollAt, failuresInRow: 0, health: 'ok' };
    // Not all at once where a server has restarted.
    await pause(250 + Math.random() * 1_500, signal);
  }
}

/** Polls until the mailbox has no more, or others are waiting for their turn. */
async function pollWhole(parts: PollParts, channel: ClaimedChannel, notes: string[], signal: AbortSignal): Promise<Polled | undefined> {
  let polled = await firstPoll(parts, channel, notes, signal);
  while (polled?.goesOn) polled = await nextPoll(parts, polled.visit, polled.nextPollAt, signal);
  return polled;
}

/** @returns the open visit where it stays; undefined when it has ended, well or not */
async function firstPoll(parts: PollParts, channel: ClaimedChannel, notes: string[], signal: AbortSignal): Promise<Polled | undefined> {
  return recorded(parts, channel, signal, 0, async (poll, outcome) => {
    poll.notes.push(...notes);
    const visit = await openVisit(parts, channel, outcome, signal);
    const isOnlyTelling = !channel.isDue;
    if (isOnlyTelling) poll.notes.push('No poll was due: the server was only told what became of mails taken before.');
    const isStaying = !isOnlyTelling && canStay(parts, visit, poll);
    return workAndLeave(parts, visit, poll, outcome, { isNewOnly: false, isStaying, isOnlyTelling }, signal);
  });
}

/** Takes what a full poll has left over its connection: signing in and listing anew for each poll cost a fifth of a drain (docs/adr/0014). */
function nextPoll(parts: PollParts, visit: Visit, dueAt: Date, signal: AbortSignal): Promise<Polled | undefined> {
  const work = { isNewOnly: false, isStaying: false };
  return recorded(parts, polledBefore(visit, dueAt), signal, 0, (poll, outcome) => workAndLeave(parts, visit, poll, outcome, work, signal));
}

/** Polls again over an open connection; it is left where that fails. */
function pollOn(parts: PollParts) {
  return (visit: Visit, dueAt: Date, isNewOnly: boolean, signal: AbortSignal): Promise<Polled | undefined> =>
    recorded(parts, polledBefore(visit, dueAt), signal, showAfterMs, (poll, outcome) =>
      workAndLeave(parts, visit, poll, outcome, { isNewOnly, isStaying: true }, signal),
    );
}

function polledBefore({ channel }: Visit, dueAt: Date): ClaimedChannel {
  return { ...channel, isDue: true, nextPollAt: dueAt, failuresInRow: 0, health: 'ok' };
}

/** @returns the visit where its connection stays open */
async function workAndLeave(
  parts: PollParts,
  visit: Visit,
  poll: PollRow,
  outcome: Outcome,
  work: Work,
  signal: AbortSignal,
): Promise<Visit | undefined> {
  try {
    await workThrough(parts, visit, poll, outcome, work);
    outcome.goesOn = !work.isStaying && isWorthIt(parts, visit, outcome);
    if (work.isStaying || outcome.goesOn) return visit;
    await signOut(parts, visit, poll);
  } catch (error) {
    await leave(visit);
    throw reasonOf(visit.hold, signal, error);
  }
  await leave(visit);
  return undefined;
}

/** Other mailboxes come first where they wait for a place; what back-pressure left has to wait as well. */
function isWorthIt({ places, clock }: PollParts, visit: Visit, { pausedBy }: Outcome): boolean {
  return pausedBy === undefined && places.free() > 0 && restOf(visit, clock.now()) !== undefined;
}

/** Whether the connection may wait for mail after this poll; says so in the poll where it can't although it should. */
function canStay({ standing, clock }: PollParts, { plan, session, hold }: Visit, poll: PollRow): boolean {
  if (!plan.isStanding || !session.wait) return false;
  if (nextRun(plan.schedule, clock.now()) === undefined) {
    poll.notes.push('The schedule has no further run: the connection does not wait for new mail.');
    return false;
  }
  if (hold.place > maxStandingPerAccount) {
    poll.notes.push(`${maxStandingPerAccount} connections of this account wait for new mail already: this one is polled on schedule only.`);
    return false;
  }
  if (standing.free() === 0) {
    poll.notes.push('This worker holds as many waiting connections as it may: this mailbox is polled on schedule only.');
    return false;
  }
  return true;
}

/** Over an open connection most polls are over before anybody could see them running: their line is written once, at the end. */
const showAfterMs = 1_000;

/** Runs one poll and writes its line. Only a poll that returned its visit keeps the claim on the channel. */
async function recorded(
  parts: PollParts,
  channel: ClaimedChannel,
  signal: AbortSignal,
  beginsAfterMs: number,
  work: (poll: PollRow, outcome: Outcome) => Promise<Visit | undefined>,
): Promise<Polled | undefined> {
  const poll = emptyPoll(parts, channel);
  // Side by side with the work: new mail does not wait for the line that says it is being looked for.
  const ended = new AbortController();
  const begun = begin(parts, poll, beginsAfterMs, ended.signal);
  const outcome: Outcome = { isFull: false };
  let visit: Visit | undefined;
  let failure: FlowError | undefined;
  try {
    visit = await work(poll, outcome);
    poll.result = outcome.pausedBy ? 'paused' : 'completed';
    poll.error = outcome.pausedBy?.view() ?? null;
  } catch (error) {
    outcome.isBrokenOff = signal.aborted;
    if (error instanceof ChannelStopped || signal.aborted) poll.result = 'skipped';
    else failure = asFlowError(error);
  }
  ended.abort();
  if (failure) noteFailure(parts, channel, poll, failure);
  if (poll.result !== 'skipped') parts.patience.learn(channel.id, failure?.code);
  poll.endedAt = parts.clock.now();
  const next = channel.isDue ? nextStep(parts, channel, poll, outcome) : asBefore(channel, poll);
  // No run is left, so that nothing would ever come after this poll.
  const stays = visit !== undefined && next.nextPollAt !== null;
  if (visit && !stays) await leave(visit);
  try {
    await begun;
    await passing('poll.worked', channel.id);
    const { goesOn = false } = outcome;
    const isStanding = stays && !goesOn;
    const refusal = failure && saidByServer.has(failure.code) ? failure.details : undefined;
    const serverSaid = refusal ?? outcome.serverSaid;
    await parts.schedule.finishPoll(poll, {
      dueAt: channel.nextPollAt,
      version: channel.version,
      ...next,
      isClaimed: stays,
      isStanding,
      serverSaid,
    });
    await passing('poll.finished', channel.id);
  } catch (error) {
    if (visit) await leave(visit);
    throw error;
  }
  parts.events.publish({ kind: 'poll', id: channel.flowId });
  return visit && next.nextPollAt ? { visit, poll, nextPollAt: next.nextPollAt, goesOn: outcome.goesOn ?? false } : undefined;
}

/** Never rejects: the line is written at the end in any case. */
async function begin({ schedule, events, log }: PollParts, poll: PollRow, afterMs: number, ended: AbortSignal): Promise<void> {
  if (afterMs > 0) await pause(afterMs, ended);
  if (ended.aborted) return;
  await schedule.beginPoll(poll).catch((error: unknown) => log.warn({ error: String(error) }, 'the begin of a poll could not be written'));
  events.publish({ kind: 'poll', id: poll.flowId });
}

/** Their details are the words of the mail server. */
const saidByServer = new Set<ErrorCode>([
  'MAIL_SIGN_IN_REFUSED',
  'MAIL_SIGN_IN_UNAVAILABLE',
  'MAIL_TOO_MANY_CONNECTIONS',
  'MAIL_FOLDER_MISSING',
  'MAIL_FOLDER_READ_ONLY',
  'MAIL_SEARCH_REFUSED',
]);

/** Says nothing about the mailbox or the channel: another holds the lock, or a person took it away. */
const noFaults = new Set<ErrorCode>(['MAIL_LOCK_HELD', 'MAIL_LOCK_RELEASED']);

function noteFailure(parts: PollParts, channel: ChannelRow, poll: PollRow, failure: FlowError): void {
  poll.result = noFaults.has(failure.code) ? 'skipped' : 'failed';
  poll.error = failure.view();
  const facts = { channel: channel.name, flowId: channel.flowId, code: failure.code, reason: failure.message };
  if (failure.code === 'INTERNAL') parts.log.error({ ...facts, error: failure.cause }, 'a poll failed unexpectedly');
  else parts.log.info(facts, 'a poll failed');
}

/** When intake goes on, paused channels are polled at once; this is for when that word is lost. */
const pausedPollMs = 30_000;

/**
 * A full poll is followed at once by the next, a failed one by a try with back-off, any other by the schedule. A run that fails
 * or is skipped is made up until it has completed once, also outside its hours: only then has the schedule its say, or its end.
 */
export function nextStep(
  parts: Pick<PollParts, 'clock' | 'behaviours'>,
  channel: ChannelRow,
  poll: Pick<PollRow, 'result'> & Partial<Pick<PollRow, 'error'>>,
  outcome: Outcome,
): Omit<NextPoll, 'dueAt' | 'version' | 'isClaimed' | 'isStanding' | 'serverSaid'> {
  const now = parts.clock.now();
  if (poll.result === 'failed') {
    const failuresInRow = channel.failuresInRow + 1;
    const nextPollAt = outcome.pausedUntil ?? new Date(now.getTime() + pollWaitMs(failuresInRow, poll.error?.code));
    return { health: 'failing', nextPollAt, failuresInRow, isSuccess: false };
  }
  const adapter = parts.behaviours.senders.get(channel.type);
  const schedule = adapter?.plan(channel.config as BoundConfig).schedule;
  const scheduled = schedule ? (nextRun(schedule, runOf(channel, now), offsetOf(channel)) ?? null) : now;
  if (poll.result === 'paused') {
    const again = new Date(now.getTime() + pausedPollMs);
    return { health: 'paused', nextPollAt: scheduled && scheduled < again ? scheduled : again, failuresInRow: 0, isSuccess: false };
  }
  if (poll.result === 'skipped') {
    const soon = outcome.isBrokenOff ? now : new Date(now.getTime() + pollWaitMs(1, undefined));
    return {
      health: channel.health,
      nextPollAt: scheduled && scheduled < soon ? scheduled : soon,
      failuresInRow: channel.failuresInRow,
      isSuccess: false,
    };
  }
  return { health: 'ok', nextPollAt: outcome.isFull ? now : scheduled, failuresInRow: 0, isSuccess: true };
}

/** A visit that only told the server something changes nothing of the schedule. */
function asBefore(channel: ChannelRow, { result }: PollRow): Omit<NextPoll, 'dueAt' | 'version' | 'isClaimed' | 'isStanding'> {
  const { health, nextPollAt, failuresInRow } = channel;
  if (result === 'failed') return { health: 'failing', nextPollAt, failuresInRow: failuresInRow + 1, isSuccess: false };
  if (result === 'skipped') return { health, nextPollAt, failuresInRow, isSuccess: false };
  return { health: 'ok', nextPollAt, failuresInRow: 0, isSuccess: false };
}

/** The moment after which the next run is looked for: a clock a little behind would see the run just made once more. */
function runOf({ nextPollAt }: ChannelRow, now: Date): Date {
  return nextPollAt && nextPollAt > now && nextPollAt.getTime() - now.getTime() < 1_000 ? nextPollAt : now;
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
    readElsewhere: 0,
    unreadAgain: 0,
    skippedBySearch: 0,
    beforeStart: 0,
    bytes: 0,
    error: null,
    notes: [],
    worker: parts.worker,
  };
}
