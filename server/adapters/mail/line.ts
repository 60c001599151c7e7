import type net from 'node:net';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { chainEnd, daysUntil, expiresSoonDays, type TlsFacts } from '../../../shared/certificate.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, isLoopback, type ServerAddress } from '../../../shared/mail-address.ts';
import type { Route } from './route.ts';
import { tlsFacts } from './trust.ts';

/** An open connection, as far as it matters to who could listen. */
export interface Line {
  address: ServerAddress;
  /** Absent: it is not encrypted. */
  tls?: TlsFacts | undefined;
  /** What is sent never leaves this machine. */
  isLocal: boolean;
}

export type LineSettings = Pick<MailSenderConfig, 'protection' | 'authentication' | 'allowUnprotected'>;

export function lineOf(route: Route, socket: net.Socket): Line {
  const { host, port, proxy } = route;
  // A proxy on this machine is a way to other machines, and `localhost` is the proxy's own then.
  const isLocal = proxy === undefined && isLoopback(host) && isLoopback(peerOf(socket));
  return { address: { host, port }, tls: tlsFacts(socket), isLocal };
}

/** IPv4 addresses are written as such, also on a socket for both (RFC 4291, section 2.5.5.2). */
function peerOf({ remoteAddress = '' }: net.Socket): string {
  return remoteAddress.replace(/^::ffff:/i, '');
}

/**
 * The rule for what can be read and used by whoever listens on the way: passwords and tokens travel encrypted, or within this
 * machine, or where a person took the risk for this channel. To be called before each sign-in, whatever Protection says: STARTTLS
 * Optional may have ended in clear.
 *
 * @throws FlowError MAIL_PLAIN_NOT_PROTECTED
 */
export function requireProtection({ authentication, allowUnprotected }: LineSettings, { address, tls, isLocal }: Line): void {
  if (authentication === 'encrypted' || tls || isLocal || allowUnprotected) return;
  throw new FlowError('MAIL_PLAIN_NOT_PROTECTED', { address: addressText(address) });
}

/** What a person should know of the connection, at each poll anew. */
export function lineNotes(settings: LineSettings, line: Line, now = new Date()): string[] {
  return [openNote(settings, line), exposedNote(settings, line), expiryNote(line, now)].filter((note) => note !== undefined);
}

function openNote({ protection }: LineSettings, { address, tls }: Line): string | undefined {
  if (tls || protection !== 'starttls-optional') return undefined;
  return `${addressText(address)} did not offer STARTTLS: the connection is not encrypted.`;
}

function exposedNote({ authentication }: LineSettings, { address, tls, isLocal }: Line): string | undefined {
  if (tls || isLocal || authentication === 'encrypted') return undefined;
  const secret = authentication === 'oauth2' ? 'access token' : 'password';
  return `The ${secret} was sent to ${addressText(address)} unencrypted, as Allow Unencrypted Sign-In has it: whoever listens on the way can use it.`;
}

function expiryNote({ address, tls }: Line, now: Date): string | undefined {
  const end = tls && chainEnd(tls.chain);
  if (!end) return undefined;
  const days = daysUntil(end, now);
  if (days >= expiresSoonDays) return undefined;
  const left = days < 1 ? 'in less than a day' : days === 1 ? 'in 1 day' : `in ${days} days`;
  return `The certificate of ${addressText(address)} expires ${left}, on ${end.toISOString().slice(0, 10)}: have it renewed on the mail server.`;
}
