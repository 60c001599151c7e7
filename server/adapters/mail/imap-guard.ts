/** What a server may make us take in. */
export interface ImapLimits {
  /** Bytes of one line without its literals. */
  line: number;
  /** Bytes of one literal. */
  literal: number;
  /** Bytes of all that is said between one command and the next. */
  answer: number;
  /** Responses in that time. */
  responses: number;
}

const kib = 1024;
const mib = 1024 * kib;

/** Before anybody has signed in: capabilities and challenges. */
export const strangerLimits: ImapLimits = { line: 64 * kib, literal: 64 * kib, answer: 256 * kib, responses: 1_000 };

/**
 * After the sign-in. A line: the result of a search, for more than a million mails. A literal: a mail is asked for in pieces of 2 MiB,
 * or whole where the server says that it is no larger, and not all count right. An answer: a batch of such mails.
 * Responses: another client may delete very many mails while we are there, and each is told.
 */
export const signedInLimits: ImapLimits = { line: 16 * mib, literal: 16 * mib, answer: 32 * mib, responses: 100_000 };

/** One response of the server, before it is parsed. */
export interface ImapResponse {
  /** Its lines, without what is in literals. */
  payload: Buffer;
  literals: Buffer[];
}

/**
 * Looks at what a server says behind its greeting before imapflow does, which passes over whatever it can't place: an answer to a
 * command that was never sent, the rest of a mail that is longer than its literal, another protocol. After any of these nothing that
 * follows can be trusted to be what it seems, since a mail may hold lines that look like answers.
 */
export class ImapGuard {
  #commands = 0;
  #bytes = 0;
  #responses = 0;

  /**
   * @param commands how many were sent by now; their tags are their numbers, in hexadecimal
   * @returns why nothing more may be read, or undefined
   */
  check({ payload, literals }: ImapResponse, commands: number, limits: ImapLimits): string | undefined {
    if (commands !== this.#commands) {
      this.#commands = commands;
      this.#bytes = 0;
      this.#responses = 0;
    }
    this.#responses += 1;
    for (const { length } of [payload, ...literals]) this.#bytes += length;
    if (this.#bytes > limits.answer) return `an answer is longer than ${limits.answer} bytes`;
    if (this.#responses > limits.responses) return `an answer has more than ${limits.responses} responses`;

    // Some servers pad lines with NUL, which imapflow removes too.
    const start = payload.toString('latin1', 0, 200).replace(/^\0+/, '');
    const [tag = ''] = /^[^ ]*/.exec(start) ?? [];
    return tag === '*' || tag === '+' || isTagOf(commands, tag) ? undefined : `no answer to anything that was asked: ${start}`;
  }
}

function isTagOf(commands: number, tag: string): boolean {
  const number = /^[0-9A-F]{1,8}$/.test(tag) ? Number.parseInt(tag, 16) : 0;
  return number >= 1 && number <= commands;
}
