import type { Socket } from 'node:net';
import type { ImapFlow, Logger as ImapLogger } from 'imapflow';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/mailbox.ts';
import { mailAddress } from './address.ts';
import { abortError, speaksTls } from './connect.ts';
import { defaultProgressMs } from './deadlines.ts';
import { sayHello } from './hello.ts';
import { ImapGuard, signedInLimits, strangerLimits, type ImapResponse } from './imap-guard.ts';
import { ImapFlowInternals, setLimits } from './imap-internals.ts';
import { mailError } from './mail-error.ts';
import { SaslDialogue } from './sasl-dialogue.ts';
import { badChallenge, notProven, type Authentication, type SaslMechanism, type SaslServer } from './sasl-mechanism.ts';
import { chooseSignIn, imapOffer } from './sign-in.ts';

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
  signal: AbortSignal,
  progressMs = defaultProgressMs,
): Promise<ImapConnection> {
  const address = mailAddress(config);
  if (signal.aborted) throw abortError(signal, addressText(address), 'connecting');
  const client = new ImapClient(config, address, credential, progressMs);
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
      if (brokenBy !== undefined) throw brokenBy;
      if (client.isClosed) throw Object.assign(new Error('the connection is closed'), { code: 'NoConnection' });
      return result;
    } catch (error) {
      if (signal.aborted) throw abortError(signal, addressText(address), what);
      throw imapError(isBroken(error) && brokenBy !== undefined ? brokenBy : error, client, {
        address,
        during: what,
        timeoutMs: config.timeoutMs,
        progressMs,
      });
    }
  };

  try {
    await during('connecting', () => client.connect());
  } catch (error) {
    destroy();
    throw await diagnosed(error, config, address, signal);
  }
  const hasRev2 = client.enabled.has('IMAP4REV2');
  return {
    client,
    address,
    signal,
    hasUidPlus: client.capabilities.has('UIDPLUS') || hasRev2,
    hasMove: client.capabilities.has('MOVE') || hasRev2,
    during,
    destroy,
  };
}

/** imapflow with our sign-in, as its own knows no mechanism that protects the password, and with a guard before its parser. */
class ImapClient extends ImapFlowInternals {
  readonly #credential: Credential;
  readonly #authentication: Authentication;
  readonly #timeoutMs: number;
  readonly #progressMs: number;
  readonly #guard = new ImapGuard();
  #signOfLife: NodeJS.Timeout | undefined;

  constructor(config: MailSenderConfig, { host, port }: ServerAddress, credential: Credential, progressMs: number) {
    super({
      host,
      port,
      secure: config.protection === 'tls',
      ...startTls(config.protection),
      // Never used: `authenticate` below signs in. imapflow wants to see one.
      auth: { user: credential.user },
      tls: { minVersion: 'TLSv1.2' },
      clientInfo: { name: 'Mailroom' },
      logger: silent,
      disableAutoIdle: true,
      disableAutoEnable: true,
      disableCompression: true,
      connectionTimeout: config.timeoutMs,
      greetingTimeout: config.timeoutMs,
      socketTimeout: progressMs,
    });
    this.#credential = credential;
    this.#authentication = config.authentication;
    this.#timeoutMs = config.timeoutMs;
    this.#progressMs = progressMs;
    setLimits(this, strangerLimits);
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

  /** A quiet server is asked for a sign of life, but not while it has not yet confirmed IDLE: imapflow would wait for ever. */
  override configureSocket(socket: Socket): void {
    super.configureSocket(socket);
    socket.on('timeout', () => {
      const { received } = this.stats();
      clearTimeout(this.#signOfLife);
      this.#signOfLife = setTimeout(() => {
        if (this.stats().received === received) this.emitError(silence('ETIMEOUT'));
      }, this.#progressMs);
    });
    this.once('close', () => clearTimeout(this.#signOfLife));
  }

  /** imapflow's own deadline for the handshake does not know the channel's Timeout. */
  override async upgradeToSTARTTLS(): Promise<boolean> {
    const deadline = setTimeout(() => this.emitError(silence('UPGRADE_TIMEOUT')), this.#timeoutMs);
    try {
      return await super.upgradeToSTARTTLS();
    } finally {
      clearTimeout(deadline);
    }
  }

  override async authenticate(): Promise<boolean> {
    const server: SaslServer = { service: 'imap', host: this.host, port: this.port };
    if (this.state === this.states.NOT_AUTHENTICATED) {
      await this.#signIn(server);
      await this.setAuthenticationState();
    } else if (this.state === this.states.AUTHENTICATED && this.#authentication === 'encrypted') {
      throw notProven(server, 'PREAUTH', 'its greeting left the sign-in out');
    }
    setLimits(this, signedInLimits);
    return true;
  }

  async #signIn(server: SaslServer): Promise<void> {
    const offer = {
      protocol: 'imap4',
      address: server,
      isEncrypted: this.secureConnection,
      ...imapOffer(this.capabilities.keys()),
    } as const;
    const way = chooseSignIn(this.#authentication, offer);
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
    });
    next();
    // imapflow takes some other answers for a success.
    if (response.command?.toUpperCase() !== 'OK') throw badChallenge(server, `expected OK, got: ${response.command}`);
    dialogue.finish(wordsOf(response.attributes));
  }
}

/** @param code as imapflow has it for its own deadlines */
function silence(code: 'ETIMEOUT' | 'UPGRADE_TIMEOUT'): Error {
  return Object.assign(new Error('the server is silent'), { code });
}

/** All that a parsed line says, response codes included, as words. */
function wordsOf(attributes: unknown): string {
  if (Array.isArray(attributes)) return attributes.map(wordsOf).filter(Boolean).join(' ');
  if (!isRecord(attributes)) return '';
  return [stringIn(attributes, 'value'), wordsOf(attributes['section'])].filter(Boolean).join(' ');
}

/** imapflow's doSTARTTLS: true must, false must not, absent may. */
function startTls(protection: MailSenderConfig['protection']): { doSTARTTLS?: boolean } {
  if (protection === 'starttls-mandatory') return { doSTARTTLS: true };
  return protection === 'off' ? { doSTARTTLS: false } : {};
}

const silent: ImapLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Response codes of RFC 5530 that mean: not now, rather than: wrong. */
const temporary = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'LIMIT', 'CONTACTADMIN']);
const tooMany = /too many (simultaneous |concurrent )?(connections|logins|sessions)|maximum number of (simultaneous )?connections/i;

function signInError(error: unknown, address: string, user: string): unknown {
  const status = stringIn(error, 'responseStatus');
  if (status !== 'NO' && status !== 'BAD') return error;
  const text = stringIn(error, 'responseText') || stringIn(error, 'response');
  const code = stringIn(error, 'serverResponseCode') || responseCode(error);
  // The cause is left out: it holds the command, whose arguments are a sign-in.
  const options = { details: [code, text].filter(Boolean).join(': ') };
  if (tooMany.test(text)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, options);
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

/** What was going on, and the deadlines that were set. */
interface Circumstances {
  address: ServerAddress;
  during: string;
  timeoutMs: number;
  progressMs: number;
}

function imapError(error: unknown, client: ImapFlow, { address: server, during, timeoutMs, progressMs }: Circumstances): FlowError {
  if (error instanceof FlowError) return error;
  const address = addressText(server);
  const bye = client.byeReason ?? stringIn(error, 'reason');
  if (tooMany.test(bye)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, { cause: error, details: bye });
  if (error instanceof Error && error.message === 'Server does not support STARTTLS') {
    return new FlowError('MAIL_STARTTLS_NOT_OFFERED', { address }, { cause: error });
  }
  if (isBroken(error))
    return new FlowError('MAIL_CONNECTION_LOST', { address, during }, { cause: error, ...(bye ? { details: bye } : {}) });
  const deadlines: Record<string, number> = { ETIMEOUT: progressMs, UPGRADE_TIMEOUT: Math.min(timeoutMs, upgradeTimeoutMs) };
  const mapped = mailError(error, { address: server, during, timeoutMs: deadlines[stringIn(error, 'code')] ?? timeoutMs });
  if (mapped.code === 'MAIL_CLEAR_ON_TLS_PORT' && isRecord(error) && error['tlsFailed'] === true) {
    // The port is right: the server agreed to STARTTLS and then went on in clear.
    return new FlowError('MAIL_TLS_FAILED', { address }, { cause: error, details: mapped.details });
  }
  const words = stringIn(error, 'responseText');
  return mapped.code === 'MAIL_PROTOCOL_ERROR' && words
    ? new FlowError('MAIL_PROTOCOL_ERROR', { address, during }, { cause: error, details: words })
    : mapped;
}

/** imapflow waits no longer for a handshake after STARTTLS. */
const upgradeTimeoutMs = 10_000;

/** imapflow's codes for a connection that went away under a command. */
function isBroken(error: unknown): boolean {
  return /^(NoConnection|EConnectionClosed|ClosedAfterConnect(TLS|Text))$/.test(stringIn(error, 'code'));
}

/**
 * Connects once more to learn what imapflow does not tell: the certificate that was not accepted, or that a silent port waits for TLS.
 */
async function diagnosed(error: unknown, config: MailSenderConfig, address: ServerAddress, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof FlowError) || signal.aborted) return error;
  const { timeoutMs } = config;
  if (error.code === 'MAIL_TIMEOUT' && config.protection !== 'tls') {
    return (await speaksTls({ ...address, timeoutMs, signal }))
      ? new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address: addressText(address) }, { cause: error })
      : error;
  }
  if (!error.code.startsWith('MAIL_CERTIFICATE_')) return error;
  const hello = await sayHello({ protocol: 'imap4', address, protection: config.protection, timeoutMs, signal }).catch(
    (cause: unknown) => cause,
  );
  return hello instanceof FlowError && hello.code.startsWith('MAIL_CERTIFICATE_') ? hello : error;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function stringIn(value: unknown, key: string): string {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}
