import type { MessageSummary } from '../../shared/api.ts';
import type { ErrorView } from '../../shared/errors.ts';
import type { MessageStatus, PollResult, RunStepOutcome } from '../../shared/status.ts';
import type { Page, Paged } from './common.ts';

/** What happened: messages, polls, quarantine. */

export interface PollRow {
  id: string;
  channelId: string;
  flowId: string;
  nodeId: string;
  startedAt: Date;
  endedAt: Date | null;
  result: PollResult;
  listed: number;
  known: number;
  taken: number;
  quarantined: number;
  postProcessed: number;
  bytes: number;
  error: ErrorView | null;
  notes: string[];
  worker: string;
}

export interface MessageFilter {
  flowId?: string | undefined;
  status?: MessageStatus | undefined;
  /** Substring of subject, from or Message-ID. */
  search?: string | undefined;
}

export interface MessageRow extends Omit<MessageSummary, 'receivedAt' | 'endedAt' | 'nextAttemptAt'> {
  channelId: string;
  nodeId: string;
  to: string;
  sentAt: string | null;
  rawHash: string;
  receivedAt: Date;
  endedAt: Date | null;
  nextAttemptAt: Date | null;
  postProcessing: { action: string; state: 'owed' | 'done' | 'none' | 'failed'; error: ErrorView | null };
}

export interface RunStepRow {
  attempt: number;
  position: number;
  nodeId: string;
  name: string;
  type: string;
  outcome: RunStepOutcome;
  startedAt: Date;
  endedAt: Date | null;
  error: ErrorView | null;
  summary: string;
}

export interface MessageLog {
  list(filter: MessageFilter, page: Page): Promise<Paged<MessageRow>>;
  get(id: string): Promise<MessageRow | undefined>;
  steps(id: string): Promise<RunStepRow[]>;
  /** flow id → status → number; of one flow or of all */
  counts(flowId?: string): Promise<Map<string, Partial<Record<MessageStatus, number>>>>;
  /** Queues an ended message again, from its start; undefined when it can't be. */
  rerun(id: string): Promise<MessageRow | undefined>;
  cancel(id: string): Promise<MessageRow | undefined>;
}

export interface PollLog {
  list(filter: { flowId?: string | undefined; result?: PollResult | undefined }, page: Page): Promise<Paged<PollRow>>;
  /** channel id → its newest poll */
  latest(): Promise<Map<string, PollRow>>;
}

export interface QuarantineRow {
  id: string;
  flowId: string;
  flowName: string;
  messageId: string | null;
  reason: ErrorView;
  subject: string;
  from: string;
  sizeBytes: number;
  since: Date;
  rawHash: string | null;
}

export interface QuarantineStore {
  list(): Promise<QuarantineRow[]>;
  get(id: string): Promise<QuarantineRow | undefined>;
  release(id: string): Promise<boolean>;
  discard(id: string): Promise<boolean>;
}
