import type { PollSumsView } from '../../shared/api/polls.ts';
import type { MessageSummary } from '../../shared/api/messages.ts';
import type { ErrorView } from '../../shared/errors.ts';
import type { MessageStatus, PollResult, RunStepOutcome } from '../../shared/status.ts';
import type { Page, Paged } from './common.ts';
import type { MailOrigin } from './mailbox.ts';
import type { Rerun } from './reruns.ts';

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
  /** Mails that a person read before they were taken, and mails that were marked unread again after they were done. */
  readElsewhere: number;
  unreadAgain: number;
  skippedBySearch: number;
  /** Were there before the start of a channel that takes only what arrives from then on. */
  beforeStart: number;
  bytes: number;
  error: ErrorView | null;
  notes: string[];
  worker: string;
}

/** What is left out narrows nothing; of several values any will do. */
export interface MessageFilter {
  flowIds?: string[] | undefined;
  /** Of the flow, that the message ran with last. */
  version?: number | undefined;
  statuses?: MessageStatus[] | undefined;
  /** A part of it, in any case. */
  sender?: string | undefined;
  subject?: string | undefined;
  /** The whole of it, with or without its angle brackets. */
  mailMessageId?: string | undefined;
  /** A header that the flow keeps for the log, and the whole of its value. */
  header?: { name: string; value: string } | undefined;
  /** The code of the error that it waits or ended with. */
  errorCode?: string | undefined;
  /** Words or parts of words of subject, from, to or Message-ID. */
  search?: string | undefined;
  /** When it was received: from the one, before the other. */
  from?: Date | undefined;
  to?: Date | undefined;
  /** Only messages whose mail was marked unread again after it was done. */
  unreadAgain?: boolean | undefined;
}

export type StatusCounts = Partial<Record<MessageStatus, number>>;

/** `from` is a full hour of UTC. */
export interface MessageChart {
  from: Date;
  to: Date;
  stepHours: number;
  flowId?: string | undefined;
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
  /** Behind another message of its channel (Processing Order: In Order). */
  isWaiting: boolean;
  /** Headers that the flow keeps for the log. */
  custom: Record<string, string> | null;
  /** As the ledger has it: `host/user/folder`, UIDVALIDITY or the count of renumberings, UID or UIDL. */
  origin: { mailbox: string; epoch: string; uid: string } | null;
  /** Its mail was marked unread again after it was done. */
  isUnreadAgain: boolean;
  /** Runs that a person asked for, oldest first. */
  reruns: Rerun[];
  repeatOf: string | null;
  repeatedBy: string | null;
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
  /** What a receiver was handed to tell repetitions by; null for other steps. */
  idempotencyKey: string | null;
  /** The connection it came over; null for the sender. */
  edgeId: string | null;
  /** The output it left by, of a step that has several. */
  port: string | null;
}

/** A deployment, whose newest messages are counted. */
export interface StepCounts {
  flowId: string;
  version: number;
  deployedAt: Date;
}

export interface StepCount {
  nodeId: string;
  /** Null for the sender, and for steps from before it was kept. */
  edgeId: string | null;
  outcome: RunStepOutcome;
  /** Messages. */
  count: number;
  lastAt: Date;
}

export interface MessageLog {
  list(filter: MessageFilter, page: Page): Promise<Paged<MessageRow>>;
  /** How many it lets through, of at most `most`. */
  count(filter: MessageFilter, most: number): Promise<number>;
  /** Those of `ids` that the filter lets through now, newest first. */
  among(ids: string[], filter: MessageFilter): Promise<MessageRow[]>;
  get(id: string): Promise<MessageRow | undefined>;
  /** Where its mail lay in the mailbox; undefined where that is not known any more. */
  originOf(id: string): Promise<MailOrigin | undefined>;
  steps(id: string): Promise<RunStepRow[]>;
  /** What the newest messages since a deployment did at each node; at most `limit` of them are looked at. */
  stepCounts(deployment: StepCounts, limit: number): Promise<{ messages: number; counts: StepCount[] }>;
  /** flow id → status → number; of one flow or of all */
  counts(flowId?: string): Promise<Map<string, StatusCounts>>;
  /** Arrivals per step, by the status that they have now; steps without arrivals are left out. */
  chart(chart: MessageChart): Promise<{ at: Date; status: MessageStatus; count: number }[]>;
  /** A new message of a mail that was marked unread again after it was done; undefined when it was not, or its flow is gone. */
  processAgain(id: string): Promise<MessageRow | undefined>;
}

/** What a channel offers a person to decide, by channel id; channels without offers are left out. */
export type Offers = Map<string, { readElsewhere: number; unreadAgain: number }>;

export interface PollFilter {
  flowId?: string | undefined;
  channelId?: string | undefined;
  result?: PollResult | undefined;
  /** Began then or later. */
  from?: Date | undefined;
}

export interface PollLog {
  offers(): Promise<Offers>;
  /** Has the mails that a person read first taken in at the next poll, which is due at once; returns how many. */
  takeRead(channelId: string): Promise<number>;
  list(filter: PollFilter, page: Page): Promise<Paged<PollRow>>;
  /** What the polls of a channel that began at `from` or later came to. */
  sums(channelId: string, from: Date): Promise<PollSumsView>;
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
  sentAt: string | null;
  since: Date;
  rawHash: string | null;
}

export interface QuarantineStore {
  /** The newest 500. */
  list(): Promise<QuarantineRow[]>;
  count(): Promise<number>;
  get(id: string): Promise<QuarantineRow | undefined>;
  release(id: string): Promise<boolean>;
  discard(id: string): Promise<boolean>;
}
