import type { Attachment, Json, Message } from '../../shared/flow.ts';
import type { RawMail } from './mailbox.ts';
import type { Secrets } from './secrets.ts';

/** Steps and receivers: what a message meets on its way. */

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
  /** The output it leaves by, of a step that has several. */
  port?: string;
  message: Message;
  /** One line for the log. */
  summary: string;
}

/** What receivers sign in with. */
export type ReceiverSecrets = Pick<Secrets, 'useCredential' | 'useParameter' | 'useClientToken' | 'knownHosts' | 'useKeyPair'>;

export interface ReceiverContext extends ExchangeFacts {
  signal: AbortSignal;
  /** The same at each repetition of the same call: exchange id and effect path. */
  idempotencyKey: string;
  secrets: ReceiverSecrets;
  raw: RawMail;
  openAttachment(attachment: Attachment): AsyncIterable<Uint8Array>;
  /** Folder of this installation for the File receiver. */
  outboxDirectory: string;
}

/** A system the message is handed to. It resolves only when that system has it for good. */
export interface Receiver<Config = never> {
  type: string;
  deliver(message: Message, config: Config, context: ReceiverContext): Promise<Delivery>;
  /** Where there is a way to sign in without handing anything over: what the system says to it, one sentence. @throws FlowError */
  tryOut?(config: Config, context: Pick<ReceiverContext, 'secrets' | 'signal'>): Promise<string>;
}

export interface Delivery {
  /** One line for the log: "201 Created in 12 ms". */
  summary: string;
  /** Kept with the effect; at most a few KiB. */
  answer: Json;
}
