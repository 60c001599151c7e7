import { FlowError, type ErrorView } from '../../shared/errors.ts';
import type { PollRow } from '../ports/logs.ts';
import type { MailboxSession, PostProcessing, SettleResult } from '../ports/mailbox.ts';
import type { Fence, Ledger, LedgerScope, Owed } from '../ports/runtime.ts';
import { passing } from '../ports/way-points.ts';
import { pause } from './deadline.ts';

/** Post-processing: what is owed to the mail server, told only by the holder of the mailbox, only after intake. */

const chunk = 500;
const lookAgainMs = 100;
/** How long an open visit waits for running exchanges while none of them ends. */
const patienceMs = 3_000;
const longestWaitMs = 10_000;

export interface PostProcess {
  ledger: Ledger;
  session: MailboxSession;
  scope: LedgerScope;
  /** As the channel says now. */
  deleteAfterDays: number | null;
  fence: Fence;
  poll: PollRow;
  signal: AbortSignal;
  onProgress: () => void;
  /** Sent to the server, its answer still to come (POP3: until QUIT). */
  unconfirmed: Map<string, Owed>;
}

/**
 * Tells the server everything that is owed by now. What becomes owed meanwhile is told with the next call, many together: to go on until
 * nothing is owed would keep the next poll waiting for all exchanges of this one.
 *
 * @returns false when the server refused some of it, so that telling it more in this visit makes no sense
 */
export async function settleOwed(work: PostProcess): Promise<boolean> {
  for (;;) {
    const owed = (await work.ledger.owed(work.scope, chunk + work.unconfirmed.size, work.deleteAfterDays)).filter(
      (item) => !work.unconfirmed.has(item.uid),
    );
    if (owed.length === 0) return true;
    await work.ledger.beginSettling(
      owed.map((item) => item.ledgerId),
      work.fence,
    );
    await passing('settle.intended', work.scope.channelId);
    for (const item of owed) work.unconfirmed.set(item.uid, item);
    const confirmed = await work.session.settle(owed);
    await passing('settle.told', work.scope.channelId);
    work.onProgress();
    if (!(await confirm(work, confirmed))) return false;
    if (owed.length < chunk) return true;
  }
}

/** Waits for the exchanges of this channel as long as they keep ending, and settles what they leave behind. */
export async function settleWhileExchangesEnd(work: PostProcess): Promise<void> {
  const started = performance.now();
  let lastEnd = started;
  let before = await work.ledger.open(work.scope.channelId);
  while (before > 0 && performance.now() - lastEnd < patienceMs && performance.now() - started < longestWaitMs && !work.signal.aborted) {
    await pause(lookAgainMs, work.signal);
    const now = await work.ledger.open(work.scope.channelId);
    if (now < before) lastEnd = performance.now();
    before = now;
    if (!(await settleOwed(work))) return;
  }
  await settleOwed(work);
}

/** Says in the poll what waits because the server refused it before, so that a mailbox where nothing moves does not look well. */
export async function noteRefused({ ledger, scope, poll }: PostProcess): Promise<void> {
  for (const { action, count, error, nextTryAt } of await ledger.refused(scope)) {
    poll.notes.push(`${refusalText(action, count, error)} Next try: ${nextTryAt.toISOString()}, or with Poll now.`);
  }
}

function refusalText(action: PostProcessing, count: number, { code, message, details, remedy }: ErrorView): string {
  const text = new FlowError('MAIL_POST_PROCESSING_FAILED', { action, count }).message;
  const reason = code === 'MAIL_POST_PROCESSING_FAILED' ? '' : ` ${message}`;
  return `${text}${reason}${details ? ` The server said: ${details}` : ''} ${remedy}`;
}

/** Says nothing about what the server would do: it is asked again with the next poll. */
const unanswered = new Set(['MAIL_CONNECTION_LOST', 'MAIL_TIMEOUT']);

/** Signs out and counts what only that made certain. */
export async function closeVisit(work: PostProcess): Promise<void> {
  const confirmed = await work.session.close();
  await passing('settle.signed-out', work.scope.channelId);
  await confirm(work, confirmed);
}

/** @returns false when the server refused some of it */
async function confirm(work: PostProcess, results: SettleResult[]): Promise<boolean> {
  if (results.length === 0) return true;
  const settled = results.flatMap((result) => {
    const item = work.unconfirmed.get(result.uid);
    work.unconfirmed.delete(result.uid);
    if (!item) return [];
    const { ledgerId, action } = item;
    return [
      result.error
        ? { ledgerId, action, error: result.error, isRefused: !unanswered.has(result.error.code) }
        : { ledgerId, action, isRefused: false },
    ];
  });
  await work.ledger.settled(settled, work.fence);
  await passing('settle.confirmed', work.scope.channelId);
  const refused = settled.filter((item) => item.error);
  work.poll.postProcessed += settled.length - refused.length;
  const notes = new Set(results.flatMap((result) => (result.note ? [result.note] : [])));
  const [first] = refused;
  if (first?.error) {
    notes.add(refusalText(first.action, refused.length, first.error));
  }
  for (const note of notes) if (!work.poll.notes.includes(note)) work.poll.notes.push(note);
  return refused.length === 0;
}
