/** Locks that a person takes away from their holder, and the trace of it. */

export interface LockRelease {
  id: string;
  /** The lock on a mailbox: host/user/folder. */
  key: string;
  /** The worker that held it. */
  holder: string;
  /** The fencing token that it had. */
  token: bigint;
  /** As they were called then; empty where they were not known. */
  flowName: string;
  channelName: string;
  acquiredAt: Date;
  releasedAt: Date;
  releasedBy: string;
  reason: string;
}

export interface LockReleases {
  /**
   * Frees a lock, with the holder's place among the connections of its account, and gives up its claim on the channel. Nothing the
   * holder writes from then on is taken. Undefined when nobody holds a lock with this token.
   */
  release(token: bigint, by: string, reason: string): Promise<LockRelease | undefined>;
  /** Who took the lock with this token away, if somebody did. */
  of(token: bigint): Promise<LockRelease | undefined>;
  /** The newest hundred. */
  list(): Promise<LockRelease[]>;
}
