import type { ServerAddress } from '../../../shared/mail-address.ts';
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
   */
  respond(challenge: Buffer): Buffer | Promise<Buffer>;
  /** Why the server refuses, where it has explained that in a challenge; may be empty. */
  refusal?(): string | undefined;
}

export type Authentication = 'encrypted' | 'plain' | 'oauth2';
