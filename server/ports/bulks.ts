import type { BulkView } from '../../shared/api/bulks.ts';
import type { BulkKind } from '../../shared/bulk-kinds.ts';
import type { Page, Paged } from './common.ts';
import type { RerunWish } from './reruns.ts';

/** One thing done to many messages, or mails in quarantine, a part at a time, by whichever worker has it in hand. */

export interface BulkRow {
  id: string;
  kind: BulkKind;
  wish: Omit<RerunWish, 'by'> | null;
  by: string;
  at: Date;
  endedAt: Date | null;
  filter: Record<string, string> | null;
  total: number | null;
  done: number;
  refused: number;
  reasons: Record<string, { text: string; count: number }>;
  state: BulkView['state'];
}

export interface NewBulk {
  kind: BulkKind;
  wish: Omit<RerunWish, 'by'> | null;
  by: string;
  which: { ids: string[] } | { filter: Record<string, string> };
  total: number | null;
}

export interface BulkStore {
  create(bulk: NewBulk): Promise<BulkRow>;
  list(page: Page): Promise<Paged<BulkRow>>;
  get(id: string): Promise<BulkRow | undefined>;
  /** Undefined when there is none that runs. */
  stop(id: string): Promise<BulkRow | undefined>;
  /** Forgets those that ended longer ago. */
  forget(keepMs: number): Promise<void>;
}

/** What a worker has in hand. */
export interface ClaimedBulk {
  id: string;
  kind: BulkKind;
}

export interface BulkPart {
  /** What was changed: messages, or mails in quarantine. */
  changed: string[];
  /** It has ended, was stopped, or is another worker's now. */
  isOver: boolean;
}

export interface BulkWork {
  /** The oldest that runs and that nobody has in hand; it is lost when nothing is done of it for `leaseMs`. */
  claim(worker: string, leaseMs: number): Promise<ClaimedBulk | undefined>;
  /** Does the next ones, at most `limit`, each in a transaction with its count, so that none is done twice. */
  doNext(bulk: ClaimedBulk, worker: string, leaseMs: number, limit: number, signal: AbortSignal): Promise<BulkPart>;
  /** Leaves it to others. */
  letGo(bulk: ClaimedBulk, worker: string): Promise<void>;
}
