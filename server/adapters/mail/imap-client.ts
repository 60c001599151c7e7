import { TLSSocket } from 'node:tls';
import type { ImapFlow, Logger as ImapLogger } from 'imapflow';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { defaultProgressMs } from './deadlines.ts';
import { greet, type Greeted } from './greet.ts';
import { ImapGuard, signedInLimits, strangerLimits, type ImapResponse } from './imap-guard.ts';
import { ImapFlowInternals, setLimits } from './imap-internals.ts';
import { lineNotes, lineOf, type Line } from './line.ts';
import { mailError, tooManyConnections, type MailErrorFacts } from './mail-error.ts';
import { routeOf } from './route.ts';
import { SaslDialogue } from './sasl-dialogue.ts';
import { badChallenge, notProven, type SaslMechanism, type SaslServer } from './sasl-mechanism.ts';
import { chooseSignIn, imapOffer } from './sign-in.ts';
import { abortError } from './waiting.ts';

/** One signed-in IMAP connection, with what the steps of a visit need to fail with the right words. */
export interface ImapConnection {
  client: ImapFlow;
  address: ServerAddress;
  /** As the server sent it. */
  greeting: string;
  signal: AbortSignal;
  /** Whether UID EXPUNGE removes only what it names (RFC 4315; part of IMAP4rev2). */
  hasUidPlus: boolean;
  hasMove: boolean;
  /** Runs one step of the visit; whatever it throws leaves as a MAIL_* error. */
  during: <T>(what: string, step: () => Promise<T>) => Promise<T>;
  /** What a person should know of the connection by now. */
  notes: () => string[];
  /** What the server said when it refused something in the last step; imapflow answers `false` and keeps that to itself. */
  refusal: () => string;
  destroy: () => void;
}

/**
 * Connects, protects and signs in. Nothing is selected yet.
 *
 * @param progressMs longest silence while a command is at work; connecting and greeting have the channel's Timeout
 * @throws FlowError MAIL_*
 */
export async function connectImap(
  config: MailSenderConfig,
  credential: Credential,
  { secrets, signal }: Pick<SenderContext, 'secrets' | 'signal'>,
  progressMs = defaultProgressMs,
): Promise<ImapConnection> {
  const route = await routeOf(config, secrets);
  const address = { host: route.host, port: route.port };
  const greeted = await greet({ protocol: 'imap4', protection: config.protection, route, signal });
  if (signal.aborted) {
    greeted.socket.destroy();
    throw abortError(signal, addressText(address), 'sign-in');
  }
  const line = lineOf(route, greeted.socket);
  const client = new ImapClient(config, line, credential, progressMs);
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
      client.refusal = '';
      const result = await step();
      // Commands on a connection that is gone resolve to nothing: it would look as if the mails were gone.
      if (brokenBy !== undefined) throw brokenBy;
      if (client.isClosed) throw Object.assign(new Error('the connection is closed'), { code: 'NoConnection' });
      return result;
    } catch (error) {
      if (signal.aborted) throw abortError(signal, addressText(address), what);
      throw imapError(isBroken(error) && brokenBy !== undefined ? brokenBy : error, client, {
        address,
        during: what,
        timeoutMs: progressMs,
      });
    }
  };

  try {
    await during('sign-in', () => client.begin(greeted));
  } catch (error) {
    destroy();
    throw error;
  }
  // With it imapflow would search for the last n seconds where a day is meant.
  client.capabilities.delete('WITHIN');
  const hasRev2 = client.enabled.has('IMAP4REV2');
  return {
    client,
    address,
    greeting: greeted.greeting,
    signal,
    hasUidPlus: client.capabilities.has('UIDPLUS') || hasRev2,
    hasMove: client.capabilities.has('MOVE') || hasRev2,
    during,
    notes: () => lineNotes(config, line),
    refusal: () => client.refusal,
    destroy,
  };
}

/**
 * imapflow on our connection, since its own does not show the certificate that it refuses (docs/adr/0006-one-way-to-a-mail-server.md);
 * with our sign-in, as its own knows no mechanism that protects the password; and with a guard before its parser.
 */
class ImapClient extends ImapFlowInternals {
  readonly #config: MailSenderConfig;
  readonly #line: Line;
  readonly #credential: Credential;
  readonly #progressMs: number;
  readonly #guard = new ImapGuard();
  readonly #refusal: { words: string };

  constructor(config: MailSenderConfig, line: Line, credential: Credential, progressMs: number) {
    const refusal = { words: '' };
    super({
      ...line.address,
      // The connection is made and protected before it is handed over: imapflow never does either.
      secure: false,
      doSTARTTLS: false,
      // Never used: `authenticate` below signs in. imapflow wants to see one.
      auth: { user: credential.user },
      clientInfo: { name: 'Mailroom' },
      logger: { ...silent, warn: (facts: unknown) => (refusal.words = refusalIn(facts) ?? refusal.words) },
      disableAutoIdle: true,
      disableAutoEnable: true,
      disableCompression: true,
      socketTimeout: progressMs,
    });
    this.#config = config;
    this.#line = line;
    this.#credential = credential;
    this.#progressMs = progressMs;
    this.#refusal = refusal;
    setLimits(this, strangerLimits);
  }

  get refusal(): string {
    return this.#refusal.words;
  }

  set refusal(words: string) {
    this.#refusal.words = words;
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
    socket.setTimeout(this.#progressMs);
    this.setSocketHandlers();
    this.setEventHandlers();
    socket.pipe(this.streamer);
    // It was closed while nobody listened.
    if (socket.destroyed) this.close();
    await this.startSession();
  }

  override async handleResponse(response: ImapResponse): Promise<boolean> {
    const problem = this.#guard.check(response, this.tagCounter, this.authenticated ? signedInLimits : strangerLimits);
    if (problem) {
      this.failProtocol(new Error(problem));
      return false;
    }
    const goesOn = await super.handleResponse(response);
    // A server that has said good-bye answers nothing more, but some leave the connection open.
    const isLeaving = this.currentRequest && this.currentRequest.command === 'LOGOUT';
    if (this.byeReason !== undefined && !isLeaving) this.close();
    return goesOn && !this.isClosed;
  }

  override async authenticate(): Promise<boolean> {
    const server: SaslServer = { service: 'imap', ...this.#line.address };
    if (this.state === this.states.NOT_AUTHENTICATED) {
      await this.#signIn(server);
      await this.setAuthenticationState();
    } else if (this.state === this.states.AUTHENTICATED && this.#config.authentication === 'encrypted') {
      throw notProven(server, 'PREAUTH', 'its greeting left the sign-in out');
    }
    setLimits(this, signedInLimits);
    return true;
  }

  async #signIn(server: SaslServer): Promise<void> {
    const way = chooseSignIn(this.#config, this.#line, { protocol: 'imap4', ...imapOffer(this.capabilities.keys()) });
    this.expectCapabilityUpdate = true;
    const { user, password } = this.#credential;
    try {
      if (way.kind === 'sasl') await this.#exchange(way.mechanism, server);
      else await this.run('LOGIN', user, password);
    } catch (error) {
      throw signInError(error, addressText(server), user);
    }
  }

  /** AUTHENTICATE without an initial response: also servers without SASL-IR understand it (RFC 9051, section 6.2.2). */
  async #exchange(mechanism: SaslMechanism, server: SaslServer): Promise<void> {
    const dialogue = new SaslDialogue(mechanism, this.#credential, server);
    const answer = async (challenge: string) => {
      try {
        this.write(await dialogue.answer(challenge));
      } catch (error) {
        // The answer to a cancellation does not matter any more.
        this.write('*');
        this.failProtocol(asFlowError(error));
      }
    };
    const { response, next } = await this.exec('AUTHENTICATE', [{ type: 'ATOM', value: mechanism.name }], {
      onPlusTag: (line) => answer(wordsOf(line.attributes)),
    }).catch((error: unknown) => {
      throw refused(error, dialogue);
    });
    next();
    // imapflow takes some other answers for a success.
    if (response.command?.toUpperCase() !== 'OK') throw badChallenge(server, `expected OK, got: ${response.command}`);
    dialogue.finish(wordsOf(response.attributes));
  }
}

/** All that a parsed line says, response codes included, as words. */
function wordsOf(attributes: unknown): string {
  if (Array.isArray(attributes)) return attributes.map(wordsOf).filter(Boolean).join(' ');
  if (!isRecord(attributes)) return '';
  return [stringIn(attributes, 'value'), wordsOf(attributes['section'])].filter(Boolean).join(' ');
}

/** The answer that imapflow logs when a command was refused: `[NOPERM] Permission denied`. */
function refusalIn(facts: unknown): string | undefined {
  const error = isRecord(facts) ? facts['err'] : undefined;
  const status = stringIn(error, 'responseStatus');
  if (status !== 'NO' && status !== 'BAD') return undefined;
  const code = stringIn(error, 'serverResponseCode');
  return [code && `[${code}]`, stringIn(error, 'responseText') || stringIn(error, 'response')].filter(Boolean).join(' ');
}

const silent: ImapLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Response codes of RFC 5530 that mean: not now, rather than: wrong. */
const temporary = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'LIMIT', 'CONTACTADMIN']);

/** With the reason that the server gave in a challenge, which says more than its NO. */
function refused(error: unknown, dialogue: SaslDialogue): unknown {
  const reason = dialogue.refusal();
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

function imapError(error: unknown, client: ImapFlow, facts: MailErrorFacts): FlowError {
  if (error instanceof FlowError) return error;
  const { during } = facts;
  const address = addressText(facts.address);
  const bye = client.byeReason ?? stringIn(error, 'reason');
  if (tooManyConnections.test(bye)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, { cause: error, details: bye });
  if (isBroken(error))
    return new FlowError('MAIL_CONNECTION_LOST', { address, during }, { cause: error, ...(bye ? { details: bye } : {}) });
  const mapped = mailError(error, facts);
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
