import type { Socket } from 'node:net';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type MailProtocol, type Protection } from '../../../shared/mail-address.ts';
import { connectTo, speaksTls, upgrade } from './connect.ts';
import { Lines } from './lines.ts';
import { tooManyConnections } from './mail-error.ts';
import type { Route } from './route.ts';

export interface GreetOptions {
  protocol: MailProtocol;
  protection: Protection;
  /** Its Timeout is for getting a connection, for each answer, and for the handshake after STARTTLS. */
  route: Route;
  signal: AbortSignal;
  /** Called as each stage begins, and again with what was found; the end of `protect` is in the answer. */
  onStage?: (stage: GreetStage, found?: string) => void;
}

export type GreetStage = 'connect' | 'greeting' | 'protect';

/** A server that has greeted, on a connection as protected as the channel asks for. */
export interface Greeted {
  /** Paused; whoever has it closes it. */
  socket: Socket;
  greeting: string;
}

/**
 * Connects, reads the greeting, and protects the connection as `protection` says. Sends no name and no password.
 *
 * @throws FlowError MAIL_*; nothing is left open then
 */
export async function greet(options: GreetOptions): Promise<Greeted> {
  const { protocol, protection, route, signal, onStage } = options;
  const talk = talks[protocol];
  onStage?.('connect');
  const socket = await connectTo({ ...route, isTls: protection === 'tls', signal, onReached: () => reached(options) });
  try {
    onStage?.('greeting');
    const lines = new Lines(socket, options);
    const greeting = await welcome(talk, lines, options);
    onStage?.('greeting', greetingSentence(greeting));
    if (!protection.startsWith('starttls')) {
      lines.giveBack();
      return { socket, greeting };
    }
    onStage?.('protect');
    if (talk.offersTls(await talk.capabilities(lines)) && (await talk.startTls(lines))) {
      return { socket: await upgrade(socket, { ...route, signal }), greeting };
    }
    if (protection === 'starttls-mandatory') throw new FlowError('MAIL_STARTTLS_NOT_OFFERED', { address: addressText(route) });
    lines.giveBack();
    return { socket, greeting };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Words of CAPABILITY, or lines of CAPA. */
export function capabilitiesOf({ socket }: Greeted, options: GreetOptions): Promise<string[]> {
  return talks[options.protocol].capabilities(new Lines(socket, options));
}

/** What people can read of a greeting: without its status, its response code (RFC 9051, section 7.1) and the time stamp of APOP (RFC 1939, section 7). */
export function greetingWords(greeting: string): string {
  return greeting
    .replace(/^(\* (OK|PREAUTH)|\+OK) */i, '')
    .replace(/^\[[^\]]*\] */, '')
    .replace(/<[^<>\s]+>/, '')
    .trim()
    .slice(0, 200);
}

export function greetingSentence(greeting: string): string {
  const words = greetingWords(greeting);
  return words === '' ? 'The server greets without a word.' : `The server says: ${words}`;
}

function reached({ route, protection, onStage }: GreetOptions): void {
  const through = route.proxy ? `, through the proxy ${addressText(route.proxy)}` : '';
  onStage?.('connect', `${addressText(route)} accepts connections${through}.`);
  if (protection === 'tls') onStage?.('protect');
}

async function welcome(talk: Talk, lines: Lines, { route, protection, signal }: GreetOptions): Promise<string> {
  const address = addressText(route);
  try {
    const line = await lines.next('greeting');
    if (!talk.isWelcome(line)) throw refusal(line, address);
    return line;
  } catch (error) {
    const isSilent = error instanceof FlowError && error.code === 'MAIL_TIMEOUT';
    if (!isSilent || protection === 'tls' || !(await speaksTls({ ...route, signal }))) throw error;
    throw new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address }, { cause: error });
  }
}

function refusal(line: string, address: string): FlowError {
  const [, words = ''] = /^(?:\* BYE|-ERR)\b(.*)/i.exec(line) ?? [];
  const options = { details: line.slice(0, 200) };
  if (tooManyConnections.test(words)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, options);
  if (words !== '') return new FlowError('MAIL_CONNECTION_LOST', { address, during: 'greeting' }, options);
  return new FlowError('MAIL_PROTOCOL_ERROR', { address, during: 'greeting' }, options);
}

/** How the two protocols say the same few things. */
interface Talk {
  isWelcome(line: string): boolean;
  capabilities(lines: Lines): Promise<string[]>;
  offersTls(capabilities: string[]): boolean;
  /** @returns whether the server agreed */
  startTls(lines: Lines): Promise<boolean>;
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
    return await lines.agreement({ yes: /^t OK\b/i, no: /^t (NO|BAD)\b/i }, 'STARTTLS');
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
    return await lines.agreement({ yes: /^\+OK\b/i, no: /^-ERR\b/i }, 'STLS');
  },
};

const talks: Record<MailProtocol, Talk> = { imap4: imapTalk, pop3: pop3Talk };
