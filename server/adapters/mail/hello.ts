import type { Socket } from 'node:net';
import { lookup } from 'node:dns/promises';
import { TLSSocket } from 'node:tls';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type MailProtocol, type Protection, type ServerAddress } from '../../../shared/mail-address.ts';
import { abortError, connectTo, speaksTls, upgrade } from './connect.ts';
import { mailError } from './mail-error.ts';

export interface HelloOptions {
  protocol: MailProtocol;
  address: ServerAddress;
  protection: Protection;
  /** For each of: name lookup, connecting, TLS handshake, each answer. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Called as each stage begins, and again with what was found; the end of `protect` is in the answer. */
  onStage?: (stage: HelloStage, found?: string) => void;
}

export type HelloStage = 'resolve' | 'connect' | 'greeting' | 'protect';

/** What a server tells before anybody signs in. */
export interface Hello {
  greeting: string;
  /** Words of CAPABILITY, or lines of CAPA; of the protected connection where there is one. */
  capabilities: string[];
  tls?: { version: string; certificateUntil: Date };
}

/**
 * Connects, reads the greeting and the capabilities, protects the connection as `protection` says, and hangs up.
 * Sends no name and no password.
 *
 * @throws FlowError MAIL_*
 */
export async function sayHello(options: HelloOptions): Promise<Hello> {
  const { address, protection, protocol, timeoutMs, signal, onStage } = options;
  const talk = protocol === 'imap4' ? imapTalk : pop3Talk;
  onStage?.('resolve');
  const ip = await resolve(options);
  onStage?.('resolve', `${address.host} is ${ip}.`);
  let socket = await connect(options);
  try {
    onStage?.('greeting');
    const lines = new Lines(socket, options);
    const greeting = await greet(talk, lines, options);
    onStage?.('greeting', greetingSentence(greeting));
    let capabilities = await talk.capabilities(lines);
    if (protection.startsWith('starttls')) {
      onStage?.('protect');
      if (talk.offersTls(capabilities)) {
        await talk.startTls(lines);
        socket = await upgrade(socket, { ...address, timeoutMs, signal });
        capabilities = await talk.capabilities(new Lines(socket, options));
      } else if (protection === 'starttls-mandatory') {
        throw new FlowError('MAIL_STARTTLS_NOT_OFFERED', { address: addressText(address) });
      }
    }
    return { greeting, capabilities, ...tlsFacts(socket) };
  } finally {
    socket.destroy();
  }
}

/** What people can read of a greeting: without its status, its response code (RFC 9051, section 7.1) and the time stamp of APOP (RFC 1939, section 7). */
export function greetingSentence(greeting: string): string {
  const words = greeting
    .replace(/^(\* (OK|PREAUTH)|\+OK) */i, '')
    .replace(/^\[[^\]]*\] */, '')
    .replace(/<[^<>\s]+>/, '')
    .trim();
  return words === '' ? 'The server greets without a word.' : `The server says: ${words.slice(0, 200)}`;
}

async function resolve({ address, timeoutMs, signal }: HelloOptions): Promise<string> {
  const facts = { address, during: 'looking up the name', timeoutMs };
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, deadline]);
  try {
    stop.throwIfAborted();
    // dns.lookup can't be stopped; it is left to end alone.
    const gone = new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(stop.reason), { once: true }));
    return (await Promise.race([lookup(address.host), gone])).address;
  } catch (error) {
    if (signal.aborted) throw abortError(signal, addressText(address), facts.during);
    if (deadline.aborted) throw new FlowError('MAIL_TIMEOUT', { ...facts, address: addressText(address) });
    throw mailError(error, facts);
  }
}

/** With TLS from the first byte, connecting and protecting are one call: what it threw tells how far it came. */
async function connect({ address, protection, timeoutMs, signal, onStage }: HelloOptions): Promise<Socket> {
  const isTls = protection === 'tls';
  const accepted = () => {
    onStage?.('connect', `${addressText(address)} accepts connections.`);
    if (isTls) onStage?.('protect');
  };
  onStage?.('connect');
  try {
    const socket = await connectTo({ ...address, isTls, timeoutMs, signal });
    accepted();
    return socket;
  } catch (error) {
    if (error instanceof FlowError && /^MAIL_(CERTIFICATE|TLS|CLEAR_ON_TLS)_/.test(error.code)) accepted();
    throw error;
  }
}

async function greet(talk: Talk, lines: Lines, options: HelloOptions): Promise<string> {
  try {
    const line = await lines.next('greeting');
    if (!talk.isWelcome(line)) {
      throw new FlowError(
        'MAIL_PROTOCOL_ERROR',
        { address: addressText(options.address), during: 'greeting' },
        { details: line.slice(0, 200) },
      );
    }
    return line;
  } catch (error) {
    const isSilent = error instanceof FlowError && error.code === 'MAIL_TIMEOUT';
    if (!isSilent || options.protection === 'tls') throw error;
    const { address, timeoutMs, signal } = options;
    if (!(await speaksTls({ ...address, timeoutMs, signal }))) throw error;
    throw new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address: addressText(address) }, { cause: error });
  }
}

function tlsFacts(socket: Socket): Pick<Hello, 'tls'> {
  if (!(socket instanceof TLSSocket)) return {};
  return { tls: { version: socket.getProtocol() ?? 'TLS', certificateUntil: new Date(socket.getPeerCertificate().valid_to) } };
}

/** How the two protocols say the same few things. */
interface Talk {
  isWelcome(line: string): boolean;
  capabilities(lines: Lines): Promise<string[]>;
  offersTls(capabilities: string[]): boolean;
  startTls(lines: Lines): Promise<void>;
}

const imapTalk: Talk = {
  isWelcome: (line) => /^\* (OK|PREAUTH)\b/i.test(line),
  capabilities: async (lines) => {
    lines.send('c CAPABILITY');
    const found: string[] = [];
    for (;;) {
      const line = await lines.next('capabilities');
      if (/^c /i.test(line)) return found;
      if (/^\* CAPABILITY /i.test(line)) found.push(...line.split(' ').slice(2));
    }
  },
  offersTls: (capabilities) => capabilities.some((word) => word.toUpperCase() === 'STARTTLS'),
  startTls: async (lines) => {
    lines.send('t STARTTLS');
    await lines.expect(/^t OK/i, 'STARTTLS');
  },
};

const pop3Talk: Talk = {
  isWelcome: (line) => line.startsWith('+OK'),
  capabilities: async (lines) => {
    lines.send('CAPA');
    // A server without CAPA answers -ERR (RFC 2449): it says nothing about itself.
    if (!(await lines.next('capabilities')).startsWith('+OK')) return [];
    const found: string[] = [];
    for (;;) {
      const line = await lines.next('capabilities');
      if (line === '.') return found;
      found.push(line);
    }
  },
  offersTls: (capabilities) => capabilities.some((line) => line.toUpperCase() === 'STLS'),
  startTls: async (lines) => {
    lines.send('STLS');
    await lines.expect(/^\+OK/, 'STLS');
  },
};

/** All that is read before sign-in. */
const maxAnswerBytes = 64 * 1024;

/** Reads a server's short answers line by line; gives up when one takes too long or grows too large. */
class Lines {
  readonly #socket: Socket;
  readonly #options: HelloOptions;
  #rest = '';
  #received = 0;

  constructor(socket: Socket, options: HelloOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  send(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  async expect(pattern: RegExp, during: string): Promise<void> {
    const line = await this.next(during);
    if (pattern.test(line) && this.#rest === '') return;
    // Anything behind the agreement to TLS was put there by somebody in between (RFC 3501, section 6.2.1).
    const details = this.#rest === '' ? line.slice(0, 200) : 'data before the TLS handshake';
    throw new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(this.#options.address), during }, { details });
  }

  async next(during: string): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end !== -1) {
        const line = this.#rest.slice(0, end).replace(/\r$/, '');
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const chunk = await this.#chunk(during);
      this.#received += chunk.length;
      if (this.#received > maxAnswerBytes) {
        throw new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(this.#options.address), during }, { details: 'endless answer' });
      }
      this.#rest += chunk;
    }
  }

  #chunk(during: string): Promise<string> {
    const { address, timeoutMs, signal } = this.#options;
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        socket.off('data', onData).off('error', onError).off('close', onClose).pause();
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const fail = (error: FlowError) => settle(() => reject(error));
      const onData = (chunk: Buffer) => settle(() => resolve(chunk.toString('latin1')));
      const onError = (error: Error) => fail(mailError(error, { address, during, timeoutMs }));
      const onClose = () => fail(new FlowError('MAIL_CONNECTION_LOST', { address: addressText(address), during }));
      const onAbort = () => fail(abortError(signal, addressText(address), during));
      const timer = setTimeout(() => fail(new FlowError('MAIL_TIMEOUT', { address: addressText(address), during, timeoutMs })), timeoutMs);
      if (signal.aborted) return onAbort();
      if (socket.destroyed) return onClose();
      socket.on('data', onData).on('error', onError).on('close', onClose);
      signal.addEventListener('abort', onAbort, { once: true });
      socket.resume();
    });
  }
}
