import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import type { ImapLimits, ImapResponse } from './imap-guard.ts';

/**
 * What we override and call of imapflow's internal API, as of 2.1.2. It is pinned to that version, and the tests of sign-in and
 * of misbehaving servers fail where one of these is no longer there.
 */
interface Internals {
  expectCapabilityUpdate: boolean;
  /** Commands sent so far; each has its number, in hexadecimal, as its tag. */
  readonly tagCounter: number;
  readonly currentRequest: false | { command: string };
  readonly streamer: Writable & { maxLineLength: number; maxLiteralSize: number; maxResponseSize: number };

  socket: Socket;
  writeSocket: Socket;
  greetingReceived: boolean;
  untaggedHandlers: Record<string, (...line: unknown[]) => unknown>;
  sectionHandlers: Record<string, (...section: unknown[]) => unknown>;
  untaggedCapability(...line: unknown[]): unknown;
  sectionCapability(...section: unknown[]): unknown;
  untaggedExists(...line: unknown[]): unknown;
  untaggedExpunge(...line: unknown[]): unknown;
  untaggedFetch(line: unknown): unknown;
  untaggedVanished(line: unknown): unknown;
  serverBye(...line: unknown[]): unknown;
  setSocketHandlers(): void;
  setEventHandlers(): void;

  /** CAPABILITY, `authenticate`, NAMESPACE. */
  startSession(): Promise<void>;
  authenticate(): Promise<boolean>;
  setAuthenticationState(): Promise<void>;
  exec(
    command: string,
    attributes: { type: 'ATOM'; value: string }[],
    options: { onPlusTag: (line: Pick<ImapLine, 'attributes'>) => Promise<void> },
  ): Promise<{ response: ImapLine; next: () => void }>;
  write(line: string): void;
  run(command: 'LOGIN', user: string, password: string): Promise<string | undefined>;
  /** @returns whether to go on reading */
  handleResponse(response: ImapResponse): Promise<boolean>;
  /** Reads no more, fails what is pending and closes. */
  failProtocol(error: Error): void;
}

/** A parsed line of the server. */
export interface ImapLine {
  command?: string;
  attributes?: unknown;
}

export const ImapFlowInternals = ImapFlow as unknown as new (options: ImapFlowOptions) => ImapFlow & Internals;

/** imapflow's own limits, by our names. */
export function setLimits({ streamer }: Pick<Internals, 'streamer'>, { line, literal }: ImapLimits): void {
  streamer.maxLineLength = line;
  streamer.maxLiteralSize = literal;
  streamer.maxResponseSize = line + literal;
}
