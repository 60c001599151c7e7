import { FlowError } from '../../shared/errors.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';
import type { FetchedMail, ListedMail, MailboxSession, PollPlan, SenderAdapter } from '../ports/mailbox.ts';
import type { Fence, FreshMail, IntakeMail, Ledger, LedgerScope } from '../ports/runtime.ts';
import { passing } from '../ports/way-points.ts';
import { unlessAborted } from './deadline.ts';

/** Intake: raw bytes to disk, then one transaction, and the mail is ours. */

const batchMails = 50;
const batchBytes = 8 * 1024 * 1024;
/** Batches that are stored and committed while the next is fetched. */
const maxFinishing = 2;
/** Tries before a mail that can't be fetched is set aside; the first is made together with others, the rest alone. */
const maxFetchTries = 4;

export interface Intake {
  ledger: Ledger;
  blobs: BlobStore;
  adapter: SenderAdapter;
  session: MailboxSession;
  scope: LedgerScope;
  channel: ChannelRow;
  plan: PollPlan;
  fence: Fence;
  /** Counted up as it goes. */
  poll: PollRow;
  /** Of the hold on the mailbox. */
  signal: AbortSignal;
  onProgress: () => void;
  onTaken: (messageIds: string[]) => void;
  /** Asked before each batch: whether it may be fetched, or back-pressure leaves it on the server for now. */
  mayGoOn: (batch: FreshMail[]) => Promise<boolean>;
}

/** What one poll takes at most, however many messages it may: the rest follows at once, after other mailboxes had their turn. */
const maxPollBytes = 512 * 1024 * 1024;

/**
 * The mails of one poll, up to *Max. Messages per Poll* and the cap on bytes: those that never failed before the others,
 * except where mails are processed in order.
 */
export function turnOf(fresh: FreshMail[], plan: Pick<PollPlan, 'maxMessages' | 'maxMailBytes' | 'isInOrder'>): FreshMail[] {
  const sorted = plan.isInOrder ? fresh : [...fresh.filter((mail) => mail.tries === 0), ...fresh.filter((mail) => mail.tries > 0)];
  const ordered = sorted.slice(0, plan.maxMessages);
  let bytes = 0;
  const end = ordered.findIndex((mail, index) => {
    // Larger ones are set aside without being fetched.
    if (mail.sizeBytes <= limitOf(mail, plan)) bytes += mail.sizeBytes;
    return index > 0 && bytes > maxPollBytes;
  });
  return end === -1 ? ordered : ordered.slice(0, end);
}

/** How large a mail may be: what the channel allows, or a person has allowed this one. */
function limitOf({ allowedBytes = 0 }: ListedMail, { maxMailBytes }: Pick<PollPlan, 'maxMailBytes'>): number {
  return Math.max(maxMailBytes, allowedBytes);
}

/**
 * Takes in what is new. Mails whose fetch failed before come last and one by one:
 * a mail that breaks the connection each time is found and set aside, and never keeps the others back.
 *
 * In order, they keep their place, and what is behind one that could not be taken in waits until it is taken in or set aside.
 *
 * @returns whether each of them is taken in or set aside
 */
export async function takeInMails(intake: Intake, fresh: FreshMail[]): Promise<boolean> {
  const fitting: FreshMail[] = [];
  for (const mail of fresh) {
    if (mail.sizeBytes > limitOf(mail, intake.plan)) await setAsideTooLarge(intake, mail, mail.sizeBytes);
    else fitting.push(mail);
  }
  const finishing: Promise<boolean>[] = [];
  let before = Promise.resolve(true);
  let isWhole = true;
  try {
    const groups = intake.plan.isInOrder ? orderedGroups(fitting) : groupsOf(fitting);
    for (const [index, group] of groups.entries()) {
      if (!(await intake.mayGoOn(group))) {
        intake.poll.notes.push(`${groups.slice(index).flat().length} mail(s) of this poll wait on the mail server.`);
        isWhole = false;
        break;
      }
      const fetched = await fetchGroup(intake, group);
      before = finishGroup(intake, fetched, before);
      // Looked at below; until then a failure must not count as unhandled.
      before.catch(() => undefined);
      finishing.push(before);
      if (fetched.isOver) break;
      if (finishing.length <= maxFinishing || (await finishing.shift())) continue;
      isWhole = false;
      if (intake.plan.isInOrder) break;
    }
    return (await Promise.all(finishing)).every(Boolean) && isWhole;
  } finally {
    // Nothing of this goes on when the poll is over.
    await Promise.allSettled(finishing);
  }
}

function groupsOf(mails: FreshMail[]): FreshMail[][] {
  const untried = mails.filter((mail) => mail.tries === 0);
  const suspects = mails.filter((mail) => mail.tries > 0).sort((a, b) => a.tries - b.tries);
  return [...inBatches(untried), ...suspects.map((mail) => [mail])];
}

function orderedGroups(mails: FreshMail[]): FreshMail[][] {
  const groups: FreshMail[][] = [];
  let untried: FreshMail[] = [];
  for (const mail of mails) {
    if (mail.tries === 0) {
      untried.push(mail);
      continue;
    }
    groups.push(...inBatches(untried), [mail]);
    untried = [];
  }
  return [...groups, ...inBatches(untried)];
}

function inBatches(mails: FreshMail[]): FreshMail[][] {
  const batches: FreshMail[][] = [];
  let batch: FreshMail[] = [];
  let bytes = 0;
  for (const mail of mails) {
    if (batch.length > 0 && (batch.length === batchMails || bytes + mail.sizeBytes > batchBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(mail);
    bytes += mail.sizeBytes;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

/** What was read of a group; its mails are still being stored. */
interface FetchedGroup {
  group: FreshMail[];
  /** Not handed out whole: left out of the answer, or the connection broke before its end. */
  unread: Map<string, FreshMail>;
  stored: { uid: string; storing: Promise<IntakeMail | undefined> }[];
  broken: unknown;
  /** Nothing more can be fetched. */
  isOver: boolean;
}

async function fetchGroup(intake: Intake, group: FreshMail[]): Promise<FetchedGroup> {
  const unread = new Map(group.map((mail) => [mail.uid, mail]));
  const stored: { uid: string; storing: Promise<IntakeMail | undefined> }[] = [];
  let broken: unknown;
  let isOver = false;
  try {
    for await (const mail of intake.session.fetch(group)) {
      const listed = unread.get(mail.uid);
      if (!listed) continue;
      intake.onProgress();
      // A file system that hangs must not hold the mailbox for good.
      const storing = unlessAborted(intake.signal, store(intake, listed, mail));
      // Failures are looked at when the group is finished; this keeps one from counting as unhandled until then.
      const isStored = storing.then(
        () => true,
        () => false,
      );
      stored.push({ uid: mail.uid, storing });
      // A streamed mail must be read before the next one can come.
      if (!(mail.bytes instanceof Uint8Array) && !(await isStored)) {
        isOver = true;
        break;
      }
      unread.delete(mail.uid);
    }
  } catch (error) {
    broken = error;
    isOver = true;
  }
  await passing('intake.fetched', intake.scope.channelId);
  return { group, unread, stored, broken, isOver };
}

/**
 * Commits what was stored, after the group before.
 *
 * @returns whether all of it is taken in or set aside
 */
async function finishGroup(
  intake: Intake,
  { group, unread, stored, ...fetched }: FetchedGroup,
  before: Promise<boolean>,
): Promise<boolean> {
  const results = await Promise.allSettled(stored.map(({ storing }) => storing));
  const missing = new Set([...unread.keys(), ...stored.filter((_, index) => results[index]?.status === 'rejected').map(({ uid }) => uid)]);
  const isNext = await before;
  if (!isNext && intake.plan.isInOrder) return false;
  const taken = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
  await commit(intake, intake.plan.isInOrder ? untilFirstMissing(group, missing, taken) : taken);
  const failures: unknown[] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const broken = fetched.broken ?? failures.find((failure) => failure instanceof BrokenOff)?.cause;
  const ours = failures.find((failure) => !(failure instanceof BrokenOff));
  // What we could not store, or stopped ourselves, says nothing about the mails.
  if (unread.size > 0 && ours === undefined && !isStopped(intake.signal)) await countFailures(intake, [...unread.values()], broken);
  if (ours ?? broken) throw ours ?? broken;
  return unread.size === 0;
}

/** What came before the first mail that did not: what is behind it must not overtake it. Their bytes are fetched again then. */
function untilFirstMissing(group: FreshMail[], missing: Set<string>, taken: IntakeMail[]): IntakeMail[] {
  const end = group.findIndex((mail) => missing.has(mail.uid));
  const order = new Map((end === -1 ? group : group.slice(0, end)).map((mail, index) => [mail.uid, index]));
  return taken.filter(({ uid }) => order.has(uid)).sort((a, b) => (order.get(a.uid) ?? 0) - (order.get(b.uid) ?? 0));
}

/** The bytes of a mail ended before the mail did. */
class BrokenOff extends Error {}

/** A large mail may take longer than the lock timeout, as long as it keeps coming. */
async function* watched(bytes: AsyncIterable<Uint8Array>, onProgress: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of bytes) {
      onProgress();
      yield piece;
    }
  } catch (cause) {
    throw new BrokenOff('the mail broke off', { cause });
  }
}

/** By a shutdown, a redeploy or the database; a visit that made no progress for too long was not stopped but stuck. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof FlowError);
}

async function store(intake: Intake, listed: ListedMail, mail: FetchedMail): Promise<IntakeMail | undefined> {
  let head: Uint8Array = new Uint8Array();
  try {
    const bytes = mail.bytes instanceof Uint8Array ? mail.bytes : watched(mail.bytes, intake.onProgress);
    const raw = await intake.blobs.put(bytes, {
      maxBytes: limitOf(listed, intake.plan),
      onStart: (first) => (head = first),
    });
    const { uid, sizeBytes, flags, arrivedAt } = listed;
    return {
      uid,
      raw,
      head: intake.adapter.readHead(head),
      listedBytes: sizeBytes,
      ...(flags ? { flags } : {}),
      ...(arrivedAt ? { arrivedAt } : {}),
    };
  } catch (error) {
    // The server had announced a smaller size than it sent.
    if (error instanceof FlowError && error.code === 'BLOB_TOO_LARGE') {
      await setAsideTooLarge(intake, listed, limitOf(listed, intake.plan) + 1, head);
      return undefined;
    }
    throw error;
  }
}

async function commit(intake: Intake, mails: IntakeMail[]): Promise<void> {
  if (mails.length === 0) return;
  await unlessAborted(intake.signal, intake.blobs.sync());
  await passing('intake.stored', intake.scope.channelId);
  const { postProcessing, postProcessWhen, onFailure } = intake.plan;
  const { taken, known, held } = await intake.ledger.takeIn({
    scope: intake.scope,
    channel: intake.channel,
    mails,
    owed: postProcessing !== 'none' && postProcessWhen === 'stored' ? postProcessing : null,
    onFailure,
    fence: intake.fence,
  });
  await passing('intake.committed', intake.scope.channelId);
  intake.poll.taken += taken.length;
  intake.poll.known += known;
  intake.poll.quarantined += held;
  intake.poll.bytes += mails.reduce((sum, mail) => sum + mail.raw.sizeBytes, 0);
  intake.onProgress();
  intake.onTaken(taken);
}

async function countFailures(intake: Intake, mails: ListedMail[], failure: unknown): Promise<void> {
  const uid = mails.map((mail) => mail.uid).join(', ');
  const cause = failure instanceof Error ? failure.message : 'the server left it out of its answer';
  const error = new FlowError('MAIL_NOT_FETCHABLE', { uid, tries: maxFetchTries }, { details: cause }).view();
  intake.poll.quarantined += await intake.ledger.fetchFailed(intake.scope, intake.channel, mails, maxFetchTries, error, intake.fence);
}

/** @param head what was read of it; asked for where that was nothing */
async function setAsideTooLarge(intake: Intake, mail: ListedMail, sizeBytes: number, head?: Uint8Array): Promise<void> {
  const limitMb = Math.floor(limitOf(mail, intake.plan) / 1024 / 1024);
  const reason = new FlowError('MAIL_TOO_LARGE', { sizeMb: (sizeBytes / 1024 / 1024).toFixed(1), limitMb }).view();
  const start = head ?? (await headOf(intake.session, mail));
  const aside = { ...mail, ...(start ? { head: intake.adapter.readHead(start) } : {}) };
  await intake.ledger.setAside(intake.scope, intake.channel, aside, reason, intake.fence);
  intake.poll.quarantined += 1;
  intake.onProgress();
}

/** So that people see whose mail it is; a server that gives heads only with the whole mail is not asked for that. */
async function headOf(session: MailboxSession, mail: ListedMail): Promise<Uint8Array | undefined> {
  let start: Uint8Array | undefined;
  try {
    for await (const { head } of session.heads([mail])) start ??= head;
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'MAIL_HEADS_NOT_OFFERED') throw error;
  }
  return start;
}
