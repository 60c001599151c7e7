import type { ErrorView } from '../../shared/errors.ts';
import type { FlowDocument, Json } from '../../shared/flow.ts';
import type { FlowLogLevel } from '../../shared/log-levels.ts';
import type { ChannelHealth, MessageStatus } from '../../shared/status.ts';
import type { BlobRef } from './blobs.ts';
import type { HeldFlows } from './engine.ts';
import type { ChannelRow, DeploymentRow } from './flows.ts';
import type { PollRow, RunStepRow } from './logs.ts';
import type { ListedMail, MailHead, MailOrigin, PollPlan, PostProcessing, SettleItem } from './mailbox.ts';
import type { AttemptPayloads } from './trace.ts';

/** The stores that only the runtime writes through: schedule, intake, exchange. */

/** Proof of holding a lease; every write of a poller carries it and fails with MAIL_LOCK_LOST once it has passed on. */
export interface Fence {
  key: string;
  token: bigint;
}

// ---- deployments and schedule

/** A sender of a deployed version, as `activate` writes it. */
export interface ChannelSetup {
  nodeId: string;
  name: string;
  type: string;
  config: Record<string, unknown>;
  /** Null where the schedule has no run left. */
  firstPollAt: Date | null;
  isInOrder?: boolean;
}

/** What a poll leaves its channel. */
export interface NextPoll {
  /** When the poll was due, as its claim said. */
  dueAt: Date | null;
  /** Of the channel that was polled: one that was deployed anew meanwhile keeps its own state. */
  version: number;
  health: ChannelHealth;
  /** Null where the schedule has no run left. */
  nextPollAt: Date | null;
  failuresInRow: number;
  isSuccess: boolean;
  /** The last words of the mail server; absent where this poll heard nothing. */
  serverSaid?: string | undefined;
  /** The connection stays open, and the claim is kept. */
  isClaimed: boolean;
  /** It waits for mail: whoever finds the claim lapsed takes the channel over at once. */
  isStanding: boolean;
}

/** What the holder of a claimed channel has to know while it waits. */
export interface ChannelNews {
  nextPollAt: Date | null;
  /** The server must still be told something that it has not refused before. */
  hasOwed: boolean;
  /** When the artifact that signs in was deployed; a connection made before has to be made anew. */
  credentialDeployedAt: Date | null;
}

/** A channel in a worker's hand. */
export interface ClaimedChannel extends ChannelRow {
  /** False: no poll is due, but the server must still be told something, and the next poll is far. */
  isDue: boolean;
}

/** Over all workers. */
export interface WorkInHand {
  /** Living ones that are not stopping. */
  workers: number;
  /** Channels in a worker's hand. */
  claimed: number;
  /** Channels to be taken. */
  due: number;
  /** Channels whose connection stays open, in a worker's hand or to be taken. */
  standing: number;
}

export interface StoppingFlow {
  flowId: string;
  /** By the database's clock. */
  stoppingForMs: number;
  /** A worker has one of its channels in hand. */
  isPolled: boolean;
}

export interface ScheduleStore {
  /** What there is to share among the workers. */
  workInHand(): Promise<WorkInHand>;
  /** Deployments that wait to be started, with the drawing to start. */
  starting(): Promise<(DeploymentRow & { document: FlowDocument })[]>;
  /** Starting → Started, channels due at their first poll. False when the deployment was changed meanwhile. */
  activate(flowId: string, version: number, channels: ChannelSetup[]): Promise<boolean>;
  /** Starting → Error. */
  refuse(flowId: string, version: number, error: ErrorView): Promise<void>;
  /** Deployments that are to be removed once nothing of them runs. */
  stopping(): Promise<StoppingFlow[]>;
  /** Removes the deployment, unless it was started again meanwhile. */
  remove(flowId: string): Promise<boolean>;
  /** Flows whose messages wait, since they are stopping or not deployed at all. */
  held(): Promise<HeldFlows>;
  /**
   * Takes channels that are due, longest overdue first, then those that only have something to tell, each for `claimMs`.
   *
   * @param leftForMs only channels that could have been taken for this long
   * @param failingLimit how many of those that are failing; default: all
   */
  claimDue(limit: number, claimMs: number, only?: { leftForMs?: number; failingLimit?: number }): Promise<ClaimedChannel[]>;
  /** By channel id; a channel that is missing was stopped or redeployed: its visit must end. */
  keepClaims(channels: Pick<ChannelRow, 'id' | 'version'>[], claimMs: number): Promise<Map<string, ChannelNews>>;
  /** Gives up the claim of a channel whose connection waited for mail, or whose poll has not begun. */
  releaseClaim(channelId: string, since: Pick<PollRow, 'startedAt' | 'worker'>): Promise<void>;
  /** Shows the poll while it runs; one that nobody would see running need not begin. */
  beginPoll(poll: PollRow): Promise<void>;
  /** Writes the poll's result and the channel's next due time in one transaction, and gives up the claim. */
  finishPoll(poll: PollRow, channel: NextPoll): Promise<void>;
  /** Writes what post-processing after the poll has added to its line. */
  amendPoll(poll: Pick<PollRow, 'id' | 'postProcessed' | 'notes'>): Promise<void>;
  /** Removes the lines of polls that began longer ago than `ageMs`, some thousand at a time. */
  forgetPolls(ageMs: number): Promise<void>;
  /** Polls left running by a dead worker, older than `ageMs`, become failed. */
  closeAbandonedPolls(ageMs: number): Promise<void>;
}

/** Refused sign-ins rest, so that no account is locked out. */
export interface SignInPauses {
  /** Until when `account` (host/user) rests. */
  until(account: string): Promise<Date | undefined>;
  /** Counts a refusal; 1, 2, 4 … at most 30 minutes. Returns until when. */
  refused(account: string, credential: string): Promise<Date>;
  clear(account: string): Promise<void>;
}

// ---- intake and ledger

/** One numbering of one mailbox as one channel knows it. */
export interface LedgerScope {
  channelId: string;
  /** host/user/folder */
  mailbox: string;
  /** IMAP: UIDVALIDITY. POP3: the channel's count of renumberings. */
  epoch: string;
}

export interface IntakeMail extends Pick<ListedMail, 'flags' | 'arrivedAt'> {
  uid: string;
  raw: BlobRef;
  head: MailHead;
  /** What the listing said. */
  listedBytes: number;
}

export interface IntakeBatch {
  scope: LedgerScope;
  channel: Pick<ChannelRow, 'id' | 'flowId' | 'nodeId' | 'version' | 'isInOrder'>;
  /** In the order in which they are to be processed. */
  mails: IntakeMail[];
  /** Owed at once (Post-Process When: Stored). */
  owed: PostProcessing | null;
  /** Owed when the message fails for good or is cancelled. */
  onFailure: PostProcessing | null;
  fence: Fence;
}

export interface IntakeResult {
  /** Ids of the messages that now exist. */
  taken: string[];
  /** Recognised by their bytes after a renumbering, or seen twice. */
  known: number;
  /** Look like a known mail but differ; a person decides. */
  held: number;
}

export interface Owed extends SettleItem {
  ledgerId: number;
}

export interface Refused {
  action: PostProcessing;
  count: number;
  /** The newest refusal. */
  error: ErrorView;
  nextTryAt: Date;
}

export interface SettledMail {
  ledgerId: number;
  error?: ErrorView;
  /** The server was asked and said no: it is left in peace for a while. */
  isRefused: boolean;
}

/** A mail that still has to be taken in. */
export interface FreshMail extends ListedMail {
  /** Failed fetches. */
  tries: number;
  /** Search has been asked before, or a person wants it: it is not judged again. */
  isDecided: boolean;
}

/** What the ledger says of a listing. */
export interface Sights {
  fresh: FreshMail[];
  known: number;
  /** Were there before the start of a channel that takes only what arrives from then on. */
  beforeStart: number;
  skippedBySearch: number;
}

/** Where a channel began, and what it knows of the numbering that it reads now. */
export interface Beginning {
  startedAt: Date;
  /** What was there before is left out. */
  leavesOutBefore: boolean;
  /** The numbering is the one in which the channel began. */
  isFirst: boolean;
  /** IMAP: the UID that the next mail was to get when this numbering was first seen. */
  firstUid: number | null;
}

export interface Overlap {
  /** Some of the uids are known here. */
  isShared: boolean;
  /** Some of the uids are those of mails whose deletion the server has confirmed. */
  isReused: boolean;
  /** The scope has mails that should still be on the server. */
  isExpected: boolean;
  /** The scope has mails at all. */
  isUsed: boolean;
}

export interface Ledger {
  /**
   * Remembers that the channel reads this numbering, the first time it does; with it, what the first listing of all leaves out:
   * mails below `nextUid`, else those of `uids`.
   */
  begin(
    scope: LedgerScope,
    first: { startWith: PollPlan['startWith']; nextUid: number | null; uids: () => string[] },
    fence: Fence,
  ): Promise<Beginning>;
  /** What has become of the listed mails before. */
  sights(scope: LedgerScope, mails: ListedMail[], beginning: Beginning, headSearch: string | null): Promise<Sights>;
  /** Which of many mails are done with, whatever the listing says of them: taken, held, set aside or left out for good. */
  knownOf(scope: LedgerScope, uids: string[]): Promise<ReadonlySet<string>>;
  /** Ids of mails that are to be fetched whatever the listing says: their fetch failed before, or a person asked for them. */
  wanted(scope: LedgerScope): Promise<string[]>;
  /** Forgets mails that are to be fetched but are no longer on the server. */
  forget(scope: LedgerScope, uids: string[], fence: Fence): Promise<void>;
  /** Remembers new mails that are left out, so that they are not looked at again. */
  leaveOut(
    scope: LedgerScope,
    mails: ListedMail[],
    why: { state: 'before' } | { state: 'skipped'; by: string },
    fence: Fence,
  ): Promise<void>;
  /** Where to look for mails that a person read first, and those that were found before. */
  readBefore(scope: LedgerScope): Promise<{ fromUid: number; uids: string[] }>;
  /** Replaces what was found; `uids` that were taken in before are left out. Returns how many there are. */
  rememberRead(scope: LedgerScope, uids: string[], lookedAtUid: number, fence: Fence): Promise<number>;
  /** Marks those of the listed mails that are unread although they were marked as read for us; returns how many there are. */
  rememberUnreadAgain(scope: LedgerScope, unread: string[], fence: Fence): Promise<number>;
  /** The two counts, as they were found last. */
  offers(scope: LedgerScope): Promise<{ readElsewhere: number; unreadAgain: number }>;
  /** What the listed `uids` have in common with this scope. */
  overlap(scope: LedgerScope, uids: string[]): Promise<Overlap>;
  /** Starts a new count of renumberings of a POP3 channel; returns it. */
  renumber(channelId: string, fence: Fence): Promise<number>;
  /** Whether mails of this channel were taken under another mailbox or epoch. */
  hasOtherScopes(scope: LedgerScope): Promise<boolean>;
  /** Ledger row, log row and job of every mail in one transaction. The blobs must be durable before. */
  takeIn(batch: IntakeBatch): Promise<IntakeResult>;
  /** Counts failed fetches; returns the mails that reached `maxTries` and were set aside. */
  fetchFailed(
    scope: LedgerScope,
    channel: Pick<ChannelRow, 'id' | 'flowId'>,
    mails: ListedMail[],
    maxTries: number,
    error: ErrorView,
    fence: Fence,
  ): Promise<number>;
  /** Sets mails aside without their bytes; they stay on the server and are not listed as new again. */
  setAside(
    scope: LedgerScope,
    channel: Pick<ChannelRow, 'id' | 'flowId'>,
    mail: ListedMail & { head?: MailHead },
    reason: ErrorView,
    fence: Fence,
  ): Promise<void>;
  /** What the server must be told now, oldest first; what it has refused waits. */
  owed(scope: LedgerScope, limit: number, deleteAfterDays: number | null): Promise<Owed[]>;
  /** What waits because the server has refused it, by action. */
  refused(scope: LedgerScope): Promise<Refused[]>;
  /** Records the intent before the server is told, so that a lost answer is looked up, not repeated. */
  beginSettling(ledgerIds: number[], fence: Fence): Promise<void>;
  settled(results: SettledMail[], fence: Fence): Promise<void>;
  /** Messages of the channel that are being processed right now. */
  open(channelId: string): Promise<number>;
}

// ---- exchange

export interface RecordedEffect {
  path: string;
  summary: string;
  answer: Json;
}

/** What went wrong at one place of the way, over the attempts of one message. */
export interface Setback {
  /** Attempts in a row that failed there. */
  failures: number;
  /** ISO 8601; null when it is given up. */
  nextAt: string | null;
  error: ErrorView;
}

export interface ExchangeStart {
  messageId: string;
  channelId: string;
  flowId: string;
  flowName: string;
  version: number;
  nodeId: string;
  attempt: number;
  /** Runs from the start, 1 for the first. */
  round: number;
  /** Runs from a step on, by the id of its node, counted on from `round`. */
  rounds: Record<string, number>;
  /** By place. */
  setbacks: Record<string, Setback>;
  receivedAt: Date;
  raw: BlobRef;
  /** Undefined when the ledger no longer knows the mail. */
  origin: MailOrigin | undefined;
  /** Messages of its channel wait behind it. */
  isInLine: boolean;
  /** Of its flow, when the attempt began. */
  logLevel: FlowLogLevel;
  effects: RecordedEffect[];
}

export interface ExchangeEnd {
  messageId: string;
  attempt: number;
  /** Its end lets the next of its line run. */
  isInLine: boolean;
  steps: RunStepRow[];
  /** What the log level of the flow keeps of it; absent where that is nothing. */
  payloads?: AttemptPayloads | undefined;
}

export interface ExchangeStore {
  /** Undefined when the job is stale: ended, cancelled or overtaken by a later attempt. */
  begin(messageId: string, attempt: number, turn?: number): Promise<ExchangeStart | undefined>;
  /** Keeps it in any case. False when the attempt is no longer current; the caller stops. */
  recordEffect(messageId: string, attempt: number, effect: RecordedEffect): Promise<boolean>;
  /** Ends the message and writes what is owed to the mail server, in one transaction; for FAILED that is what intake has recorded. */
  end(end: ExchangeEnd & { status: MessageStatus; error: ErrorView | null; owed: PostProcessing | null }): Promise<void>;
  /** RETRY and its next job in one transaction. */
  retry(end: ExchangeEnd & { error: ErrorView; nextAttemptAt: Date; setbacks: Record<string, Setback> }): Promise<void>;
  /** Gives the place back and queues the message again, in one transaction; with `isLogged` as an attempt of its own, else as the same. */
  comeAgain(end: ExchangeEnd & { at: Date; setbacks: Record<string, Setback>; isLogged: boolean }): Promise<void>;
  /** Whether each attempt is still the current one of an open message. */
  current(attempts: { messageId: string; attempt: number }[]): Promise<boolean[]>;
  /** Keeps headers of the mail with the message, to find it by. */
  noteHeaders(message: { messageId: string; attempt: number; headers: Record<string, string> }): Promise<void>;
  /** Writes what an attempt did before it was cancelled. */
  keepSteps(end: Omit<ExchangeEnd, 'isInLine'>): Promise<void>;
  /** flow id → the version that is deployed; flows that are not deployed are left out. */
  deployedVersions(flowIds: string[]): Promise<Map<string, number>>;
  /** FAILED and set aside with its raw bytes, in one transaction. */
  quarantine(end: ExchangeEnd & { error: ErrorView }): Promise<void>;
  version(flowId: string, version: number): Promise<FlowDocument | undefined>;
}
