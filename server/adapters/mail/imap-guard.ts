import { FlowError } from '../../../shared/errors.ts';

/** What a server may make us hold at once, in bytes. */
export interface ImapLimits {
  /** One line without its literals. */
  line: number;
  literal: number;
  /** All that is said between one command and the next. */
  answer: number;
}

const kib = 1024;
const mib = 1024 * kib;

/** Before anybody has signed in: greeting, capabilities, challenges. */
export const strangerLimits: ImapLimits = { line: 64 * kib, literal: 64 * kib, answer: 256 * kib };

/**
 * After the sign-in. A line: the result of a search for some four million mails. A literal: a mail is asked for in pieces of 2 MiB,
 * or whole where the server says that it is smaller than that, which not all count right. An answer: a batch of such mails.
 */
export const signedInLimits: ImapLimits = { line: 32 * mib, literal: 16 * mib, answer: 64 * mib };

/** One response of the server, before it is parsed. */
export interface ImapResponse {
  /** Its lines, without what is in literals. */
  payload: Buffer;
  literals: Buffer[];
}

/**
 * Looks at what a server says before imapflow does, which passes over whatever it can't place: a greeting in another protocol,
 * an answer to a command that was never sent, the rest of a mail that is longer than its literal. After any of these nothing
 * that follows can be trusted to be what it seems, since a mail may hold lines that look like answers.
 */
export class ImapGuard {
  readonly #address: string;
  #isGreeted = false;
  #answered = 0;
  #answerBytes = 0;

  /** @param address host and port, for the words of errors */
  constructor(address: string) {
    this.#address = address;
  }

  /**
   * @param commands how many commands were sent by now; their tags are their numbers, in hexadecimal
   * @returns why nothing more may be read, or undefined
   */
  check({ payload, literals }: ImapResponse, commands: number, { answer }: ImapLimits): FlowError | undefined {
    if (commands !== this.#answered) this.#answerBytes = 0;
    this.#answered = commands;
    for (const { length } of [payload, ...literals]) this.#answerBytes += length;
    if (this.#answerBytes > answer) return this.#error('reading', `an answer is longer than ${answer} bytes`);

    // Some servers pad lines with NUL, which imapflow removes too.
    const start = payload.toString('latin1', 0, 200).replace(/^\0+/, '');
    if (!this.#isGreeted && !/^\* (OK|PREAUTH|BYE)\b/i.test(start)) return this.#error('greeting', start);
    this.#isGreeted = true;
    const [tag = ''] = /^[^ ]*/.exec(start) ?? [];
    if (tag === '*' || tag === '+') return undefined;
    const isTag = /^[0-9A-F]{1,8}$/.test(tag) && Number.parseInt(tag, 16) >= 1 && Number.parseInt(tag, 16) <= commands;
    return isTag ? undefined : this.#error('reading', `no answer to anything that was asked: ${start}`);
  }

  #error(during: string, details: string): FlowError {
    return new FlowError('MAIL_PROTOCOL_ERROR', { address: this.#address, during }, { details });
  }
}
