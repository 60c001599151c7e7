import type { Credential } from '../../ports/secrets.ts';

/** A way to sign in that both protocols carry: AUTHENTICATE in IMAP, AUTH in POP3 (RFC 4422). */
export interface SaslMechanism {
  /** As servers list it, in capital letters. */
  name: string;
  authentication: Authentication;
  start(credential: Credential): SaslExchange;
}

/** One sign-in under way. All bytes are before base64, which is the protocol's business. */
export interface SaslExchange {
  /**
   * The answer to the server's next challenge. Where the mechanism lets the client begin, the first challenge is empty:
   * both protocols send one when the command carries no initial response, which old servers don't accept.
   */
  respond(challenge: Buffer): Buffer;
}

export type Authentication = 'encrypted' | 'plain' | 'oauth2';
