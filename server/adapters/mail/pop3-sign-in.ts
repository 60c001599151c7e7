import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { defaultProgressMs } from './deadlines.ts';
import { lineNotes, type LineSettings } from './line.ts';
import { Pop3Client } from './pop3-client.ts';
import { Pop3Refusal } from './pop3-connection.ts';
import { routeOf, type RouteSettings } from './route.ts';
import { chooseSignIn, pop3Offer, type SignInOffer, type SignInWay } from './sign-in.ts';

/** A connection that is as protected as the channel asks for, before the sign-in. */
export interface Pop3Link {
  client: Pop3Client;
  /** Keyword in capitals -> arguments, as the server named them last. */
  capabilities: Map<string, string[]>;
  address: ServerAddress;
  /** What a person should know of it. */
  notes: () => string[];
}

type Settings = RouteSettings & LineSettings;

/**
 * Connects, reads the greeting, and encrypts as Protection says.
 *
 * @throws FlowError MAIL_STARTTLS_NOT_OFFERED, MAIL_TLS_ON_CLEAR_PORT and all that connecting throws; nothing is left open then
 */
export async function connectPop3(
  config: Settings,
  { secrets, signal }: Pick<SenderContext, 'secrets' | 'signal'>,
  progressMs = defaultProgressMs,
): Promise<Pop3Link> {
  const route = await routeOf(config, secrets);
  const address = { host: route.host, port: route.port };
  const client = new Pop3Client({ ...route, isTls: config.protection === 'tls', progressMs, signal });
  try {
    await client.connect();
    if (config.protection.startsWith('starttls')) await startTls(client, config.protection, address);
    return { client, capabilities: await client.CAPA(), address, notes: () => lineNotes(config, client.connection.line) };
  } catch (error) {
    client.destroy();
    throw error instanceof Pop3Refusal ? refusalError(error, addressText(address)) : error;
  }
}

async function startTls(client: Pop3Client, protection: Settings['protection'], address: ServerAddress): Promise<void> {
  const isOffered = (await client.CAPA()).has('STLS');
  try {
    if (isOffered) return await client.STLS();
  } catch (error) {
    if (!(error instanceof Pop3Refusal)) throw error;
  }
  if (protection === 'starttls-mandatory') throw new FlowError('MAIL_STARTTLS_NOT_OFFERED', { address: addressText(address) });
}

/**
 * Signs in the strongest way that Authentication allows and the server offers.
 *
 * @throws FlowError MAIL_PLAIN_NOT_PROTECTED, MAIL_MECHANISM_NOT_OFFERED, MAIL_SERVER_NOT_PROVEN, MAIL_SIGN_IN_REFUSED,
 * MAIL_SIGN_IN_UNAVAILABLE, MAIL_TOO_MANY_CONNECTIONS; the link is closed then
 */
export async function signInPop3({ client, capabilities, address }: Pop3Link, config: LineSettings, credential: Credential): Promise<void> {
  const { line } = client.connection;
  const offer: SignInOffer = { protocol: 'pop3', ...pop3Offer(capabilities, client.greeting) };
  try {
    const way = chooseSignIn(config, line, offer);
    await follow(way, client, credential).catch((error: unknown) => {
      // Dovecot lists USER also where it takes no plain password, and says so only when it gets one.
      if (way.kind === 'command' && isUnsupported(error)) chooseSignIn(config, line, { ...offer, hasPlainCommand: false });
      throw error;
    });
  } catch (error) {
    client.destroy();
    throw error instanceof Pop3Refusal ? refusalError(error, addressText(address), credential.user) : error;
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof Pop3Refusal && /unsupported (authentication )?mechanism|mechanism (is )?not supported/i.test(error.message);
}

async function follow(way: SignInWay, client: Pop3Client, credential: Credential): Promise<void> {
  if (way.kind === 'sasl') return await client.AUTH(way.mechanism, credential);
  if (way.kind === 'apop') return await client.APOP(credential, way.timestamp);
  return await client.USER_PASS(credential);
}

/**
 * Tells a wrong password from a server that can't at the moment: by response code (RFC 2449, section 8; RFC 3206),
 * else by the words servers use.
 *
 * @param user undefined when the server refused before anybody was named
 */
function refusalError({ code, message }: Pop3Refusal, address: string, user?: string): FlowError {
  const options = { details: message };
  if (code !== 'AUTH' && tooMany.test(message)) return new FlowError('MAIL_TOO_MANY_CONNECTIONS', { address }, options);
  const isTemporary = user === undefined || (code === '' ? notNow.test(message) : code !== 'AUTH');
  if (isTemporary) return new FlowError('MAIL_SIGN_IN_UNAVAILABLE', { address, user: user ?? 'anybody' }, options);
  return new FlowError('MAIL_SIGN_IN_REFUSED', { address, user }, options);
}

const tooMany = /too many|(maximum|limit).*connections|connections.*(exceeded|limit)/i;
const notNow = /temporar|try again|unavailable|internal error|in use|(mailbox|maildrop).*lock|lock.*(mailbox|maildrop)/i;
