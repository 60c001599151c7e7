import type { MailProtocol, Protection } from '../../shared/mail-address.ts';
import type { Keeping } from './corpus-rules.ts';
import type { Capabilities } from './post-processing-rules.ts';
import type { ServerFacts } from './sign-in-rules.ts';

/** All servers of one family. */
export interface Fleet {
  /** Offers everything, can everything, and hides nothing. */
  everything: TestedServer;
  /** Differ in what they offer to who signs in; `everything` is among them. */
  offering: TestedServer[];
  /** Differ in what they say they can do with done mails; `everything` is among them. */
  capable: CapableServer[];
  stop: () => Promise<void>;
}

export interface CapableServer extends Capabilities {
  server: TestedServer;
}

/** A real mail server as the rows need it, whatever its family. */
export interface TestedServer {
  facts: ServerFacts;
  /** The authority of its certificate, as PEM. */
  ca: string;
  keeping: Keeping;
  port: (protocol: MailProtocol, protection: Protection) => number;
  /** A mailbox with exactly one mail, to be read only. Give it back when done. */
  borrowMailbox: () => Promise<Mailbox & { giveBack: () => void }>;
  /** An empty mailbox that nobody else has. */
  newMailbox: () => Promise<Mailbox>;
  /** Somebody other than our code who sees how the sign-in at this port goes. */
  witness: (port: number) => Promise<Witness>;
}

export interface Mailbox {
  user: string;
  password: string;
  /** Puts mails into INBOX, in this order. */
  deliver: (mails: Buffer[]) => Promise<void>;
  createFolder: (name: string) => Promise<void>;
  /** As the server keeps them, oldest first. */
  mails: (folder?: string) => Promise<KeptMail[]>;
  /** The mails of INBOX as they are on the server's disk, oldest first. */
  files: () => Promise<Buffer[]>;
  close: () => void;
}

export interface KeptMail {
  /** `\Seen`, `\Deleted` … */
  flags: string[];
  raw: Buffer;
}

export interface Witness {
  /** Connect here instead. */
  port: number;
  /** What was seen of this user by now; undefined where nothing can be seen. */
  attempts: (user: string) => Promise<Attempt[] | undefined>;
  close: () => Promise<void>;
}

export interface Attempt {
  mechanism: string;
  isEncrypted: boolean;
  /** Undefined where the witness sees only one side. */
  isAccepted?: boolean;
}

/** The one mail of a borrowed mailbox. */
export const borrowedMail = Buffer.from('From: a@example.test\r\nSubject: borrowed\r\n\r\nGr\xfc\xdfe\r\n.\r\n', 'latin1');
