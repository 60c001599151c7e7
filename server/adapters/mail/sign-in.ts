import { FlowError } from '../../../shared/errors.ts';
import { addressText, type MailProtocol } from '../../../shared/mail-address.ts';
import { requireProtection, type Line, type LineSettings } from './line.ts';
import { mechanisms } from './sasl.ts';
import type { Authentication, SaslMechanism } from './sasl-mechanism.ts';

/** What a server offers to somebody who wants to sign in. */
export interface SignInOffer {
  protocol: MailProtocol;
  /** Names of SASL mechanisms, as the server lists them. */
  mechanisms: string[];
  /** Whether the protocol's own command for a plain password may be tried. */
  hasPlainCommand: boolean;
  /** POP3: the time stamp in the greeting, angle brackets included (RFC 1939, section 7). */
  timestamp?: string | undefined;
}

/** The way that a sign-in takes. `name` is for people. */
export type SignInWay =
  | { kind: 'sasl'; name: string; mechanism: SaslMechanism }
  | { kind: 'apop'; name: string; timestamp: string }
  | { kind: 'command'; name: string };

const plainCommand: Record<MailProtocol, string> = { imap4: 'LOGIN command', pop3: 'USER/PASS' };

/**
 * The strongest way that Authentication allows and the server offers; the same for a visit and for the connection test.
 *
 * @throws FlowError MAIL_PLAIN_NOT_PROTECTED before a secret would travel in clear, MAIL_MECHANISM_NOT_OFFERED
 */
export function chooseSignIn(settings: LineSettings, line: Line, offer: SignInOffer): SignInWay {
  requireProtection(settings, line);
  const { authentication } = settings;
  const { protocol, timestamp } = offer;
  const offered = new Set(offer.mechanisms.map((name) => name.toUpperCase()));
  const allowed = mechanisms.filter((mechanism) => mechanism.authentication === authentication);
  const mechanism = allowed.find(({ name }) => offered.has(name));
  if (mechanism) return { kind: 'sasl', name: mechanism.name, mechanism };
  if (authentication === 'plain' && offer.hasPlainCommand) return { kind: 'command', name: plainCommand[protocol] };
  if (authentication === 'encrypted' && timestamp !== undefined) return { kind: 'apop', name: 'APOP', timestamp };
  throw new FlowError('MAIL_MECHANISM_NOT_OFFERED', {
    address: addressText(line.address),
    offered: inWords(namesOffered(offer), 'conjunction') || 'nothing',
    accepted: inWords([...allowed.map(({ name }) => name), ...otherWays(authentication, protocol)], 'disjunction') || 'nothing',
  });
}

function namesOffered({ protocol, mechanisms: names, hasPlainCommand, timestamp }: SignInOffer): string[] {
  return [...names, ...(hasPlainCommand ? [plainCommand[protocol]] : []), ...(timestamp === undefined ? [] : ['APOP'])];
}

function otherWays(authentication: Authentication, protocol: MailProtocol): string[] {
  if (authentication === 'plain') return [plainCommand[protocol]];
  return authentication === 'encrypted' && protocol === 'pop3' ? ['APOP'] : [];
}

function inWords(names: string[], type: 'conjunction' | 'disjunction'): string {
  return new Intl.ListFormat('en-GB', { type }).format(names);
}

/** @param words of a CAPABILITY answer */
export function imapOffer(words: Iterable<string>): Pick<SignInOffer, 'mechanisms' | 'hasPlainCommand'> {
  const found = [...words].map((word) => word.toUpperCase());
  const names = found.flatMap((word) => (word.startsWith('AUTH=') ? [word.slice('AUTH='.length)] : []));
  // A server that lists mechanisms lists PLAIN or LOGIN among them if it takes a plain password.
  return { mechanisms: names, hasPlainCommand: names.length === 0 && !found.includes('LOGINDISABLED') };
}

/** @param capabilities keyword in capitals -> arguments, empty for a server without CAPA (RFC 2449) */
export function pop3Offer(
  capabilities: ReadonlyMap<string, string[]>,
  greeting: string,
): Pick<SignInOffer, 'mechanisms' | 'hasPlainCommand' | 'timestamp'> {
  const names = (capabilities.get('SASL') ?? []).map((name) => name.toUpperCase());
  return {
    mechanisms: names,
    // USER is a capability of its own, which old servers don't tell of (RFC 2449, section 6.2).
    hasPlainCommand: names.length === 0 || capabilities.has('USER'),
    timestamp: /<[^<>\s]+@[^<>\s]+>/.exec(greeting)?.[0],
  };
}
