import type { Credential } from '../../ports/secrets.ts';
import { badChallenge, fromBase64, notProven, type SaslExchange, type SaslMechanism, type SaslServer } from './sasl-mechanism.ts';

/** A server that keeps asking is cut off; no mechanism needs more than four steps. */
const maxChallenges = 10;
/** In base64; RFC 2831 allows the longest challenge, 2,048 bytes. */
const maxChallengeLength = 8 * 1024;

/** The base64 side of a sign-in, as AUTHENTICATE and AUTH have it in common, with limits to what a server may ask. */
export class SaslDialogue {
  readonly #mechanism: SaslMechanism;
  readonly #server: SaslServer;
  readonly #exchange: SaslExchange;
  #challenges = 0;

  constructor(mechanism: SaslMechanism, credential: Credential, server: SaslServer) {
    this.#mechanism = mechanism;
    this.#server = server;
    this.#exchange = mechanism.start(credential, server);
  }

  /**
   * The answer to a challenge.
   *
   * @throws FlowError MAIL_PROTOCOL_ERROR, MAIL_SERVER_NOT_PROVEN: send `*` to cancel, and hang up
   */
  async answer(challenge: string): Promise<string> {
    this.#challenges += 1;
    if (this.#challenges > maxChallenges) throw badChallenge(this.#server, `more than ${maxChallenges} challenges`);
    if (challenge.length > maxChallengeLength)
      throw badChallenge(this.#server, `a challenge is longer than ${maxChallengeLength} characters`);
    return (await this.#exchange.respond(this.#decoded(challenge))).toString('base64');
  }

  /**
   * To be called when the server says that the sign-in succeeded.
   *
   * @param words what it said
   * @throws FlowError MAIL_SERVER_NOT_PROVEN: hang up
   */
  finish(words: string): void {
    if (this.#challenges === 0) {
      throw notProven(this.#server, this.#mechanism.name, 'it ended the sign-in before it asked for anything');
    }
    this.#exchange.finish?.(successData(words));
  }

  /** Why the server refuses, where it has explained that in a challenge. */
  refusal(): string | undefined {
    return this.#exchange.refusal?.();
  }

  /** For a plain password some servers ask in words instead of base64; nobody reads them. */
  #decoded(challenge: string): Buffer {
    const bytes = fromBase64(challenge);
    if (bytes) return bytes;
    if (this.#mechanism.authentication === 'plain') return Buffer.alloc(0);
    throw badChallenge(this.#server, 'a challenge is not base64');
  }
}

/**
 * Neither protocol has a place for data beside a success, so servers send the last of it as a challenge (RFC 9051, section 6.2.2;
 * RFC 5034, section 4). Where one sends it with its OK, in a response code or not, it is the only word so long that is base64.
 */
function successData(words: string): Buffer | undefined {
  const [data] = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{32,}={0,2}(?![A-Za-z0-9+/=])/.exec(words) ?? [];
  return data === undefined ? undefined : fromBase64(data);
}
