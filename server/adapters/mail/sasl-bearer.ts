import type { SaslExchange } from './sasl-mechanism.ts';

/** What XOAUTH2 and OAUTHBEARER have in common: one message with the access token, and a server that explains a refusal in a challenge. */

const maxReasonLength = 300;

/**
 * @param message with the token; the answer to the empty first challenge
 * @param acknowledgement the answer to a refusal, for which the server waits before it says NO
 */
export function bearerExchange(message: Buffer, acknowledgement: Buffer): SaslExchange {
  let isSent = false;
  let refusal: string | undefined;
  return {
    respond(challenge) {
      if (isSent) {
        refusal = reasonIn(challenge);
        return acknowledgement;
      }
      isSent = true;
      return message;
    },
    refusal: () => refusal,
  };
}

/** `{"status":"invalid_token","scope":"…"}` (RFC 7628, section 3.2.2); Google and Microsoft send an HTTP status instead of a word. */
function reasonIn(challenge: Buffer): string {
  const { status, scope } = parsed(challenge.toString('utf8'));
  const words = [
    typeof status === 'string' || typeof status === 'number' ? `status ${status}` : '',
    typeof scope === 'string' && scope !== '' ? `needed scope ${scope}` : '',
  ];
  return words
    .filter(Boolean)
    .join(', ')
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, maxReasonLength);
}

function parsed(text: string): { status?: unknown; scope?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
