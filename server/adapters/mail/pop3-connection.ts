import type { Socket } from 'node:net';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import { connectTo, speaksTls, upgrade } from './connect.ts';
import { lineOf, type Line } from './line.ts';
import { mailError } from './mail-error.ts';
import { DotDecoder } from './pop3-dot-decoder.ts';
import type { Route } from './route.ts';
import { abortError } from './waiting.ts';

/** Its Timeout is for getting a connection, for the greeting, and for a TLS handshake after STLS. */
export interface Pop3Options extends Route {
  /** POP3S: TLS from the first byte. */
  isTls: boolean;
  /** Longest silence while an answer is awaited or under way. */
  progressMs: number;
  signal: AbortSignal;
}

/** Longest status line. RFC 2449, section 4 allows 512 bytes; challenges are longer. */
const maxLineBytes = 16 * 1024;

/** The server said -ERR; `code` is its response code in capitals, or empty (RFC 2449, section 8). */
export class Pop3Refusal extends Error {
  readonly code: string;

  constructor(text: string) {
    super(text);
    this.name = 'Pop3Refusal';
    this.code = /^\[([^\]]+)\]/.exec(text)?.[1]?.toUpperCase() ?? '';
  }
}

/**
 * One POP3 connection: writes lines, reads answers in the order of the commands, one reader at a time.
 * Nothing is read from the socket before it is asked for, so a slow reader slows the server down.
 *
 * Every method ends within its deadline or throws a FlowError; the socket is gone then and each later call throws the same error.
 */
export class Pop3Connection {
  readonly #options: Pop3Options;
  readonly #onAbort: () => void;
  #socket: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #failure: FlowError | undefined;
  #openLine: Line;

  /** Connects and protects; the greeting is not read yet. */
  static async open(options: Pop3Options): Promise<Pop3Connection> {
    return new Pop3Connection(await connectTo(options), options);
  }

  private constructor(socket: Socket, options: Pop3Options) {
    this.#options = options;
    this.#socket = socket;
    this.#openLine = lineOf(options, socket);
    this.#watch(socket);
    this.#onAbort = () => this.#fail(abortError(options.signal, this.#address, 'reading'));
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.#onAbort();
  }

  get isEncrypted(): boolean {
    return this.#openLine.tls !== undefined;
  }

  /** As it is now: STLS makes another of it. */
  get line(): Line {
    return this.#openLine;
  }

  /** @throws FlowError MAIL_TLS_ON_CLEAR_PORT when the server stays silent because it waits for a TLS hello */
  async greeting(): Promise<string> {
    try {
      return await this.status('greeting', this.#options.timeoutMs);
    } catch (error) {
      const isSilent = error instanceof FlowError && error.code === 'MAIL_TIMEOUT' && !this.isEncrypted;
      if (!isSilent || !(await speaksTls(this.#options))) throw error;
      throw new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address: this.#address }, { cause: error });
    }
  }

  /** Writes commands, all at once. A line break in one would be read as two commands and is refused. */
  send(lines: readonly string[]): void {
    if (this.#failure) throw this.#failure;
    if (lines.some((line) => /[\r\n\0]/.test(line))) throw new TypeError('a POP3 command holds a line break');
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  /**
   * Reads one status line.
   *
   * @returns what follows +OK
   * @throws Pop3Refusal when the server said -ERR
   */
  async status(during: string, silenceMs = this.#options.progressMs): Promise<string> {
    const line = await this.#line(during, silenceMs);
    if (/^\+OK\b/i.test(line)) return line.slice(3).trim();
    if (/^-ERR\b/i.test(line)) throw new Pop3Refusal(line.slice(4).trim());
    throw this.#fail(this.#notPop3(line, during));
  }

  /**
   * Reads the next line of a sign-in (RFC 5034, section 4).
   *
   * @returns the server's challenge in base64, or when it `isDone`, what the server said
   * @throws Pop3Refusal when the server said -ERR
   */
  async challenge(): Promise<{ isDone: boolean; text: string }> {
    const line = await this.#line('sign-in', this.#options.progressMs);
    if (line === '+' || line.startsWith('+ ')) return { isDone: false, text: line.slice(1).trim() };
    if (/^\+OK\b/i.test(line)) return { isDone: true, text: line.slice(3).trim() };
    if (/^-ERR\b/i.test(line)) throw new Pop3Refusal(line.slice(4).trim());
    throw this.#fail(this.#notPop3(line, 'sign-in'));
  }

  /**
   * Reads a multi-line answer after its status line, as it comes, without dot-stuffing and without the closing dot.
   * It must be read to its end before anything else is read.
   *
   * @throws FlowError when it is longer than `maxBytes`; the connection is gone then
   */
  async *body(during: string, maxBytes: number): AsyncGenerator<Buffer, void, void> {
    const decoder = new DotDecoder();
    let bytes = 0;
    for (;;) {
      if (this.#unread.length === 0) await this.#fill(during, this.#options.progressMs);
      const { content, rest } = decoder.decode(this.#unread);
      this.#unread = rest ?? Buffer.alloc(0);
      for (const piece of content) {
        bytes += piece.length;
        if (bytes > maxBytes) throw this.#fail(this.#protocolError(during, `the answer is longer than ${maxBytes} bytes`));
        yield piece;
      }
      if (rest) return;
    }
  }

  /**
   * Turns the connection into a TLS one, after +OK to STLS (RFC 2595, section 4).
   * Bytes that are there already were sent in clear, by the server or by somebody between: they are refused, not believed.
   */
  async protect(): Promise<void> {
    const early: Buffer | null = this.#socket.read();
    if (early || this.#unread.length > 0) throw this.#fail(this.#protocolError('STLS', 'the server sent data before the TLS handshake'));
    try {
      this.#socket = await upgrade(this.#socket, this.#options);
    } catch (error) {
      throw this.#fail(mailError(error, { address: this.#options, during: 'STLS', timeoutMs: this.#options.timeoutMs }));
    }
    this.#openLine = lineOf(this.#options, this.#socket);
    this.#watch(this.#socket);
  }

  /** Drops the connection at once; safe at any time. */
  destroy(): void {
    this.#fail(new FlowError('MAIL_CONNECTION_LOST', { address: this.#address, during: 'closed by Mailroom' }));
  }

  get #address(): string {
    return addressText(this.#options);
  }

  #watch(socket: Socket): void {
    const { timeoutMs } = this.#options;
    socket.on('error', (error) => this.#fail(mailError(error, { address: this.#options, during: 'reading', timeoutMs })));
  }

  /** The first failure is the one that everybody gets to see. */
  #fail(error: FlowError): FlowError {
    this.#failure ??= error;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    return this.#failure;
  }

  async #line(during: string, silenceMs: number): Promise<string> {
    let end = this.#unread.indexOf('\n');
    while (end === -1) {
      if (isTlsRecord(this.#unread)) throw this.#fail(new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address: this.#address }));
      if (this.#unread.length > maxLineBytes) break;
      await this.#fill(during, silenceMs);
      end = this.#unread.indexOf('\n');
    }
    if (end === -1 || end > maxLineBytes) throw this.#fail(this.#protocolError(during, `a line is longer than ${maxLineBytes} bytes`));
    const line = this.#unread.toString('utf8', 0, end);
    this.#unread = this.#unread.subarray(end + 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  async #fill(during: string, silenceMs: number): Promise<void> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const chunk: Buffer | null = this.#socket.read();
      if (chunk) {
        this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
        return;
      }
      if (this.#socket.readableEnded || this.#socket.destroyed) {
        throw this.#fail(new FlowError('MAIL_CONNECTION_LOST', { address: this.#address, during }));
      }
      await this.#readable(during, silenceMs);
    }
  }

  /** Waits until there is something to read, the other side has ended, or the socket is gone. */
  #readable(during: string, silenceMs: number): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        socket.off('readable', done).off('end', done).off('close', done);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#fail(new FlowError('MAIL_TIMEOUT', { address: this.#address, during, timeoutMs: silenceMs }));
        done();
      }, silenceMs);
      socket.on('readable', done).on('end', done).on('close', done);
    });
  }

  #notPop3(line: string, during: string): FlowError {
    if (isTlsRecord(Buffer.from(line))) return new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address: this.#address });
    return this.#protocolError(during, `expected +OK or -ERR, got: ${line.slice(0, 200)}`);
  }

  #protocolError(during: string, details: string): FlowError {
    return new FlowError('MAIL_PROTOCOL_ERROR', { address: this.#address, during }, { details });
  }
}

/** An alert or handshake record of TLS (RFC 8446, section 5.1). */
function isTlsRecord(bytes: Buffer): boolean {
  return (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03;
}
