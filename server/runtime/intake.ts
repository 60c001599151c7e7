import { FlowError } from '../../shared/errors.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollRow } from '../ports/logs.ts';
import type { FetchedMail, ListedMail, MailboxSession, PollPlan, SenderAdapter } from '../ports/mailbox.ts';
import type { Fence, IntakeMail, Ledger, LedgerScope } from '../ports/runtime.ts';

/** Intake: raw bytes to disk, then one transaction, and the mail is ours. */

const batchMails = 50;
const batchBytes = 8 * 1024 * 1024;
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
}

export type FreshMail = ListedMail & { tries: number };

/** What one poll takes at most, however many messages it may: the rest follows at once, after other mailboxes had their turn. */
const maxPollBytes = 512 * 1024 * 1024;

/** The mails of one poll: those that never failed before the others, up to *Max. Messages per Poll* and the cap on bytes. */
export function turnOf(fresh: FreshMail[], plan: Pick<PollPlan, 'maxMessages' | 'maxMailBytes'>): FreshMail[] {
  const ordered = [...fresh.filter((mail) => mail.tries === 0), ...fresh.filter((mail) => mail.tries > 0)].slice(0, plan.maxMessages);
  let bytes = 0;
  const end = ordered.findIndex((mail, index) => {
    // Larger ones are set aside without being fetched.
    if (mail.sizeBytes <= plan.maxMailBytes) bytes += mail.sizeBytes;
    return index > 0 && bytes > maxPollBytes;
  });
  return end === -1 ? ordered : ordered.slice(0, end);
}

/**
 * Takes in what is new. Mails whose fetch failed before come last and one by one:
 * a mail that breaks the connection each time is found and set aside, and never keeps the others back.
 */
export async function takeInMails(intake: Intake, fresh: FreshMail[]): Promise<void> {
  const fitting: FreshMail[] = [];
  for (const mail of fresh) {
    if (mail.sizeBytes > intake.plan.maxMailBytes) await setAsideTooLarge(intake, mail, mail.sizeBytes);
    else fitting.push(mail);
  }
  const untried = fitting.filter((mail) => mail.tries === 0);
  const suspects = fitting.filter((mail) => mail.tries > 0).sort((a, b) => a.tries - b.tries);
  for (const group of [...inBatches(untried), ...suspects.map((mail) => [mail])]) await takeInGroup(intake, group);
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

async function takeInGroup(intake: Intake, group: FreshMail[]): Promise<void> {
  /** Not handed out whole: left out of the answer, or the connection broke before its end. */
  const unread = new Map(group.map((mail) => [mail.uid, mail]));
  const stored: Promise<IntakeMail | undefined>[] = [];
  let broken: unknown;
  try {
    for await (const mail of intake.session.fetch(group)) {
      const listed = unread.get(mail.uid);
      if (!listed) continue;
      intake.onProgress();
      const storing = store(intake, listed, mail);
      // Failures are looked at below, together; this keeps one from counting as unhandled until then.
      const isStored = storing.then(
        () => true,
        () => false,
      );
      stored.push(storing);
      // A streamed mail must be read before the next one can come.
      if (!(mail.bytes instanceof Uint8Array) && !(await isStored)) break;
      unread.delete(mail.uid);
    }
  } catch (error) {
    broken = error;
  }
  const results = await Promise.allSettled(stored);
  await commit(
    intake,
    results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : [])),
  );
  const failures: unknown[] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  broken ??= failures.find((failure) => failure instanceof BrokenOff)?.cause;
  const ours = failures.find((failure) => !(failure instanceof BrokenOff));
  // What we could not store, or stopped ourselves, says nothing about the mails.
  if (unread.size > 0 && ours === undefined && !isStopped(intake.signal)) await countFailures(intake, [...unread.values()], broken);
  if (ours ?? broken) throw ours ?? broken;
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
  let head = new Uint8Array();
  try {
    const bytes = mail.bytes instanceof Uint8Array ? mail.bytes : watched(mail.bytes, intake.onProgress);
    const raw = await intake.blobs.put(bytes, {
      maxBytes: intake.plan.maxMailBytes,
      onStart: (first) => (head = Uint8Array.from(first)),
    });
    return { uid: mail.uid, raw, head: intake.adapter.readHead(head) };
  } catch (error) {
    // The server had announced a smaller size than it sent.
    if (error instanceof FlowError && error.code === 'BLOB_TOO_LARGE') {
      await setAsideTooLarge(intake, listed, intake.plan.maxMailBytes + 1);
      return undefined;
    }
    throw error;
  }
}

async function commit(intake: Intake, mails: IntakeMail[]): Promise<void> {
  if (mails.length === 0) return;
  await intake.blobs.sync();
  const { postProcessing, postProcessWhen } = intake.plan;
  const { taken, known, held } = await intake.ledger.takeIn({
    scope: intake.scope,
    channel: intake.channel,
    mails,
    owed: postProcessing !== 'none' && postProcessWhen === 'stored' ? postProcessing : null,
    fence: intake.fence,
  });
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

async function setAsideTooLarge(intake: Intake, mail: ListedMail, sizeBytes: number): Promise<void> {
  const limitMb = Math.floor(intake.plan.maxMailBytes / 1024 / 1024);
  const reason = new FlowError('MAIL_TOO_LARGE', { sizeMb: (sizeBytes / 1024 / 1024).toFixed(1), limitMb }).view();
  await intake.ledger.setAside(intake.scope, intake.channel, mail, reason, intake.fence);
  intake.poll.quarantined += 1;
}
