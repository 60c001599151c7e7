import { asFlowError } from '../../shared/errors.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import type { ScheduleStore } from '../ports/runtime.ts';
import { ChannelStopped } from './hold.ts';
import type { ExchangeBells } from './exchange-bells.ts';
import type { Places } from './places.ts';
import type { Waiters } from './share.ts';
import { leave, settleLater, type Polled, type Visit, type VisitParts } from './visit.ts';

/**
 * A connection that stays open between polls: the server tells of new mail, exchanges that end are told to the server, and the
 * schedule goes on as the safety net.
 */

export interface StandParts extends VisitParts {
  schedule: Pick<ScheduleStore, 'amendPoll' | 'releaseClaim'>;
  events: Events;
  clock: Clock;
  log: Logger;
  bells: ExchangeBells;
  places: Places;
  standing: Places;
  waiters: Waiters;
  /** One more poll over the open connection; undefined when it failed, and the visit has been left. */
  pollAgain: (visit: Visit, dueAt: Date, isNewOnly: boolean, signal: AbortSignal) => Promise<Polled | undefined>;
}

/** Why a wait has ended, and when the next poll is due as far as the database says. */
interface Woken {
  reason: 'mail' | 'due' | 'owed' | 'credential' | 'share';
  dueAt: Date;
}

/** Exchanges of mails that came together end together: told to the server in one go. */
const gatherMs = 100;
/** How long the sign-out may take. */
const signOutMs = 6_000;

/**
 * Holds the connection until it breaks or the channel is given up.
 *
 * @returns why a new connection has to be made; undefined when the channel is no longer ours
 */
export async function stand(parts: StandParts, first: Polled, signal: AbortSignal): Promise<string | undefined> {
  let polled = first;
  const { visit } = first;
  const giveBack = await parts.standing.take(visit.hold.signal);
  try {
    for (;;) {
      const { reason, dueAt } = await nextReason(parts, polled);
      if (reason === 'credential') {
        await leavePolitely(visit);
        return 'The artifact that signs in was changed.';
      }
      if (reason === 'share') {
        await leavePolitely(visit);
        await handOver(parts, polled);
        return undefined;
      }
      const place = await parts.places.take(visit.hold.signal);
      visit.hold.signal.throwIfAborted();
      try {
        if (reason === 'owed') {
          await settleLater(parts, visit, polled.poll);
          await parts.schedule.amendPoll(polled.poll);
          parts.events.publish({ kind: 'poll', id: visit.channel.flowId });
        } else {
          const again = await parts.pollAgain(visit, dueAt, reason === 'mail', signal);
          if (!again) return undefined;
          polled = again;
        }
      } finally {
        place?.();
      }
    }
  } catch (error) {
    return await giveUp(parts, polled, signal, error);
  } finally {
    giveBack?.();
  }
}

async function giveUp(parts: StandParts, { visit, poll }: Polled, signal: AbortSignal, error: unknown): Promise<string | undefined> {
  const { hold, channel } = visit;
  const isStopped = signal.aborted || hold.signal.reason instanceof ChannelStopped;
  if (!isStopped) {
    const { code, message } = asFlowError(hold.signal.aborted ? hold.signal.reason : error);
    parts.log.info({ channel: channel.name, flowId: channel.flowId, code, reason: message }, 'a connection that waited for mail was lost');
    await leave(visit);
    if (code === 'MAIL_LOCK_RELEASED') {
      // The mailbox is whoever's comes first.
      poll.notes.push(message);
      await parts.schedule.amendPoll(poll);
      parts.events.publish({ kind: 'poll', id: channel.flowId });
      return undefined;
    }
    return message;
  }
  await leavePolitely(visit);
  await handOver(parts, { visit, poll });
  return undefined;
}

/** The channel counts as waiting still: whichever worker sees it next takes it. */
async function handOver({ schedule, events }: StandParts, { visit: { channel }, poll }: Pick<Polled, 'visit' | 'poll'>): Promise<void> {
  await schedule.releaseClaim(channel.id, poll.startedAt);
  events.publish({ kind: 'poll', id: channel.flowId });
}

/** With a sign-out where the connection still stands; whatever the server does, it is gone afterwards. */
async function leavePolitely(visit: Visit): Promise<void> {
  const late = setTimeout(() => visit.session.destroy(), signOutMs);
  // Nothing depends on the answer: what was told before has been confirmed.
  await visit.session.close().catch(() => []);
  clearTimeout(late);
  await leave(visit);
}

/** Waits until there is something to do. Rejects when the connection is lost or the hold ends. */
async function nextReason({ bells, clock, waiters }: StandParts, { visit, nextPollAt }: Polled): Promise<Woken> {
  const { session, hold, channel, openedAt } = visit;
  const waking = new AbortController();
  let reason: Woken['reason'] = 'mail';
  let dueAt = nextPollAt;
  let gathering: NodeJS.Timeout | undefined;
  const wake = (because: Woken['reason']) => {
    if (waking.signal.aborted) return;
    reason = because;
    waking.abort();
  };
  const onEnd = () => waking.abort();
  const due = setTimeout(() => wake('due'), Math.min(Math.max(0, nextPollAt.getTime() - clock.now().getTime()), maxTimerMs));
  const stopWaiting = waiters.add(() => wake('share'));
  const stopListening = bells.listen(channel.id, () => (gathering ??= setTimeout(() => wake('owed'), gatherMs)));
  hold.onNews((news) => {
    // "Poll now" sets another time.
    dueAt = news.nextPollAt ?? nextPollAt;
    if (news.credentialDeployedAt && news.credentialDeployedAt > openedAt) wake('credential');
    else if (dueAt <= clock.now()) wake('due');
    else if (news.hasOwed) wake('owed');
  });
  hold.signal.addEventListener('abort', onEnd, { once: true });
  try {
    hold.signal.throwIfAborted();
    await session.wait?.(waking.signal, hold.progress);
    hold.signal.throwIfAborted();
    return { reason, dueAt };
  } finally {
    clearTimeout(due);
    clearTimeout(gathering);
    stopWaiting();
    stopListening();
    hold.onNews(undefined);
    hold.signal.removeEventListener('abort', onEnd);
  }
}

/** Longer waits would fire at once (setTimeout). */
const maxTimerMs = 2 ** 31 - 1;
