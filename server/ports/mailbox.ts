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
  /** The connection stays open after a poll and waits for new mail, where the session can. */
  isStanding: boolean;
}

export interface SenderContext {
  secrets: Secrets;
  signal: AbortSignal;
  log: Logger;
}

/** What the ledger knows of a mail and its bytes don't. */
export interface MailOrigin {
  /** IMAP UID or POP3 UIDL. */
  uid: string;
  /** IMAP: UIDVALIDITY. POP3: the channel's count of renumberings. */
  epoch: string;
  /** When it was taken in. */
  receivedAt: Date;
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
  /** @param options.isNewOnly only what has arrived since the last listing of this session */
  list(options?: { isNewOnly: boolean }): Promise<Listing>;
  /**
   * Yields what could be fetched, in any order. A mail missing from the answer is one the server did not hand out.
   * `isLarge` mails are streamed one at a time; consume each before asking for the next.
   */
  fetch(mails: ListedMail[]): AsyncIterable<FetchedMail>;
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
  /** @throws FlowError MAIL_NOT_PARSEABLE */
  parse(raw: RawMail, config: Config, context: ReadContext): Promise<ReadMail>;
  /** @param index as in `Message.attachments` of `parse` with the same configuration */
  openAttachment(raw: RawMail, index: number, config: Config, context: ReadContext): AsyncIterable<Uint8Array>;
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
