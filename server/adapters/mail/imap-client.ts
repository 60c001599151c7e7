import { ImapFlow, type Logger as ImapLogger } from 'imapflow';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, isLoopback, type ServerAddress } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/secrets.ts';
import { mailAddress } from './address.ts';
import { abortError, speaksTls } from './connect.ts';
import { sayHello } from './hello.ts';
import { mailError } from './mail-error.ts';
import { chooseMechanism } from './sasl.ts';
import type { Authentication } from './sasl-mechanism.ts';

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
  destroy: () => void;
}

/**
 * Connects, protects and signs in. Nothing is selected yet.
 *
 * @throws FlowError MAIL_*
 */
export async function connectImap(config: MailSenderConfig, credential: Credential, signal: AbortSignal): Promise<ImapConnection> {
  const address = mailAddress(config);
  if (signal.aborted) throw abortError(signal, addressText(address), 'connecting');
  const client = new ImapClient(config, address, credential);
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

/**
 * imapflow with our choice of the sign-in: its own knows no CRAM-MD5 and would send a password over an open line.
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

  readonly #credential: Credential;
  readonly #authentication: Authentication;

  constructor(config: MailSenderConfig, { host, port }: ServerAddress, credential: Credential) {
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
      socketTimeout: progressTimeoutMs,
      maxLiteralSize: Math.max(config.maxMailMb + 1, 16) * mib,
    });
    this.#credential = credential;
    this.#authentication = config.authentication;
  }

  /** Called by `connect` once the connection is protected, or stays open as configured. */
  async authenticate(): Promise<boolean> {
    if (this.state !== this.states.NOT_AUTHENTICATED) return true;
    const address = addressText(this);
    if (this.#authentication === 'plain' && !this.secureConnection && !isLoopback(this.host)) {
      throw new FlowError('MAIL_PLAIN_NOT_PROTECTED', { address });
    }
    this.expectCapabilityUpdate = true;
    const offered = saslNames(this.capabilities.keys());
    try {
      if (this.#authentication === 'plain' && offered.length === 0 && !this.capabilities.has('LOGINDISABLED')) {
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
    const mechanism = chooseMechanism(this.#authentication, offered, address);
    const exchange = mechanism.start(this.#credential);
    const response = await this.exec('AUTHENTICATE', [{ type: 'ATOM', value: mechanism.name }], {
      onPlusTag: async (line) => {
        const text = line.attributes?.find((attribute) => attribute.type === 'TEXT')?.value;
        const challenge = Buffer.from(typeof text === 'string' ? text : '', 'base64');
        this.write(exchange.respond(challenge).toString('base64'));
      },
    });
    response.next();
  }
}

/** imapflow's doSTARTTLS: true must, false must not, absent may. */
function startTls(protection: MailSenderConfig['protection']): { doSTARTTLS?: boolean } {
  if (protection === 'starttls-mandatory') return { doSTARTTLS: true };
  return protection === 'off' ? { doSTARTTLS: false } : {};
}

/** Mechanisms among the words of a CAPABILITY answer. */
export function saslNames(capabilities: Iterable<string>): string[] {
  return [...capabilities].filter((word) => /^AUTH=/i.test(word)).map((word) => word.slice('AUTH='.length).toUpperCase());
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

function imapError(error: unknown, client: ImapFlow, serverAddress: ServerAddress, during: string, timeoutMs: number): FlowError {
  if (error instanceof FlowError) return error;
  const address = addressText(serverAddress);
  const bye = client.byeReason ?? stringIn(error, 'reason');
  if (tooMany.test(bye)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, { cause: error, details: bye });
  if (error instanceof Error && error.message === 'Server does not support STARTTLS') {
    return new FlowError('MAIL_STARTTLS_NOT_OFFERED', { address }, { cause: error });
  }
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
