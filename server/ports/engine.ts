import type { SqlExecutor } from './common.ts';

/** Locks, the queue, and news of what changed. */

export interface LockRow {
  key: string;
  holder: string;
  /** Fencing token: grows with each change of holder. */
  token: bigint;
  acquiredAt: Date;
  expiresAt: Date;
  /** Whose mailbox it is held for, where that is known. */
  channel: { id: string; name: string; flowId: string; flowName: string } | null;
}

export interface Locks {
  /** A lease for `ttlMs` by the database's clock, or who holds it. `channelId` is for those who look. */
  acquire(key: string, holder: string, ttlMs: number, channelId?: string): Promise<{ token: bigint } | { heldBy: string }>;
  /**
   * Renews leases, however many, in one step; returns the tokens of those that have not passed on. Not their keys: the next holder
   * of a key may be in the same process.
   */
  renew(leases: { key: string; token: bigint }[], ttlMs: number): Promise<Set<bigint>>;
  release(key: string, token: bigint): Promise<void>;
  list(): Promise<LockRow[]>;
}

/** One attempt to run one message. */
export interface ExchangeJob {
  messageId: string;
  attempt: number;
  /** Which of the turns of this attempt; 0 where it is left out. */
  turn?: number;
  /** So that one flow can't take all places of the workers. */
  flowId: string;
}

export interface HandedOutJob extends ExchangeJob {
  /** How often it was handed out before without an end: its worker was stopped or cut off, or died. */
  handOuts: number;
}

export interface WorkOptions {
  concurrency: number;
  /** flow id → jobs of it at a time; asked before jobs of these flows are started. */
  perFlow: (flowIds: string[]) => Promise<ReadonlyMap<string, number>>;
}

/** Flows whose jobs are to stay in the queue. */
export interface HeldFlows {
  /** What runs may end. */
  stopping: string[];
  /** What runs is handed back. */
  stopped: string[];
}

export interface Queue {
  /** Adds jobs within the caller's transaction; `startAfter` delays them. */
  add(jobs: ExchangeJob[], within: SqlExecutor, startAfter?: Date): Promise<void>;
  /** Says that jobs may be waiting, after the transaction that added them was committed. */
  wake(): void;
  /**
   * Runs jobs until `close`, at most `concurrency` at a time here, no more of one flow than `perFlow` says;
   * what a dead worker held comes back.
   * A job is done when `run` resolves. When it rejects, the job is handed out again after 1 to 10 s.
   * `signal` aborts when the job was lost to another worker, or the grace period of `close` is over.
   */
  work(run: (job: HandedOutJob, signal: AbortSignal) => Promise<void>, options: WorkOptions): void;
  /** The flow of the oldest job that could run and has no worker, and since when it waits; undefined when none does. */
  oldestWaiting(): Promise<{ flowId: string; since: Date } | undefined>;
  /** From now on, on this worker, until the next call. */
  hold(flows: HeldFlows): void;
  /** Those of `flowIds` of which some worker runs a job. */
  running(flowIds: string[]): Promise<Set<string>>;
  /** Takes no more jobs, lets running ones end for `graceMs`, then hands the rest back. */
  close(graceMs: number): Promise<void>;
}

/** `cancel`: the message may be running somewhere and is to be cut off; for workers alone. */
export const changeKinds = [
  'flow',
  'deployment',
  'poll',
  'message',
  'cancel',
  'credential',
  'quarantine',
  'alert',
  'bulk',
  'user',
] as const;

export interface ChangeEvent {
  kind: (typeof changeKinds)[number];
  id: string;
}

/** What changed, by id, across all processes. Delivery is best effort: readers read again after a reconnect. */
export interface Events {
  publish(event: ChangeEvent): void;
  /** `onGap`: the connection was lost for a while, so events may have been missed. */
  subscribe(listener: (event: ChangeEvent) => void, onGap?: () => void): () => void;
  /** False when what other processes do has not been heard for some seconds. */
  isListening(): boolean;
}
