import type { Socket } from 'node:net';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import { mailError } from './mail-error.ts';
import type { Route } from './route.ts';
import { chunkOf, type Patience } from './waiting.ts';

/** All that is read before sign-in. */
const maxAnswerBytes = 64 * 1024;

export interface LinesOptions {
  /** Its Timeout is for each answer. */
  route: Route;
  signal: AbortSignal;
}

/** Reads a server's short answers line by line; gives up when an answer takes too long, or all of them grow too large. */
export class Lines {
  readonly #socket: Socket;
  readonly #options: LinesOptions;
  #rest = '';
  #received = 0;
  /** For all lines of one answer, so that nobody can keep us by dripping them. */
  #deadline: AbortSignal;

  constructor(socket: Socket, options: LinesOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#deadline = AbortSignal.timeout(options.route.timeoutMs);
  }

  send(line: string): void {
    this.#deadline = AbortSignal.timeout(this.#options.route.timeoutMs);
    this.#socket.write(`${line}\r\n`);
  }

  /** Reads whether the server agrees to TLS. Anything behind its yes was put there by somebody in between (RFC 3501, section 6.2.1). */
  async agreement({ yes, no }: { yes: RegExp; no: RegExp }, during: string): Promise<boolean> {
    let line = await this.next(during);
    while (line.startsWith('* ')) line = await this.next(during);
    if (no.test(line)) return false;
    if (!yes.test(line)) throw this.#error(during, line.slice(0, 200));
    if (this.#rest !== '' || this.#socket.readableLength > 0) throw this.#error(during, 'data before the TLS handshake');
    return true;
  }

  async next(during: string): Promise<string> {
    const patience = this.#patience(during);
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end !== -1) {
        const line = this.#rest.slice(0, end).replace(/\r$/, '');
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const chunk = await chunkOf(this.#socket, patience);
      this.#received += chunk.length;
      if (this.#received > maxAnswerBytes) throw this.#error(during, 'endless answer');
      this.#rest += chunk.toString('latin1');
    }
  }

  /** Puts back what was read too much, for whoever reads the socket next. */
  giveBack(): void {
    if (this.#rest !== '') this.#socket.unshift(Buffer.from(this.#rest, 'latin1'));
    this.#rest = '';
  }

  #patience(during: string): Patience {
    const { route, signal } = this.#options;
    const { timeoutMs } = route;
    const explain = (error: unknown) => mailError(error, { address: route, during, timeoutMs });
    return { signal, deadline: this.#deadline, address: addressText(route), during, explain };
  }

  #error(during: string, details: string): FlowError {
    return new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(this.#options.route), during }, { details });
  }
}
