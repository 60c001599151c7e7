import { FlowError, type ErrorCode } from '../../shared/errors.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';
import type { ListedMail, Listing, MailboxId, MailboxSession, PollPlan, SenderAdapter } from '../ports/mailbox.ts';
import type { FreshMail, Ledger, LedgerScope, Owed, SignInPauses } from '../ports/runtime.ts';
import type { Secrets } from '../ports/secrets.ts';
import { passing } from '../ports/way-points.ts';
import type { Behaviours, BoundConfig } from './behaviours.ts';
import { accountOf, mailboxKey, type Hold, type Holds } from './hold.ts';
import { takeInMails, turnOf } from './intake.ts';
import type { Patience } from './patience.ts';
import type { Pressure } from './pressure.ts';
import { closeVisit, noteRefused, settleOwed, settleWhileExchangesEnd, type PostProcess } from './post-process.ts';
import { resolveScope } from './renumbering.ts';
import { countReadElsewhere, selectMails } from './selection.ts';

/** An open, signed-in connection to one mailbox that this worker holds, and the work done over it. */

export interface VisitParts {
  ledger: Ledger;
  pauses: SignInPauses;
  holds: Holds;
  pressure: Omit<Pressure, 'close'>;
  patience: Patience;
  blobs: BlobStore;
  secrets: Secrets;
  behaviours: Behaviours;
  events: Events;
  clock: Clock;
  log: Logger;
}

export interface Visit {
  adapter: SenderAdapter;
  plan: PollPlan;
  channel: ChannelRow;
  mailbox: MailboxId;
  session: MailboxSession;
  hold: Hold;
  openedAt: Date;
  /** The numbering of the newest listing. */
  scope: LedgerScope;
  /** Sent to the server, its answer still to come. */
  unconfirmed: Map<string, Owed>;
  /** What the last poll over this connection has left for the next. */
  rest: Rest | undefined;
}

/** Mails of a listing that are still to be taken in, so that a mailbox with many is not listed again for each poll. */
interface Rest {
  mails: FreshMail[];
  listing: Pick<Listing, 'nextUid'>;
  listedAt: Date;
  /** Of the listing some were not looked at. */
  isMore: boolean;
}

/** Older listings are made anew: others may have read, moved or deleted mails since. */
const restKeptMs = 60_000;
/** About 10 MB; what is behind it comes with another listing. */
const maxRestMails = 50_000;

/** What a poll came to, besides its counts. */
export interface Outcome {
  /** More mails wait on the server. */
  isFull: boolean;
  /** They are taken over the same connection. */
  goesOn?: boolean;
  /** This worker stops: another goes on at once. */
  isBrokenOff?: boolean;
  /** What the mail server greeted with. */
  serverSaid?: string;
  /** Back-pressure left mails on the server. */
  pausedBy?: FlowError | undefined;
  /** Sign-in was refused, now or before: until when the account rests. */
  pausedUntil?: Date | undefined;
}

/**
 * Takes the lock, connects and signs in. Whoever gets a visit has to `leave` it.
 *
 * @throws FlowError MAIL_*
 */
export async function openVisit(parts: VisitParts, channel: ChannelRow, outcome: Outcome, signal: AbortSignal): Promise<Visit> {
  const adapter = parts.behaviours.senders.get(channel.type);
  if (!adapter) throw new FlowError('NOT_FOUND', { what: 'adapter', id: channel.type });
  const config = channel.config as BoundConfig;
  const plan = adapter.plan(config);
  const openedAt = parts.clock.now();
  const { mailbox, credential } = await adapter.identify(config, parts.secrets);
  const { host, user } = mailbox;
  const account = accountOf(mailbox);
  outcome.pausedUntil = await parts.pauses.until(account);
  if (outcome.pausedUntil) throw new FlowError('MAIL_SIGN_IN_PAUSED', { host, user, until: outcome.pausedUntil.toISOString() });

  const hold = await parts.holds.take(channel, mailbox, plan.lockTimeoutMs, signal);
  try {
    await passing('poll.locked', channel.id);
    const { secrets, log, patience } = parts;
    const session = await adapter.open(config, { secrets, signal: hold.signal, log, progressMs: patience.of(channel.id) });
    hold.progress();
    outcome.serverSaid = session.greeting;
    const scope = { channelId: channel.id, mailbox: mailboxKey(mailbox), epoch: '' };
    const visit = { adapter, plan, channel, mailbox, session, hold, openedAt, scope, unconfirmed: new Map(), rest: undefined };
    try {
      await passing('poll.signed-in', channel.id);
      await parts.pauses.clear(account);
    } catch (error) {
      session.destroy();
      throw error;
    }
    return visit;
  } catch (error) {
    if (error instanceof FlowError && refusals.has(error.code)) {
      outcome.pausedUntil = await parts.pauses.refused(account, credential);
    }
    await hold.release();
    throw reasonOf(hold, signal, error);
  }
}

/** More of these could have the account locked. */
const refusals = new Set<ErrorCode>(['MAIL_SIGN_IN_REFUSED', 'OAUTH2_TOKEN_REFUSED']);

/** Drops the connection and gives the mailbox back; safe at any time. */
export async function leave({ session, hold }: Visit): Promise<void> {
  session.destroy();
  await hold.release();
}

/** A cut by the watch over the lock surfaces as whatever the socket said; its own reason is the better one. */
export function reasonOf(hold: Hold, signal: AbortSignal, error: unknown): unknown {
  return hold.signal.aborted && !signal.aborted ? hold.signal.reason : error;
}

/** A poll whose connection stays open. */
export interface Polled {
  visit: Visit;
  poll: PollRow;
  nextPollAt: Date;
  /** For the next poll, which comes at once. */
  goesOn: boolean;
}

export interface Work {
  /** Only what the server has just told of is listed. */
  isNewOnly: boolean;
  /** The connection stays open: what becomes owed later is told then. */
  isStaying: boolean;
  /** Nothing is taken in: no poll was due, only something owed. */
  isOnlyTelling?: boolean;
}

/**
 * A server that drips makes progress for ever. Long enough for the largest mail that a person may let in over a slow line:
 * 1,000 MB at 1 Mbit/s.
 */
const longestPollMs = 3 * 60 * 60_000;

/** What is owed, what is new, what became owed meanwhile. Counts it all in `poll`. */
export async function workThrough(parts: VisitParts, visit: Visit, poll: PollRow, outcome: Outcome, work: Work): Promise<void> {
  const liftLimit = visit.hold.limit(longestPollMs);
  try {
    await workThroughMails(parts, visit, poll, outcome, work);
  } finally {
    liftLimit();
  }
}

async function workThroughMails(parts: VisitParts, visit: Visit, poll: PollRow, outcome: Outcome, work: Work): Promise<void> {
  const { ledger, blobs, events } = parts;
  const { plan, channel, hold } = visit;
  if (work.isOnlyTelling) {
    await list(parts, visit, poll, work);
    Object.assign(poll, await ledger.offers(visit.scope));
    return settleWhileExchangesEnd(settlingOf(parts, visit, poll));
  }
  const found = await findMails(parts, visit, poll, work);
  const selection = selectionOf(parts, visit, poll);
  if (!work.isNewOnly) await noteRefused(selection);
  await settleOwed(selection);
  const turn = turnOf(found.mails, plan);
  const onTaken = (ids: string[]) => ids.forEach((id) => events.publish({ kind: 'message', id }));
  const gate = gateOf(parts, channel, poll, outcome);
  const intake = { ...selection, blobs, onTaken, mayGoOn: (batch: ListedMail[]) => gate.mayGoOn(batch) };
  const isWhole = await takeInMails(intake, turn).finally(() => gate.close());
  const inTurn = new Set(turn);
  const left = found.mails.filter((mail) => !inTurn.has(mail));
  if (work.isNewOnly) Object.assign(poll, await ledger.offers(visit.scope));
  else await countReadElsewhere(selection, found.listing, left);
  outcome.isFull = found.isMore || left.length > 0;
  // In order, nothing may be taken that is behind one of the turn that is still to come.
  if (isWhole && left.length > 0) {
    visit.rest = { ...found, mails: left.slice(0, maxRestMails), isMore: found.isMore || left.length > maxRestMails };
  }
  if (outcome.isFull || outcome.pausedBy) await settleOwed(selection);
  else if (!work.isStaying) await settleWhileExchangesEnd(selection);
  hold.signal.throwIfAborted();
}

/** What is to be taken in: the rest of the poll before, or of a new listing what the channel selects. */
async function findMails(parts: VisitParts, visit: Visit, poll: PollRow, work: Work): Promise<Rest> {
  const now = parts.clock.now();
  const rest = work.isNewOnly ? undefined : restOf(visit, now);
  visit.rest = undefined;
  if (rest) {
    poll.listed = rest.mails.length;
    poll.notes.push('It went on with what the poll before it had listed.');
    return rest;
  }
  const listing = await list(parts, visit, poll, work);
  const { mails, isMore } = await selectMails(selectionOf(parts, visit, poll), listing, !work.isNewOnly);
  return { mails, isMore, listing, listedAt: now };
}

/** What the poll before has left, as long as it is worth something. */
export function restOf({ rest }: Visit, now: Date): Rest | undefined {
  return rest && now.getTime() - rest.listedAt.getTime() < restKeptMs ? rest : undefined;
}

async function list({ ledger }: VisitParts, visit: Visit, poll: PollRow, { isNewOnly }: Work): Promise<Listing> {
  const { channel, mailbox, session, hold } = visit;
  const scopeOf = (epoch: string) => ({ channelId: channel.id, mailbox: mailboxKey(mailbox), epoch });
  const listing = await session.list({ isNewOnly, knownOf: (uids, uidValidity) => ledger.knownOf(scopeOf(uidValidity), uids) });
  hold.progress();
  poll.listed = listing.mails.length;
  poll.notes.push(...listing.notes);
  const { scope, note } = await resolveScope(ledger, channel, mailbox, listing, hold.fence);
  visit.scope = scope;
  if (note) poll.notes.push(note);
  await passing('poll.listed', channel.id);
  return listing;
}

/** Back-pressure, which is told what this poll lets through and what it takes. */
function gateOf({ pressure }: VisitParts, { flowId }: ChannelRow, poll: PollRow, outcome: Outcome) {
  let told = { messages: poll.taken, bytes: poll.bytes };
  /** Let through and not taken yet: batches are fetched while those before them are still being stored. */
  const underWay = { messages: 0, bytes: 0 };
  const expect = (messages: number, bytes: number) => {
    underWay.messages += messages;
    underWay.bytes += bytes;
    pressure.expect(flowId, { messages, bytes });
  };
  const tell = () => {
    const taken = { messages: poll.taken - told.messages, bytes: poll.bytes - told.bytes };
    told = { messages: poll.taken, bytes: poll.bytes };
    pressure.took(flowId, taken);
    expect(-taken.messages, -taken.bytes);
  };
  return {
    async mayGoOn(batch: ListedMail[]) {
      tell();
      outcome.pausedBy = await pressure.stopFor(flowId);
      if (outcome.pausedBy) return false;
      expect(
        batch.length,
        batch.reduce((sum, mail) => sum + mail.sizeBytes, 0),
      );
      return true;
    },
    /** Whatever became of what was let through, nothing of it is under way any more. */
    close() {
      tell();
      expect(-underWay.messages, -underWay.bytes);
    },
  };
}

function selectionOf(parts: VisitParts, visit: Visit, poll: PollRow) {
  const { adapter, channel, plan } = visit;
  return { ...settlingOf(parts, visit, poll), adapter, channel, plan };
}

/** Tells the server what has become owed since the poll, and counts it there. */
export async function settleLater(parts: VisitParts, visit: Visit, poll: PollRow): Promise<void> {
  await settleOwed(settlingOf(parts, visit, poll));
}

/** Signs out; what only that makes certain is counted in `poll`. */
export async function signOut(parts: VisitParts, visit: Visit, poll: PollRow): Promise<void> {
  await closeVisit(settlingOf(parts, visit, poll));
}

function settlingOf({ ledger }: VisitParts, { session, scope, hold, plan, unconfirmed }: Visit, poll: PollRow): PostProcess {
  const { deleteAfterDays } = plan;
  return { ledger, session, scope, deleteAfterDays, fence: hold.fence, poll, signal: hold.signal, onProgress: hold.progress, unconfirmed };
}
