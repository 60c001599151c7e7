import { FlowError } from '../../shared/errors.ts';
import type { Locks } from '../ports/engine.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { MailboxId } from '../ports/mailbox.ts';
import type { Fence, ScheduleStore } from '../ports/runtime.ts';
import { pause, withDeadline } from './deadline.ts';

/** Holding a mailbox: the lease on host + user + folder, a place among the account's connections, and the watch over progress. */

export const leaseMs = 10_000;
const renewMs = 3_000;
/** A database that doesn't answer for this long may have given the lease to another by then. */
const renewDeadlineMs = leaseMs - renewMs - 1_000;
const maxConnectionsPerAccount = 4;

export interface Hold {
  fence: Fence;
  /** Aborts when the lease is lost, the channel was stopped, or no progress was made for the lock timeout. */
  signal: AbortSignal;
  /** Says that something came in or went out. */
  progress: () => void;
  release(): Promise<void>;
}

export interface HoldParts {
  locks: Locks;
  schedule: ScheduleStore;
  worker: string;
}

export const mailboxKey = ({ host, user, folder }: MailboxId) => `${host}/${user}/${folder}`;
export const accountOf = ({ host, user }: MailboxId) => `${host}/${user}`;

/** The channel was stopped or redeployed during the poll; not a failure. */
export class ChannelStopped extends Error {}

/** @throws FlowError MAIL_LOCK_HELD, MAIL_TOO_MANY_CONNECTIONS */
export async function holdMailbox(
  parts: HoldParts,
  channel: ChannelRow,
  mailbox: MailboxId,
  lockTimeoutMs: number,
  signal: AbortSignal,
): Promise<Hold> {
  const { locks, schedule, worker } = parts;
  const key = mailboxKey(mailbox);
  const lease = await locks.acquire(key, worker, leaseMs);
  if ('heldBy' in lease) throw new FlowError('MAIL_LOCK_HELD', { mailbox: key, holder: lease.heldBy });
  const fence: Fence = { key, token: lease.token };
  const place = await takePlace(locks, worker, mailbox).catch(async (error: unknown) => {
    await locks.release(key, fence.token);
    throw error;
  });

  const isLost = () => new FlowError('MAIL_LOCK_LOST', { mailbox: key });
  const never = new AbortController().signal;
  const lost = new AbortController();
  const ending = new AbortController();
  let lastProgress = Date.now();
  const renew = async () => {
    if (Date.now() - lastProgress > lockTimeoutMs)
      throw new FlowError('MAIL_POLL_OVERRAN', { minutes: Math.round(lockTimeoutMs / 60_000) });
    const [isHeld, isPlaceHeld, isClaimed] = await Promise.all([
      locks.renew(key, fence.token, leaseMs),
      locks.renew(place.key, place.token, leaseMs),
      schedule.keepClaim(channel, leaseMs),
    ]);
    if (!isClaimed) throw new ChannelStopped('the channel was stopped or redeployed');
    if (!isHeld || !isPlaceHeld) throw isLost();
  };
  const watch = async () => {
    for (;;) {
      await pause(renewMs, ending.signal);
      if (ending.signal.aborted) return;
      await withDeadline(renewDeadlineMs, never, isLost, renew);
    }
  };
  const watching = watch().catch((error: unknown) => lost.abort(error));

  return {
    fence,
    signal: AbortSignal.any([signal, lost.signal]),
    progress: () => (lastProgress = Date.now()),
    async release() {
      ending.abort();
      // A renewal under way must not claim the channel again after the poll has ended.
      await watching;
      const give = () => Promise.allSettled([locks.release(place.key, place.token), locks.release(key, fence.token)]);
      // They run out by themselves where the database doesn't answer.
      await withDeadline(renewDeadlineMs, never, isLost, give).catch(() => undefined);
    },
  };
}

/** Many servers refuse more than a few connections of one account, so places are leased, across all workers. */
async function takePlace(locks: Locks, worker: string, mailbox: MailboxId): Promise<Fence> {
  for (let place = 1; place <= maxConnectionsPerAccount; place++) {
    const key = `connection ${place} of ${accountOf(mailbox)}`;
    const lease = await locks.acquire(key, worker, leaseMs);
    if ('token' in lease) return { key, token: lease.token };
  }
  throw new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address: mailbox.host });
}
