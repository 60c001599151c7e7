import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/secrets.ts';

/** A way to sign in that both protocols carry: AUTHENTICATE in IMAP, AUTH in POP3 (RFC 4422). */
export interface SaslMechanism {
  /** As servers list it, in capital letters. */
  name: string;
  authentication: Authentication;
  /** @param credential its password is the access token where `authentication` is oauth2 */
  start(credential: Credential, server: SaslServer): SaslExchange;
}

/** Whom the sign-in is meant for. */
export interface SaslServer extends ServerAddress {
  /** The protocol's service name (RFC 9051, section 6.2.2; RFC 5034, section 4). */
  service: 'imap' | 'pop';
}

/** One sign-in under way. All bytes are before base64, which is the protocol's business. */
export interface SaslExchange {
  /**
   * The answer to the server's next challenge. Where the mechanism lets the client begin, the first challenge is empty:
   * both protocols send one when the command carries no initial response, which old servers don't accept.
   * A challenge that only tells of a failure is answered too: the server waits for that before it says NO.
   *
   * @throws FlowError when the sign-in must not go on; it is cancelled then and the connection dropped
   */
  respond(challenge: Buffer): Buffer | Promise<Buffer>;
  /**
   * Told when the server says that the sign-in succeeded, with what it sent along, if anything.
   * Only of mechanisms in which the server has something to prove.
   *
   * @throws FlowError MAIL_SERVER_NOT_PROVEN
   */
  finish?(data: Buffer | undefined): void;
  /** Why the server refuses, where it has explained that in a challenge; may be empty. */
  refusal?(): string | undefined;
}

export type Authentication = 'encrypted' | 'plain' | 'oauth2';

/** A challenge that the mechanism does not know. */
export function badChallenge(server: SaslServer, details: string): FlowError {
  return new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(server), during: 'sign-in' }, { details });
}

/** A server that does not show that it knows the password. */
export function notProven(server: SaslServer, mechanism: string, details: string): FlowError {
  return new FlowError('MAIL_SERVER_NOT_PROVEN', { address: addressText(server), mechanism }, { details });
}

/** @returns undefined for what is not base64 (RFC 4648, section 4) */
export function fromBase64(text: string): Buffer | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}
