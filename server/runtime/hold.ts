import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { Locks } from '../ports/engine.ts';
import type { LockReleases } from '../ports/lock-releases.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { MailboxId } from '../ports/mailbox.ts';
import type { ChannelNews, Fence, ScheduleStore } from '../ports/runtime.ts';
import { pause, withDeadline } from './deadline.ts';

/** Holding mailboxes: the lease on host + user + folder, a place among the account's connections, and the watch over progress. */

export const leaseMs = 10_000;
const renewMs = 3_000;
/** After a renewal that failed. */
const renewAgainMs = 1_000;
/** A database that hasn't answered for this long may have given the lease to another by then. */
const renewDeadlineMs = leaseMs - renewMs - 1_000;
const maxConnectionsPerAccount = 4;
/** Begins the key of a lease that is no lock on a mailbox: host names have no space. */
export const placePrefix = 'connection ';
/** The last place stays free for polls that come and go: connections that wait for mail would otherwise shut other folders out for good. */
export const maxStandingPerAccount = maxConnectionsPerAccount - 1;

export interface Hold {
  fence: Fence;
  /** Which of the account's connections it is, from 1. */
  place: number;
  /** Aborts when the lease is lost, the channel was stopped, or no progress was made for the lock timeout. */
  signal: AbortSignal;
  /** Says that something came in or went out. */
  progress: () => void;
  /** Ends the hold if what begins now is not over within `ms`, however much progress it makes; returns how to lift that. */
  limit: (ms: number) => () => void;
  /** Called at each renewal with what the database knows of the channel; one listener at a time. */
  onNews: (listen: ((news: ChannelNews) => void) | undefined) => void;
  release(): Promise<void>;
}

/** All mailboxes that this worker holds. Their leases are renewed together: a thousand open connections cost two statements. */
export interface Holds {
  /** @throws FlowError MAIL_LOCK_HELD, MAIL_TOO_MANY_CONNECTIONS */
  take(channel: ChannelRow, mailbox: MailboxId, lockTimeoutMs: number, signal: AbortSignal): Promise<Hold>;
  /** Looks now instead of at the next renewal: something was changed. */
  look(): void;
  /** The last hold has been released before. */
  close(): Promise<void>;
}

export interface HoldParts {
  locks: Locks;
  lockReleases: Pick<LockReleases, 'of'>;
  schedule: Pick<ScheduleStore, 'keepClaims'>;
  worker: string;
  log: Logger;
}

export const mailboxKey = ({ host, user, folder }: MailboxId) => `${host}/${user}/${folder}`;
export const accountOf = ({ host, user }: MailboxId) => `${host}/${user}`;

/** The channel was stopped or redeployed during the poll; not a failure. */
export class ChannelStopped extends Error {}

/** Moments are those of the monotonic clock: setting the time of day must neither end a hold nor keep a stuck one. */
interface Held {
  channel: ChannelRow;
  fence: Fence;
  place: Fence;
  lockTimeoutMs: number;
  lastProgress: number;
  limit: { at: number; ms: number } | undefined;
  lastRenewed: number;
  lost: AbortController;
  listen: ((news: ChannelNews) => void) | undefined;
}

export function openHolds({ locks, lockReleases, schedule, worker, log }: HoldParts): Holds {
  const all = new Set<Held>();
  const closing = new AbortController();
  const never = new AbortController().signal;
  let bell = new AbortController();
  let renewing = Promise.resolve();

  const watching = (async () => {
    let waitMs = renewMs;
    while (!closing.signal.aborted) {
      await pause(waitMs, bell.signal);
      bell = new AbortController();
      if (all.size === 0 || closing.signal.aborted) continue;
      const renewal = renewAll([...all]);
      renewing = renewal.then(() => undefined);
      waitMs = (await renewal) ? renewMs : renewAgainMs;
    }
  })();

  /** @returns false when the database did not answer; never rejects */
  async function renewAll(held: Held[]): Promise<boolean> {
    for (const one of held) {
      if (one.limit && performance.now() > one.limit.at)
        one.lost.abort(new FlowError('MAIL_POLL_TOO_LONG', { minutes: Math.round(one.limit.ms / 60_000) }));
      if (performance.now() - one.lastProgress <= one.lockTimeoutMs) continue;
      one.lost.abort(new FlowError('MAIL_POLL_OVERRAN', { minutes: Math.round(one.lockTimeoutMs / 60_000) }));
    }
    const begun = performance.now();
    try {
      const [renewed, claims] = await withDeadline(renewDeadlineMs, never, noAnswer, () =>
        Promise.all([
          locks.renew(
            held.flatMap(({ fence, place }) => [fence, place]),
            leaseMs,
          ),
          schedule.keepClaims(
            held.map(({ channel }) => channel),
            leaseMs,
          ),
        ]),
      );
      for (const one of held) {
        const news = claims.get(one.channel.id);
        const loss = renewed.has(one.fence.token) && renewed.has(one.place.token) ? undefined : await whyLost(one);
        // A release takes the claim on the channel away as well.
        if (loss?.code === 'MAIL_LOCK_RELEASED') one.lost.abort(loss);
        else if (!news) one.lost.abort(new ChannelStopped('the channel was stopped or redeployed'));
        else if (loss) one.lost.abort(loss);
        else {
          one.lastRenewed = begun;
          one.listen?.(news);
        }
      }
      return true;
    } catch (error) {
      log.warn({ error: String(error), mailboxes: held.length }, 'the locks on mailboxes could not be renewed');
      for (const one of held) if (performance.now() - one.lastRenewed >= renewDeadlineMs) one.lost.abort(isLost(one));
      return false;
    }
  }

  /** Somebody else has it, or a person took it away. */
  function whyLost(held: Held): Promise<FlowError> {
    return withDeadline(renewAgainMs, never, noAnswer, async () => {
      const { key, token } = held.fence;
      const release = await lockReleases.of(token);
      return release ? new FlowError('MAIL_LOCK_RELEASED', { mailbox: key, by: release.releasedBy, reason: release.reason }) : isLost(held);
    }).catch(() => isLost(held));
  }

  async function take(channel: ChannelRow, mailbox: MailboxId, lockTimeoutMs: number, signal: AbortSignal): Promise<Hold> {
    const key = mailboxKey(mailbox);
    const lease = await locks.acquire(key, worker, leaseMs, channel.id);
    if ('heldBy' in lease) throw new FlowError('MAIL_LOCK_HELD', { mailbox: key, holder: lease.heldBy });
    const fence: Fence = { key, token: lease.token };
    const { number, place } = await takePlace(locks, worker, mailbox, channel.id).catch(async (error: unknown) => {
      await locks.release(key, fence.token);
      throw error;
    });
    const lost = new AbortController();
    const now = performance.now();
    const held: Held = {
      channel,
      fence,
      place,
      lockTimeoutMs,
      lastProgress: now,
      limit: undefined,
      lastRenewed: now,
      lost,
      listen: undefined,
    };
    const onStop = () => lost.abort(signal.reason);
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) onStop();
    all.add(held);
    return {
      fence,
      place: number,
      signal: lost.signal,
      progress: () => (held.lastProgress = performance.now()),
      limit(ms) {
        held.limit = { at: performance.now() + ms, ms };
        return () => (held.limit = undefined);
      },
      onNews: (listen) => (held.listen = listen),
      async release() {
        signal.removeEventListener('abort', onStop);
        all.delete(held);
        // A renewal under way must not claim the channel again after the poll has ended.
        await renewing;
        const give = () => Promise.allSettled([locks.release(place.key, place.token), locks.release(key, fence.token)]);
        // They run out by themselves where the database doesn't answer.
        await withDeadline(renewDeadlineMs, never, () => isLost(held), give).catch(() => undefined);
      },
    };
  }

  return {
    take,
    look: () => bell.abort(),
    async close() {
      closing.abort();
      bell.abort();
      await watching;
    },
  };
}

const noAnswer = () => new Error(`no answer from the database within ${renewDeadlineMs / 1_000} s`);
const isLost = ({ fence }: Held) => new FlowError('MAIL_LOCK_LOST', { mailbox: fence.key });

/** Many servers refuse more than a few connections of one account, so places are leased, across all workers. */
async function takePlace(locks: Locks, worker: string, mailbox: MailboxId, channelId: string): Promise<{ number: number; place: Fence }> {
  for (let number = 1; number <= maxConnectionsPerAccount; number++) {
    const key = `${placePrefix}${number} of ${accountOf(mailbox)}`;
    const lease = await locks.acquire(key, worker, leaseMs, channelId);
    if ('token' in lease) return { number, place: { key, token: lease.token } };
  }
  throw new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address: mailbox.host });
}
