import type { TypedMail } from '../../shared/api/simulations.ts';
import type { EmailAddress } from '../../shared/email-address.ts';
import type { ErrorView } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import type { MailProposal } from '../../shared/mail-proposal.ts';
import type { MailFolder, ProbeStage } from '../../shared/probe.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { Logger } from './common.ts';
import type { Secrets } from './secrets.ts';

/** Sender adapters: how the runtime visits a mailbox and reads a mail. */

/** Who may poll what: lower-case host without port, user, folder (`INBOX` for POP3). */
export interface MailboxId {
  host: string;
  user: string;
  folder: string;
}

/**
 * What a mail server can be owed. `delete-after-days` becomes a deletion when its time has come;
 * `move-failed` is owed for messages that have failed for good or were cancelled.
 */
export type PostProcessing = 'mark-read' | 'delete' | 'delete-after-days' | 'archive' | 'archive-mark-read' | 'move-failed';

/** What the runtime needs to know of a sender's configuration, whatever the protocol. */
export interface PollPlan {
  schedule: Schedule;
  maxMessages: number;
  maxMailBytes: number;
  /** Longest time without progress. */
  lockTimeoutMs: number;
  postProcessing: PostProcessing | 'none';
  postProcessWhen: 'completed' | 'stored';
  /** Days after intake, of `delete-after-days`; null where mails are not deleted then, also not those that it is owed for. */
  deleteAfterDays: number | null;
  /** What is owed when a message has failed for good or was cancelled. */
  onFailure: PostProcessing | null;
  startWith: 'existing' | 'new';
  /** One message at a time, in the order of the listing. */
  isInOrder: boolean;
  /** Mails that a person has read are not listed: they are to be counted, and offered. */
  isUnreadOnly: boolean;
  /** Names the Search of a system that can't search: each mail is judged once by its head. Null where the listing is what Search wants. */
  headSearch: string | null;
  /** The connection stays open after a poll and waits for new mail, where the session can. */
  isStanding: boolean;
}

export interface SenderContext {
  secrets: Secrets;
  signal: AbortSignal;
  log: Logger;
  /** Longest silence while the server is at work; the adapter's own where it is left out. */
  progressMs?: number;
  /**
   * A visit that leaves everything as it is, marks included: nothing can be settled. `wanted`: only what a poll would take;
   * `all`: what else there is, too.
   */
  peek?: 'wanted' | 'all';
}

/** What the ledger knows of a mail and its bytes don't. */
export interface MailOrigin {
  /** IMAP UID or POP3 UIDL. */
  uid: string;
  /** IMAP: UIDVALIDITY. POP3: the channel's count of renumberings. */
  epoch: string;
  /** When it was taken in. */
  receivedAt: Date;
  /** Its flags when it was listed (IMAP). */
  flags?: string[];
  /** When it arrived at the server, where the listing told (IMAP INTERNALDATE). */
  arrivedAt?: Date | null;
}

/** What reading a mail may need besides its bytes. */
export interface ReadContext {
  /** Asked only when the mail is encrypted or signed. */
  secrets: Pick<Secrets, 'keyPairs' | 'trustedCertificates'>;
  signal: AbortSignal;
  /** Absent where only the content is wanted. */
  origin?: MailOrigin;
}

export interface ReadMail {
  message: Message;
  /** One line for the log: what was found in the mail. */
  summary: string;
}

/**
 * Begins the ids that a session makes from a mail's head where the server gave it none, or one that others have, too (POP3).
 * What such an id is given to is recognised by its content as well.
 */
export const headIdPrefix = 'head:';

export interface ListedMail {
  /** IMAP UID or POP3 UIDL; unique within the epoch of the listing. */
  uid: string;
  sizeBytes: number;
  /** As the server writes them (IMAP), without \Recent. */
  flags?: string[];
  /** When it arrived at the server, where the listing tells (IMAP INTERNALDATE). */
  arrivedAt?: Date;
  /** Fetched up to here, where a person has allowed more than the channel does. */
  allowedBytes?: number;
  /** The ledger said that it is done with, so its size was not asked for (`sizeBytes` is 0). */
  isKnown?: boolean;
}

export interface Listing {
  /**
   * IMAP: UIDVALIDITY. POP3: empty, since UIDLs have no epoch; the runtime counts renumberings itself.
   */
  uidValidity: string;
  /** Oldest first; mails flagged \Deleted are left out. */
  mails: ListedMail[];
  /** IMAP: no mail that arrives after this listing has a UID below it. */
  nextUid?: number;
  /** Mails that Selection would list but Search does not want. */
  skippedBySearch: number;
  notes: string[];
}

/** The beginning of a mail: its head, or the first 64 KiB of it. */
export interface MailStart {
  uid: string;
  head: Uint8Array;
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
  /** What the listing said when the mail was taken in; absent for mails of older versions. */
  listedBytes?: number | null;
  /** SHA-256 of its bytes in hex, to tell it from others that look the same. */
  contentHash?: string | null;
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
  /**
   * @param options.isNewOnly only what has arrived since the last listing of this session
   * @param options.knownOf which of many mails need not be described again; called with their UIDVALIDITY
   */
  list(options?: {
    isNewOnly?: boolean;
    knownOf?: (uids: string[], uidValidity: string) => Promise<ReadonlySet<string>>;
  }): Promise<Listing>;
  /**
   * Yields what could be fetched, in any order. A mail missing from the answer is one the server did not hand out.
   * `isLarge` mails are streamed one at a time; consume each before asking for the next.
   */
  fetch(mails: ListedMail[]): AsyncIterable<FetchedMail>;
  /**
   * The heads of mails, in any order; one that is gone or refused is left out. Marks nothing as read.
   *
   * @throws FlowError MAIL_HEADS_NOT_OFFERED by a server that gives heads only with the whole mail
   */
  heads(mails: ListedMail[]): AsyncIterable<MailStart>;
  /** What the server greeted with, as people read it; empty where it said nothing. */
  greeting: string;
  /** IMAP: UIDVALIDITY of the folder, what `Listing` tells. POP3: empty. */
  uidValidity: string;
  /** Those of these mails that are there, whatever Selection and Search say. */
  find(uids: string[]): Promise<ListedMail[]>;
  /** Mails that are read, of those that Search wants: of `uids`, and all from `fromUid` on. Absent where there are no read marks. */
  findRead?(fromUid: number, uids: string[]): Promise<string[]>;
  /** Tells the server what is owed; returns what is certain by now. */
  settle(items: SettleItem[]): Promise<SettleResult[]>;
  /**
   * Waits until the server tells of new mail, or `signal` aborts. Absent where a session can't.
   * Asks the server now and then whether it is still there, and calls `onAlive` when it is.
   *
   * @throws FlowError when the connection is gone
   */
  wait?(signal: AbortSignal, onAlive: () => void): Promise<void>;
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

/** Settings found for an e-mail address, best first, and where could not be looked, as sentences. */
export interface Proposals {
  proposals: MailProposal[];
  notes: string[];
}

export interface SenderAdapter<Config = never> {
  type: string;
  plan(config: Config): PollPlan;
  /** Which mailbox it is, and the artifact that signs in to it. */
  identify(config: Config, secrets: Secrets): Promise<{ mailbox: MailboxId; credential: string }>;
  /** Connects, protects, signs in, selects the folder. */
  open(config: Config, context: SenderContext): Promise<MailboxSession>;
  /** @param start the first bytes of a mail, at least its head or 64 KiB */
  readHead(start: Uint8Array): MailHead;
  /** Whether the channel's Search wants a mail, by its head; asked where `PollPlan.headSearch` is set. */
  isWanted(mail: ListedMail, head: Uint8Array, config: Config): boolean;
  /** When a mail arrived, as its head says. */
  arrivalOf(head: Uint8Array): Date | undefined;
  /** @throws FlowError MAIL_NOT_PARSEABLE */
  parse(raw: RawMail, config: Config, context: ReadContext): Promise<ReadMail>;
  /** @param index as in `Message.attachments` of `parse` with the same configuration */
  openAttachment(raw: RawMail, index: number, config: Config, context: ReadContext): AsyncIterable<Uint8Array>;
  /** A mail as a person has written it, ready to be parsed. */
  compose(mail: TypedMail): Promise<Uint8Array>;
  /** All header lines, decoded, in their order; for the monitor. */
  readHeaders(raw: RawMail): Promise<{ name: string; value: string }[]>;
  /** The connection test: reports each stage as it happens; changes nothing on the server. */
  probe(config: Config, context: SenderContext, report: (stage: ProbeStage) => void): Promise<void>;
  /** All folders of the account. @throws FlowError MAIL_NO_FOLDERS where there is only an inbox */
  folders(config: Config, context: SenderContext): Promise<MailFolder[]>;
  /** @returns the path of the folder, as the server writes it; also when it was there already */
  createFolder(config: Config, name: string, context: SenderContext): Promise<string>;
  /** Looks for settings; ends in time, and throws only when aborted. */
  propose(email: EmailAddress, signal: AbortSignal): Promise<Proposals>;
}
