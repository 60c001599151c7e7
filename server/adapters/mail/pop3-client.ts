import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import Pop3Command from 'node-pop3';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/secrets.ts';
import { Pop3Connection, Pop3Refusal, type Pop3Options } from './pop3-connection.ts';
import { SaslDialogue } from './sasl-dialogue.ts';
import type { SaslMechanism } from './sasl-mechanism.ts';

/** Longest answer to UIDL, LIST, CAPA and TOP: about 400,000 mails with ids of the longest kind (70 characters). */
const maxAnswerBytes = 32 * 1024 * 1024;
/** More than any mail has; what fits into 31 bits is a number to every server. */
const everyLine = 2 ** 31 - 1;
/** How many commands may be on their way where the server allows PIPELINING (RFC 2449, section 6.6). */
const pipelineDepth = 16;

/**
 * node-pop3's commands on our own connection engine (docs/adr/0001-pop3-engine.md).
 *
 * Commands keep that library's names, arguments and results. It is told to connect and to sign in: no command does it on its own.
 * One command at a time; a command throws Pop3Refusal when the server says -ERR, and a FlowError when the connection fails.
 */
export class Pop3Client extends Pop3Command {
  readonly #options: Pop3Options;
  #connection: Pop3Connection | undefined;
  #greeting = '';

  constructor(options: Pop3Options) {
    // Secrets are handed to the sign-in only, never kept here.
    super({ host: options.host, port: options.port, tls: options.isTls, user: '', password: '' });
    this.#options = options;
  }

  /** Connects and reads the greeting. */
  override async connect(): Promise<void> {
    this.#connection = await Pop3Connection.open(this.#options);
    this.#greeting = await this.#connection.greeting();
  }

  /** The connection, once `connect` has been called. */
  get connection(): Pop3Connection {
    if (!this.#connection) throw new FlowError('MAIL_CONNECTION_LOST', { address: addressText(this.#options), during: 'not connected' });
    return this.#connection;
  }

  /** What follows +OK in the greeting. */
  get greeting(): string {
    return this.#greeting;
  }

  /**
   * What the server can do: keyword in capitals -> its arguments (RFC 2449, section 5).
   * Empty for a server that does not know the command.
   */
  async CAPA(): Promise<Map<string, string[]>> {
    try {
      return capabilitiesOf(await this.#lines('CAPA'));
    } catch (error) {
      if (error instanceof Pop3Refusal) return new Map();
      throw error;
    }
  }

  /** Encrypts the connection. What CAPA said before counts no longer (RFC 2595, section 4). */
  async STLS(): Promise<void> {
    await this.#ask('STLS');
    await this.connection.protect();
  }

  /** Signs in with USER and PASS. The caller has seen to it that the connection may carry the password. */
  async USER_PASS({ user, password }: Credential): Promise<void> {
    if (/[\r\n\0]/.test(user + password)) throw new Pop3Refusal('USER and PASS cannot carry a line break');
    await this.#ask(`USER ${user}`, 'sign-in');
    await this.#ask(`PASS ${password}`, 'sign-in');
  }

  /** Signs in with a digest of the greeting's timestamp and the password (RFC 1939, section 7). */
  async APOP({ user, password }: Credential, timestamp: string): Promise<void> {
    if (/[\r\n\0]/.test(user)) throw new Pop3Refusal('APOP cannot carry a line break');
    await this.#ask(`APOP ${user} ${createHash('md5').update(timestamp).update(password).digest('hex')}`, 'sign-in');
  }

  /** Signs in with a SASL mechanism (RFC 5034). The connection is dropped when the mechanism does not accept what the server says. */
  async AUTH(mechanism: SaslMechanism, credential: Credential): Promise<void> {
    const dialogue = new SaslDialogue(mechanism, credential, { service: 'pop', host: this.#options.host, port: this.#options.port });
    this.connection.send([`AUTH ${mechanism.name}`]);
    for (;;) {
      const { isDone, text } = await this.connection.challenge().catch((error: unknown) => {
        throw explained(error, dialogue);
      });
      try {
        if (isDone) return dialogue.finish(text);
        this.connection.send([await dialogue.answer(text)]);
      } catch (error) {
        // The answer to a cancellation does not matter any more.
        if (!isDone) this.connection.send(['*']);
        this.destroy();
        throw error;
      }
    }
  }

  override async UIDL(): Promise<string[][]>;
  override async UIDL(msgNumber: number | string): Promise<string[]>;
  override async UIDL(msgNumber?: number | string): Promise<string[][] | string[]> {
    return msgNumber ? words(await this.#ask(`UIDL ${msgNumber}`)) : await this.#list('UIDL');
  }

  override async LIST(): Promise<string[][]>;
  override async LIST(msgNumber: number | string): Promise<string[]>;
  override async LIST(msgNumber?: number | string): Promise<string[][] | string[]> {
    return msgNumber ? words(await this.#ask(`LIST ${msgNumber}`)) : await this.#list('LIST');
  }

  /** The head of a mail and its first lines, one character per byte. */
  override async TOP(msgNumber: number, numLines = 0): Promise<string> {
    return (await this.#answer(`TOP ${msgNumber} ${numLines}`)).toString('latin1');
  }

  /**
   * The heads of mails, the first `maxBytes` of each, asking ahead where `isPipelined`. Stopping early drops the connection.
   *
   * @returns for each mail, in their order, its head or the server's refusal
   */
  async *heads(
    msgNumbers: readonly number[],
    { isPipelined, maxBytes }: { isPipelined: boolean; maxBytes: number },
  ): AsyncGenerator<{ msgNumber: number; head?: Buffer; refusal?: Pop3Refusal }, void, void> {
    let isComplete = false;
    try {
      const lines = msgNumbers.map((n) => `TOP ${n} 0`);
      for await (const { index, refusal } of this.#pipeline(lines, 'reading heads', isPipelined)) {
        const msgNumber = msgNumbers[index] ?? 0;
        if (refusal) yield { msgNumber, refusal };
        else
          yield {
            msgNumber,
            head: await readHead(this.connection.body(`reading the head of mail ${msgNumber}`, maxAnswerBytes), maxBytes),
          };
      }
      isComplete = true;
    } finally {
      if (!isComplete) this.destroy();
    }
  }

  /** A whole mail, one character per byte; at most 32 MiB. `retrieve` has no such limit. */
  override async RETR(msgNumber: number): Promise<string> {
    return (await this.#answer(`RETR ${msgNumber}`)).toString('latin1');
  }

  /**
   * Fetches mails as they come, asking ahead where `isPipelined`. Each `bytes` must be read to its end before the next is asked for.
   * A mail that the server refuses is left out. Stopping early drops the connection, since answers are still on their way.
   *
   * @param maxBytes per mail; FlowError MAIL_PROTOCOL_ERROR beyond
   * @param by TOP with more lines than any mail has gives the same bytes as RETR (RFC 1939, section 7)
   */
  async *retrieve(
    msgNumbers: readonly number[],
    { isPipelined, maxBytes, by = 'RETR' }: { isPipelined: boolean; maxBytes: number; by?: 'RETR' | 'TOP' },
  ): AsyncGenerator<{ msgNumber: number; bytes: AsyncGenerator<Buffer, void, void> }, void, void> {
    let isComplete = false;
    try {
      for await (const { index, text } of this.#pipeline(
        msgNumbers.map((n) => (by === 'TOP' ? `TOP ${n} ${everyLine}` : `RETR ${n}`)),
        'reading a mail',
        isPipelined,
      )) {
        const msgNumber = msgNumbers[index];
        if (text === undefined || msgNumber === undefined) continue;
        yield { msgNumber, bytes: this.connection.body(`reading mail ${msgNumber}`, maxBytes) };
      }
      isComplete = true;
    } finally {
      if (!isComplete) this.destroy();
    }
  }

  override async DELE(msgNumber: number): Promise<string> {
    return await this.#ask(`DELE ${msgNumber}`);
  }

  /**
   * Marks mails as deleted; it happens at QUIT.
   *
   * @returns for each mail, in their order, its refusal or undefined
   */
  async deleteAll(msgNumbers: readonly number[], isPipelined: boolean): Promise<(Pop3Refusal | undefined)[]> {
    const refusals: (Pop3Refusal | undefined)[] = [];
    for await (const { refusal } of this.#pipeline(
      msgNumbers.map((n) => `DELE ${n}`),
      'deleting',
      isPipelined,
    ))
      refusals.push(refusal);
    return refusals;
  }

  override async NOOP(): Promise<void> {
    await this.#ask('NOOP');
  }

  override async RSET(): Promise<string> {
    return await this.#ask('RSET');
  }

  override async STAT(): Promise<string> {
    return await this.#ask('STAT');
  }

  override async LAST(): Promise<string> {
    return await this.#ask('LAST');
  }

  /** Signs out and closes. Only +OK to it carries the deletions out (RFC 1939, section 6). */
  override async QUIT(): Promise<string> {
    try {
      return await this.#ask('QUIT', 'signing out');
    } finally {
      this.destroy();
    }
  }

  /** Any other command of one line of answer, as node-pop3 has it. */
  override async command(...args: (string | number)[]): Promise<[string, Readable]> {
    return [await this.#ask(args.join(' ')), Readable.from([])];
  }

  /** Drops the connection at once; safe at any time. */
  destroy(): void {
    this.#connection?.destroy();
  }

  /** Errors name the command only: what follows it may be a secret. */
  async #ask(line: string, during = line.split(' ', 1).join()): Promise<string> {
    this.connection.send([line]);
    return await this.connection.status(during);
  }

  async #answer(line: string): Promise<Buffer> {
    await this.#ask(line);
    const pieces: Buffer[] = [];
    for await (const piece of this.connection.body(line, maxAnswerBytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async #list(line: string): Promise<string[][]> {
    return (await this.#lines(line)).map(words);
  }

  async #lines(line: string): Promise<string[]> {
    return (await this.#answer(line)).toString('utf8').split(/\r?\n/).filter(Boolean);
  }

  /** Sends commands ahead of their answers and hands out the status of each; what follows a status is for the consumer to read. */
  async *#pipeline(
    lines: readonly string[],
    during: string,
    isPipelined: boolean,
  ): AsyncGenerator<{ index: number; text?: string; refusal?: Pop3Refusal }, void, void> {
    const depth = isPipelined ? pipelineDepth : 1;
    let sent = 0;
    for (let index = 0; index < lines.length; index++) {
      // Refilled by halves: one packet for several commands.
      if (sent - index <= depth / 2) {
        const until = Math.min(lines.length, index + depth);
        this.connection.send(lines.slice(sent, until));
        sent = until;
      }
      const answer = await this.connection.status(during).catch(refusalOrThrow);
      yield answer instanceof Pop3Refusal ? { index, refusal: answer } : { index, text: answer };
    }
  }
}

/** With the reason that the server gave in a challenge, which says more than its -ERR. */
function explained(error: unknown, dialogue: SaslDialogue): unknown {
  const reason = dialogue.refusal();
  return reason && error instanceof Pop3Refusal ? new Pop3Refusal(`${error.message} (${reason})`) : error;
}

/** All of it is read, the beginning is kept. */
async function readHead(bytes: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    if (length < maxBytes) pieces.push(piece);
    length += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, maxBytes);
}

function refusalOrThrow(error: unknown): Pop3Refusal {
  if (error instanceof Pop3Refusal) return error;
  throw error;
}

/** @param lines of an answer to CAPA; keyword in capitals -> its arguments */
export function capabilitiesOf(lines: readonly string[]): Map<string, string[]> {
  return new Map(lines.map(words).map(([keyword = '', ...args]) => [keyword.toUpperCase(), args]));
}

function words(line: string): string[] {
  return line.split(' ').filter(Boolean);
}
