import type { PollRow } from '../ports/logs.ts';
import type { ListedMail, Listing, MailboxSession, PollPlan, SenderAdapter } from '../ports/mailbox.ts';
import type { Beginning, Fence, FreshMail, Ledger, LedgerScope } from '../ports/runtime.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { BoundConfig } from './behaviours.ts';

/** Which of the listed mails are to be taken in, and what is said of the others. */

/** Heads are read in pieces of this many mails, so that what was decided is remembered before the next are read. */
const headsAtOnce = 200;
/** How many heads one poll reads at most; the rest follows with the next, which comes at once. */
const headsPerPoll = 5_000;

export interface SelectionWork {
  ledger: Ledger;
  adapter: SenderAdapter;
  session: MailboxSession;
  channel: ChannelRow;
  plan: PollPlan;
  scope: LedgerScope;
  fence: Fence;
  /** Counted up as it goes. */
  poll: PollRow;
  onProgress: () => void;
}

export interface Selected {
  /** In the order of the listing. */
  mails: FreshMail[];
  /** Some were not looked at. */
  isMore: boolean;
  beginning: Beginning;
}

/** @param isWhole the listing has everything, not only what has just arrived */
export async function selectMails(work: SelectionWork, listing: Listing, isWhole: boolean): Promise<Selected> {
  const { ledger, scope, plan, fence, poll } = work;
  const first = { startWith: plan.startWith, nextUid: listing.nextUid ?? null, uids: () => listing.mails.map((mail) => mail.uid) };
  const beginning = await ledger.begin(scope, first, fence);
  const sights = await ledger.sights(scope, listing.mails, beginning, plan.headSearch);
  poll.known = sights.known;
  poll.beforeStart = sights.beforeStart;
  poll.skippedBySearch = listing.skippedBySearch + sights.skippedBySearch;
  if (isWhole) poll.unreadAgain = await ledger.rememberUnreadAgain(scope, unreadOf(listing), fence);
  const asked = isWhole ? await findWanted(work, listing.mails, beginning) : [];
  const fresh = asked.length > 0 ? inOrder([...sights.fresh, ...asked]) : sights.fresh;
  const isJudging = plan.headSearch !== null || isDoubtful(beginning);
  return { ...(isJudging ? await judge(work, fresh, beginning) : { mails: fresh, isMore: false }), beginning };
}

/** Mails that were found but failed, or that a person asked for, and that Selection and Search no longer list. */
async function findWanted(
  { ledger, session, scope, plan, fence, poll }: SelectionWork,
  listed: ListedMail[],
  beginning: Beginning,
): Promise<FreshMail[]> {
  const known = new Set(listed.map((mail) => mail.uid));
  const missing = (await ledger.wanted(scope)).filter((uid) => !known.has(uid));
  if (missing.length === 0) return [];
  const found = await session.find(missing);
  const here = new Set(found.map((mail) => mail.uid));
  const gone = missing.filter((uid) => !here.has(uid));
  if (gone.length > 0) {
    await ledger.forget(scope, gone, fence);
    poll.notes.push(`${gone.length} mail(s) that were to be fetched are no longer on the server.`);
  }
  return (await ledger.sights(scope, found, beginning, plan.headSearch)).fresh;
}

/** Oldest first, as the server numbers them. */
function inOrder(mails: FreshMail[]): FreshMail[] {
  return mails.sort((a, b) => Number(a.uid) - Number(b.uid));
}

/**
 * The channel takes only what has arrived since its start, but the mails were numbered anew since then: their ids no longer tell
 * which were there before. When they arrived does.
 */
function isDoubtful({ leavesOutBefore, isFirst }: Beginning): boolean {
  return leavesOutBefore && !isFirst;
}

/** Looks at heads until a poll has enough, and remembers what is left out, so that each mail is looked at once. */
async function judge(work: SelectionWork, fresh: FreshMail[], beginning: Beginning): Promise<Omit<Selected, 'beginning'>> {
  const { plan } = work;
  const chosen: FreshMail[] = [];
  let heads = 0;
  let at = 0;
  while (at < fresh.length && chosen.length <= plan.maxMessages && heads < headsPerPoll) {
    const some = fresh.slice(at, at + headsAtOnce);
    at += some.length;
    const decided = some.filter((mail) => isJudged(mail, beginning));
    heads += some.length - decided.length;
    const wanted = new Set([
      ...decided.map((mail) => mail.uid),
      ...(await judgeSome(
        work,
        some.filter((mail) => !decided.includes(mail)),
        beginning,
      )),
    ]);
    chosen.push(...some.filter((mail) => wanted.has(mail.uid)));
  }
  return { mails: chosen, isMore: at < fresh.length };
}

function isJudged(mail: FreshMail, beginning: Beginning): boolean {
  return mail.tries > 0 || (mail.isDecided && !isDoubtful(beginning));
}

/** @returns ids of those that are to be taken in */
async function judgeSome(work: SelectionWork, mails: FreshMail[], beginning: Beginning): Promise<string[]> {
  const { ledger, adapter, session, scope, channel, plan, fence, poll } = work;
  const config = channel.config as BoundConfig;
  // Mail servers count whole seconds: what arrived in the second of the start is not old.
  const startMs = Math.floor(beginning.startedAt.getTime() / 1_000) * 1_000;
  const isOld = (arrived: Date | undefined) => isDoubtful(beginning) && arrived !== undefined && arrived.getTime() < startMs;
  const verdicts = new Map<string, 'wanted' | 'before' | 'skipped'>();
  for (const mail of mails) if (isOld(mail.arrivedAt)) verdicts.set(mail.uid, 'before');
  const open = new Map(mails.filter((mail) => !verdicts.has(mail.uid)).map((mail) => [mail.uid, mail]));
  for await (const { uid, head } of open.size > 0 ? session.heads([...open.values()]) : []) {
    const mail = open.get(uid);
    if (!mail) continue;
    if (isOld(adapter.arrivalOf(head))) verdicts.set(uid, 'before');
    else verdicts.set(uid, mail.isDecided || adapter.isWanted(mail, head, config) ? 'wanted' : 'skipped');
    work.onProgress();
  }
  const withVerdict = (verdict: string) => mails.filter((mail) => verdicts.get(mail.uid) === verdict);
  const [before, skipped] = [withVerdict('before'), withVerdict('skipped')];
  await ledger.leaveOut(scope, before, { state: 'before' }, fence);
  await ledger.leaveOut(scope, skipped, { state: 'skipped', by: plan.headSearch ?? '' }, fence);
  poll.beforeStart += before.length;
  poll.skippedBySearch += skipped.length;
  // Of those whose head the server did not give, the fetch will say why: better a mail too many than one that is never seen.
  return mails.filter((mail) => (verdicts.get(mail.uid) ?? 'wanted') === 'wanted').map((mail) => mail.uid);
}

function unreadOf({ mails }: Listing): string[] {
  return mails.filter(({ flags }) => flags && !flags.includes('\\Seen')).map((mail) => mail.uid);
}

/**
 * Counts the mails that a person read before a poll could take them, and remembers them, so that they can be taken all the same.
 *
 * @param left mails of the listing that have to wait for the next poll
 */
export async function countReadElsewhere(work: SelectionWork, { nextUid }: Pick<Listing, 'nextUid'>, left: FreshMail[]): Promise<void> {
  const { ledger, session, scope, plan, fence, poll } = work;
  if (!plan.isUnreadOnly || !session.findRead || nextUid === undefined) return;
  const { fromUid, uids } = await ledger.readBefore(scope);
  const found = await session.findRead(fromUid, uids);
  // Looked at are all mails below those that wait for their turn, and below those that have arrived since the listing.
  const lookedAtUid = Math.max(fromUid, Math.min(nextUid, ...left.map((mail) => Number(mail.uid))));
  if (found.length === 0 && uids.length === 0 && lookedAtUid === fromUid) return;
  poll.readElsewhere = await ledger.rememberRead(scope, found, lookedAtUid, fence);
}
