import type { MessageSummary } from '../shared/api.ts';
import type { ProbeStage } from '../shared/checklist.ts';
import type { ErrorView } from '../shared/errors.ts';
import type { Attachment, FlowDocument, Json, Message } from '../shared/flow.ts';
import type { Schedule } from '../shared/schedule.ts';
import type { ChannelHealth, DeploymentState, MessageStatus, PollResult, RunStepOutcome } from '../shared/status.ts';

/** What the rooms of the server know of each other: interfaces only. */

export interface Clock {
  now(): Date;
}

export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

// ---- adapters and steps

/** User and password of one User Credentials artifact, decrypted. Never log it. */
export interface Credential {
  name: string;
  user: string;
  password: string;
}

/** Hands out a credential for one host; throws CREDENTIAL_NOT_DEPLOYED or CREDENTIAL_HOST_NOT_ALLOWED. */
export type UseCredential = (name: string, host: string) => Promise<Credential>;

/** Who may poll what: lower-case host without port, user, folder (`INBOX` for POP3). */
export interface MailboxId {
  host: string;
  user: string;
  folder: string;
}

export type PostProcessing = 'mark-read' | 'delete' | 'archive' | 'archive-mark-read';

/** What the runtime needs to know of a sender's configuration, whatever the protocol. */
export interface PollPlan {
  schedule: Schedule;
  maxMessages: number;
  maxMailBytes: number;
  /** Longest time without progress. */
  lockTimeoutMs: number;
  postProcessing: PostProcessing | 'none';
  postProcessWhen: 'completed' | 'stored';
}

export interface SenderContext {
  useCredential: UseCredential;
  signal: AbortSignal;
  log: Logger;
}

export interface ListedMail {
  /** IMAP UID or POP3 UIDL; unique within the epoch of the listing. */
  uid: string;
  sizeBytes: number;
}

export interface Listing {
  /**
   * IMAP: UIDVALIDITY. POP3: empty, since UIDLs have no epoch; the runtime counts renumberings itself.
   */
  uidValidity: string;
  /** Oldest first; mails flagged \Deleted are left out. */
  mails: ListedMail[];
  notes: string[];
}

export interface FetchedMail {
  uid: string;
  /** Exact bytes as the server stores them; small mails in one piece, large ones as they come. */
  bytes: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Decoded facts of a mail's head, for the log and for recognising it after a renumbering. */
export interface MailHead {
  subject: string;
  from: string;
  to: string;
  messageId: string;
  /** Date header as ISO 8601 where it can be read. */
  date: string | null;
}

export interface SettleItem {
  uid: string;
  action: PostProcessing;
  messageId: string;
  /** The action was sent before and its answer is not known: look before repeating. */
  isRepeat: boolean;
}

/** One owed action that the server has confirmed (`error` absent) or refused. `isGone`: the mail is no longer there. */
export interface SettleResult {
  uid: string;
  error?: ErrorView;
  isGone?: boolean;
  note?: string;
}

/** One open visit to a mailbox. Every method ends within its deadline or throws a FlowError; abort destroys the socket. */
export interface MailboxSession {
  list(): Promise<Listing>;
  /**
   * Yields what could be fetched, in any order. A mail missing from the answer is one the server did not hand out.
   * `isLarge` mails are streamed one at a time; consume each before asking for the next.
   */
  fetch(mails: ListedMail[]): AsyncIterable<FetchedMail>;
  /** Tells the server what is owed; returns what is certain by now. */
  settle(items: SettleItem[]): Promise<SettleResult[]>;
  /** Signs out. Returns what only the sign-out made certain (POP3: deletions count after +OK to QUIT). */
  close(): Promise<SettleResult[]>;
  /** Drops the connection at once; safe at any time, also after close. */
  destroy(): void;
}

/** The raw bytes of a mail taken in. */
export interface RawMail {
  sizeBytes: number;
  open(): AsyncIterable<Uint8Array>;
}

export interface SenderAdapter<Config = never> {
  type: string;
  plan(config: Config): PollPlan;
  /** Host and artifact that `mailbox` and `open` use. */
  credentialOf(config: Config): { name: string; host: string };
  mailbox(config: Config, user: string): MailboxId;
  /** Connects, protects, signs in, selects the folder. */
  open(config: Config, context: SenderContext): Promise<MailboxSession>;
  /** @param start the first bytes of a mail, at least its head or 64 KiB */
  readHead(start: Uint8Array): MailHead;
  /** @throws FlowError MAIL_NOT_PARSEABLE */
  parse(raw: RawMail, config: Config, signal: AbortSignal): Promise<Message>;
  openAttachment(raw: RawMail, index: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** All header lines, decoded, in their order; for the monitor. */
  readHeaders(raw: RawMail): Promise<{ name: string; value: string }[]>;
  /** The connection test: reports each stage as it happens; changes nothing on the server. */
  probe(config: Config, context: SenderContext, report: (stage: ProbeStage) => void): Promise<void>;
}

export interface ExchangeFacts {
  exchangeId: string;
  flowName: string;
  /** The recorded time of intake, so that a repeated run computes the same. */
  receivedAt: Date;
}

export interface StepContext extends ExchangeFacts {
  signal: AbortSignal;
}

/** Work inside the flow. No effect on the outside: it may run again after a crash. */
export interface Step<Config = never> {
  type: string;
  run(message: Message, config: Config, context: StepContext): Promise<StepResult> | StepResult;
}

export interface StepResult {
  /** `stop` ends this path; the message is then COMPLETED as far as this path goes. */
  to: 'next' | 'stop';
  message: Message;
  /** One line for the log. */
  summary: string;
}

export interface ReceiverContext extends ExchangeFacts {
  signal: AbortSignal;
  /** The same at each repetition of the same call: exchange id and effect path. */
  idempotencyKey: string;
  useCredential: UseCredential;
  raw: RawMail;
  openAttachment(attachment: Attachment): AsyncIterable<Uint8Array>;
  /** Folder of this installation for the File receiver. */
  outboxDirectory: string;
}

/** A system the message is handed to. It resolves only when that system has it for good. */
export interface Receiver<Config = never> {
  type: string;
  deliver(message: Message, config: Config, context: ReceiverContext): Promise<Delivery>;
}

export interface Delivery {
  /** One line for the log: "201 Created in 12 ms". */
  summary: string;
  /** Kept with the effect; at most a few KiB. */
  answer: Json;
}

// ---- blobs

export interface BlobRef {
  /** SHA-256 of the content, lower-case hex. */
  hash: string;
  sizeBytes: number;
}

export interface BlobStore {
  /**
   * Writes and fsyncs content, unless it is there. Not referenced yet: intake does that in its transaction.
   * Stops reading and throws BLOB_TOO_LARGE when `maxBytes` is passed, DISK_FULL when there is no space.
   * `onStart` gets the first 64 KiB or more, or all there is, once.
   */
  put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { maxBytes?: number; onStart?: (first: Uint8Array) => void },
  ): Promise<BlobRef>;
  /** Makes the names of all blobs put before durable; one directory sync for a batch. */
  sync(): Promise<void>;
  /** @throws FlowError BLOB_MISSING, at the first read */
  open(hash: string): AsyncIterable<Uint8Array>;
  exists(hash: string): Promise<boolean>;
  /** Every blob there is and when it was last put. */
  list(): AsyncIterable<BlobRef & { putAt: Date }>;
  /** Removes the content unless it was put after `unlessPutSince`: false, and it stays. */
  remove(hash: string, unlessPutSince?: Date): Promise<boolean>;
}

// ---- stores

export interface FlowRow {
  id: string;
  name: string;
  description: string;
  draft: FlowDocument;
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface VersionRow {
  flowId: string;
  version: number;
  document: FlowDocument;
  deployedAt: Date;
  deployedBy: string;
  note: string;
}

export interface DeploymentRow {
  flowId: string;
  flowName: string;
  version: number;
  state: DeploymentState;
  deployedAt: Date;
  deployedBy: string;
  error: ErrorView | null;
}

export interface ChannelRow {
  /** Kept over redeploys: the ledger hangs on it. */
  id: string;
  flowId: string;
  nodeId: string;
  name: string;
  version: number;
  /** Resolved configuration of the deployed version. */
  type: string;
  config: Record<string, unknown>;
  health: ChannelHealth;
  nextPollAt: Date | null;
  lastSuccessAt: Date | null;
  failuresInRow: number;
  /** POP3 only: grows with each renumbering. */
  epoch: number;
}

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

export interface Page {
  limit: number;
  cursor?: string | undefined;
}
export interface Paged<T> {
  items: T[];
  nextCursor: string | null;
}

export interface FlowStore {
  list(): Promise<FlowRow[]>;
  get(id: string): Promise<FlowRow | undefined>;
  create(flow: { name: string; description: string; draft: FlowDocument }): Promise<FlowRow>;
  /** Undefined when the revision is no longer `revision`. */
  save(id: string, revision: number, change: Partial<Pick<FlowRow, 'name' | 'description' | 'draft'>>): Promise<FlowRow | undefined>;
  /** Ends its open messages as ABANDONED. */
  remove(id: string): Promise<boolean>;
  version(flowId: string, version: number): Promise<VersionRow | undefined>;
}

export interface DeploymentStore {
  list(): Promise<DeploymentRow[]>;
  get(flowId: string): Promise<DeploymentRow | undefined>;
  channels(flowId?: string): Promise<ChannelRow[]>;
  /** Freezes `document` as the next version and sets it Starting, in one transaction. */
  start(flow: FlowRow, document: FlowDocument, by: string, note: string): Promise<DeploymentRow>;
  stop(flowId: string): Promise<void>;
  pollNow(flowId: string): Promise<void>;
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

export interface CredentialRow {
  name: string;
  description: string;
  user: string;
  allowedHosts: string[];
  deployedAt: Date;
  deployedBy: string;
  usedBy: string[];
}

export interface CredentialStore {
  list(): Promise<CredentialRow[]>;
  /** @throws CREDENTIAL_EXISTS */
  create(
    credential: { name: string; description: string; user: string; password: string; allowedHosts: string[] },
    by: string,
  ): Promise<CredentialRow>;
  /** Undefined when there is none. Lifts sign-in pauses of the channels that use it. */
  save(
    name: string,
    change: { description: string; user: string; password?: string | undefined; allowedHosts: string[] },
    by: string,
  ): Promise<CredentialRow | undefined>;
  /** @throws CREDENTIAL_IN_USE */
  remove(name: string): Promise<boolean>;
  use: UseCredential;
}

export interface LockRow {
  key: string;
  holder: string;
  /** Fencing token: grows with each change of holder. */
  token: bigint;
  acquiredAt: Date;
  expiresAt: Date;
}

export interface Locks {
  /** A lease for `ttlMs` by the database's clock, or who holds it. */
  acquire(key: string, holder: string, ttlMs: number): Promise<{ token: bigint } | { heldBy: string }>;
  /** False when the lease has passed to somebody else. */
  renew(key: string, token: bigint, ttlMs: number): Promise<boolean>;
  release(key: string, token: bigint): Promise<void>;
  list(): Promise<LockRow[]>;
}

// ---- queue and events

/** One attempt to run one message. */
export interface ExchangeJob {
  messageId: string;
  attempt: number;
  /** So that one flow can't take all places of the workers. */
  flowId: string;
}

/** A database transaction as the queue needs it: whoever opens one hands it over, so that job and rows are one commit. */
export interface SqlExecutor {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export interface WorkOptions {
  concurrency: number;
  perFlow: number;
}

export interface Queue {
  /** Adds jobs within the caller's transaction; `startAfter` delays them. */
  add(jobs: ExchangeJob[], within: SqlExecutor, startAfter?: Date): Promise<void>;
  /** Says that jobs may be waiting, after the transaction that added them was committed. */
  wake(): void;
  /**
   * Runs jobs until `close`, at most `concurrency` at a time here and `perFlow` of one flow in all workers together;
   * what a dead worker held comes back.
   * A job is done when `run` resolves. When it rejects, the job is handed out again after 1 to 60 s.
   * `signal` aborts when the job was lost to another worker, or the grace period of `close` is over.
   */
  work(run: (job: ExchangeJob, signal: AbortSignal) => Promise<void>, options: WorkOptions): void;
  /** Takes no more jobs, lets running ones end for `graceMs`, then hands the rest back. */
  close(graceMs: number): Promise<void>;
}

export interface ChangeEvent {
  kind: 'flow' | 'deployment' | 'poll' | 'message' | 'credential' | 'quarantine';
  id: string;
}

/** What changed, by id, across all processes. Delivery is best effort: readers read again after a reconnect. */
export interface Events {
  publish(event: ChangeEvent): void;
  /** `onGap`: the connection was lost for a while, so events may have been missed. */
  subscribe(listener: (event: ChangeEvent) => void, onGap?: () => void): () => void;
}

/** The mailbox for the first minute; absent in processes without it. */
export interface PracticeMailbox {
  /** `host:port` it listens on, for Address. */
  address: string;
  user: string;
  password: string;
  counts(): { total: number; unread: number };
  send(mail: { subject?: string | undefined; text?: string | undefined }): Promise<void>;
}

// ---- accounts

/** Who is asking: a person with a session, or a program with an API token. */
export interface Visitor {
  kind: 'session' | 'token';
  /** Of the person, or of the token. */
  id: string;
  name: string;
  /** Empty for a token. */
  email: string;
  /** The only role for now. */
  role: 'administrator';
  /** Of this session or token; the same as long as it lives. */
  sessionId: string;
}

export interface TokenRow {
  id: string;
  name: string;
  start: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

/** A session just begun or ended: who, and the `Set-Cookie` lines that say so to the browser. */
export interface SessionChange {
  visitor: Visitor | null;
  cookies: string[];
}

export interface NewAdministrator {
  name: string;
  email: string;
  password: string;
}

export interface Accounts {
  isSetUpNeeded(): Promise<boolean>;
  /**
   * Creates the first administrator and signs in. Of several at once exactly one succeeds.
   *
   * @throws SETUP_TOKEN_WRONG, SETUP_DONE
   */
  setUp(token: string, administrator: NewAdministrator): Promise<SessionChange>;
  /** @throws SIGN_IN_FAILED */
  signIn(email: string, password: string, userAgent: string | undefined): Promise<SessionChange>;
  signOut(headers: Headers): Promise<SessionChange>;
  /** Reads `Authorization: Bearer` or the session cookie; a bearer that is not known is nobody, whatever the cookie says. */
  visitor(headers: Headers): Promise<Visitor | undefined>;
  listTokens(): Promise<TokenRow[]>;
  /** The token itself is in this answer and nowhere else. */
  createToken(name: string, by: string): Promise<TokenRow & { token: string }>;
  deleteToken(id: string): Promise<boolean>;
}
