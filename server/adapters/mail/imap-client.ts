import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { ImapFlow, type Logger as ImapLogger } from 'imapflow';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { greet, type Greeted } from './greet.ts';
import { lineNotes, lineOf, requireProtection, type Line } from './line.ts';
import { mailError, tooManyConnections } from './mail-error.ts';
import { routeOf } from './route.ts';
import type { SaslExchange } from './sasl-mechanism.ts';
import { chooseMechanism } from './sasl.ts';
import { abortError } from './waiting.ts';

/** A command that gets no byte of an answer for so long has failed. */
const progressTimeoutMs = 60_000;
const mib = 1024 * 1024;

/** One signed-in IMAP connection, with what the steps of a visit need to fail with the right words. */
export interface ImapConnection {
  client: ImapFlow;
  address: ServerAddress;
  signal: AbortSignal;
  /** Whether UID EXPUNGE removes only what it names (RFC 4315; part of IMAP4rev2). */
  hasUidPlus: boolean;
  hasMove: boolean;
  /** Runs one step of the visit; whatever it throws leaves as a MAIL_* error. */
  during: <T>(what: string, step: () => Promise<T>) => Promise<T>;
  /** What a person should know of the connection by now. */
  notes: () => string[];
  destroy: () => void;
}

/**
 * Connects, protects and signs in. Nothing is selected yet.
 *
 * @throws FlowError MAIL_*
 */
export async function connectImap(
  config: MailSenderConfig,
  credential: Credential,
  { secrets, signal }: Pick<SenderContext, 'secrets' | 'signal'>,
): Promise<ImapConnection> {
  const route = await routeOf(config, secrets);
  const address = { host: route.host, port: route.port };
  const greeted = await greet({ protocol: 'imap4', protection: config.protection, route, signal });
  if (signal.aborted) {
    greeted.socket.destroy();
    throw abortError(signal, addressText(address), 'sign-in');
  }
  const line = lineOf(route, greeted.socket);
  const client = new ImapClient(config, line, credential);
  // imapflow tells the reason of a broken connection by an event; the pending command only learns that it is gone.
  let brokenBy: unknown;
  client.on('error', (error) => (brokenBy ??= error));
  const destroy = () => {
    signal.removeEventListener('abort', destroy);
    client.close();
  };
  signal.addEventListener('abort', destroy, { once: true });

  const during = async <T>(what: string, step: () => Promise<T>): Promise<T> => {
    try {
      const result = await step();
      // Commands on a connection that is gone resolve to nothing: it would look as if the mails were gone.
      if (client.isClosed)
        throw new FlowError('MAIL_CONNECTION_LOST', { address: addressText(address), during: what }, { cause: brokenBy });
      return result;
    } catch (error) {
      if (signal.aborted) throw abortError(signal, addressText(address), what);
      throw imapError(isBroken(error) && brokenBy !== undefined ? brokenBy : error, client, address, what, config.timeoutMs);
    }
  };

  try {
    await during('sign-in', () => client.begin(greeted));
  } catch (error) {
    destroy();
    throw error;
  }
  const hasRev2 = client.enabled.has('IMAP4REV2');
  return {
    client,
    address,
    signal,
    hasUidPlus: client.capabilities.has('UIDPLUS') || hasRev2,
    hasMove: client.capabilities.has('MOVE') || hasRev2,
    during,
    notes: () => lineNotes(config, line),
    destroy,
  };
}

/**
 * imapflow on our connection, since its own does not show the certificate that it refuses (docs/adr/0006-one-way-to-a-mail-server.md),
 * and with our choice of the sign-in: its own knows no CRAM-MD5 and would send a password over an open line.
 * What is declared here is imapflow's internal API, as of 2.1.2; imap-session.int.test.ts shows that it is still there.
 */
class ImapClient extends ImapFlow {
  declare expectCapabilityUpdate: boolean;
  declare exec: (
    command: string,
    attributes: { type: 'ATOM'; value: string }[],
    options: { onPlusTag: (line: { attributes?: { type: string; value?: unknown }[] }) => Promise<void> },
  ) => Promise<{ next: () => void }>;
  declare write: (line: string) => void;
  declare run: (command: 'LOGIN', user: string, password: string) => Promise<string | undefined>;
  declare setAuthenticationState: () => Promise<void>;
  declare socket: Socket;
  declare writeSocket: Socket;
  declare streamer: Writable;
  declare greetingReceived: boolean;
  declare untaggedHandlers: Record<string, (...line: unknown[]) => unknown>;
  declare sectionHandlers: Record<string, (...section: unknown[]) => unknown>;
  declare untaggedCapability: (...line: unknown[]) => unknown;
  declare sectionCapability: (...section: unknown[]) => unknown;
  declare untaggedExists: (...line: unknown[]) => unknown;
  declare untaggedExpunge: (...line: unknown[]) => unknown;
  declare untaggedFetch: (line: unknown) => unknown;
  declare untaggedVanished: (line: unknown) => unknown;
  declare serverBye: (...line: unknown[]) => unknown;
  declare setSocketHandlers: () => void;
  declare setEventHandlers: () => void;
  declare startSession: () => Promise<void>;

  readonly #config: MailSenderConfig;
  readonly #line: Line;
  readonly #credential: Credential;

  constructor(config: MailSenderConfig, line: Line, credential: Credential) {
    super({
      ...line.address,
      // The connection is made and protected before it is handed over: imapflow never does either.
      secure: false,
      doSTARTTLS: false,
      // Never used: `authenticate` below signs in. imapflow wants to see one.
      auth: { user: credential.user },
      clientInfo: { name: 'Mailroom' },
      logger: silent,
      disableAutoIdle: true,
      disableAutoEnable: true,
      disableCompression: true,
      socketTimeout: progressTimeoutMs,
      maxLiteralSize: Math.max(config.maxMailMb + 1, 16) * mib,
    });
    this.#config = config;
    this.#line = line;
    this.#credential = credential;
  }

  /** Signs in on a connection whose server has greeted. What imapflow's `connect` does once it has come so far. */
  async begin({ socket, greeting }: Greeted): Promise<void> {
    this.socket = socket;
    this.writeSocket = socket;
    this.secureConnection = socket instanceof TLSSocket;
    this.greetingReceived = true;
    if (/^\* PREAUTH\b/i.test(greeting)) {
      this.state = this.states.AUTHENTICATED;
      this.authenticated = true;
    }
    this.untaggedHandlers['BYE'] = (...line) => this.serverBye(...line);
    this.untaggedHandlers['CAPABILITY'] = (...line) => this.untaggedCapability(...line);
    this.sectionHandlers['CAPABILITY'] = (...section) => this.sectionCapability(...section);
    this.untaggedHandlers['EXISTS'] = (...line) => this.untaggedExists(...line);
    this.untaggedHandlers['EXPUNGE'] = (...line) => this.untaggedExpunge(...line);
    // A second argument would be taken for one of theirs.
    this.untaggedHandlers['FETCH'] = (line) => this.untaggedFetch(line);
    this.untaggedHandlers['VANISHED'] = (line) => this.untaggedVanished(line);
    socket.setTimeout(progressTimeoutMs);
    this.setSocketHandlers();
    this.setEventHandlers();
    socket.pipe(this.streamer);
    // It was closed while nobody listened.
    if (socket.destroyed) this.close();
    await this.startSession();
  }

  /** Called by `startSession`. */
  async authenticate(): Promise<boolean> {
    if (this.state !== this.states.NOT_AUTHENTICATED) return true;
    const address = addressText(this);
    requireProtection(this.#config, this.#line);
    this.expectCapabilityUpdate = true;
    const offered = saslNames(this.capabilities.keys());
    try {
      if (this.#config.authentication === 'plain' && offered.length === 0 && !this.capabilities.has('LOGINDISABLED')) {
        await this.run('LOGIN', this.#credential.user, this.#credential.password);
      } else {
        await this.#signIn(offered, address);
      }
    } catch (error) {
      throw signInError(error, address, this.#credential.user);
    }
    await this.setAuthenticationState();
    return true;
  }

  /** AUTHENTICATE without an initial response: also servers without SASL-IR understand it (RFC 9051, section 6.2.2). */
  async #signIn(offered: string[], address: string): Promise<void> {
    const mechanism = chooseMechanism(this.#config.authentication, offered, address);
    const exchange = mechanism.start(this.#credential, { service: 'imap', host: this.host, port: this.port });
    const response = await this.exec('AUTHENTICATE', [{ type: 'ATOM', value: mechanism.name }], {
      onPlusTag: async (line) => {
        const text = line.attributes?.find((attribute) => attribute.type === 'TEXT')?.value;
        const challenge = Buffer.from(typeof text === 'string' ? text : '', 'base64');
        this.write((await exchange.respond(challenge)).toString('base64'));
      },
    }).catch((error: unknown) => {
      throw refused(error, exchange);
    });
    response.next();
  }
}

/** Mechanisms among the words of a CAPABILITY answer. */
export function saslNames(capabilities: Iterable<string>): string[] {
  return [...capabilities].filter((word) => /^AUTH=/i.test(word)).map((word) => word.slice('AUTH='.length).toUpperCase());
}

const silent: ImapLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Response codes of RFC 5530 that mean: not now, rather than: wrong. */
const temporary = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'LIMIT', 'CONTACTADMIN']);

/** With the reason that the server gave in a challenge, which says more than its NO. */
function refused(error: unknown, exchange: SaslExchange): unknown {
  const reason = exchange.refusal?.();
  if (reason && isRecord(error)) error['responseText'] = `${stringIn(error, 'responseText')} (${reason})`;
  return error;
}

function signInError(error: unknown, address: string, user: string): unknown {
  const status = stringIn(error, 'responseStatus');
  if (status !== 'NO' && status !== 'BAD') return error;
  const text = stringIn(error, 'responseText') || stringIn(error, 'response');
  const code = stringIn(error, 'serverResponseCode') || responseCode(error);
  // The cause is left out: it holds the command, whose arguments are a sign-in.
  const options = { details: [code, text].filter(Boolean).join(': ') };
  if (tooManyConnections.test(text)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, options);
  if (temporary.has(code)) return new FlowError('MAIL_SIGN_IN_UNAVAILABLE', { address, user }, options);
  return new FlowError('MAIL_SIGN_IN_REFUSED', { address, user }, options);
}

/** The word in brackets of `A1 NO [UNAVAILABLE] …`, which imapflow parses into the first attribute's section. */
function responseCode(error: unknown): string {
  const response = error instanceof Error && 'response' in error ? error.response : undefined;
  const attributes = isRecord(response) && Array.isArray(response['attributes']) ? response['attributes'] : [];
  const first: unknown = attributes[0];
  const section = isRecord(first) && Array.isArray(first['section']) ? first['section'] : [];
  const word: unknown = section[0];
  return isRecord(word) && typeof word['value'] === 'string' ? word['value'].toUpperCase() : '';
}

function imapError(error: unknown, client: ImapFlow, serverAddress: ServerAddress, during: string, timeoutMs: number): FlowError {
  if (error instanceof FlowError) return error;
  const address = addressText(serverAddress);
  const bye = client.byeReason ?? stringIn(error, 'reason');
  if (tooManyConnections.test(bye)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, { cause: error, details: bye });
  if (isBroken(error))
    return new FlowError('MAIL_CONNECTION_LOST', { address, during }, { cause: error, ...(bye ? { details: bye } : {}) });
  const timeout = stringIn(error, 'code') === 'ETIMEOUT' ? progressTimeoutMs : timeoutMs;
  const mapped = mailError(error, { address: serverAddress, during, timeoutMs: timeout });
  const words = stringIn(error, 'responseText');
  return mapped.code === 'MAIL_PROTOCOL_ERROR' && words
    ? new FlowError('MAIL_PROTOCOL_ERROR', { address, during }, { cause: error, details: words })
    : mapped;
}

/** imapflow's codes for a connection that went away under a command. */
function isBroken(error: unknown): boolean {
  return /^(NoConnection|EConnectionClosed|ClosedAfterConnect(TLS|Text))$/.test(stringIn(error, 'code'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function stringIn(value: unknown, key: string): string {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}
