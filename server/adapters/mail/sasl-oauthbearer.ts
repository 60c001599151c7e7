import { bearerExchange } from './sasl-bearer.ts';
import type { SaslMechanism } from './sasl-mechanism.ts';

/** RFC 7628: a GS2 header with the user, then host, port and token. A refusal is answered with one SOH (section 3.2.3). */
export const oauthBearer: SaslMechanism = {
  name: 'OAUTHBEARER',
  authentication: 'oauth2',
  start: ({ user, password: token }, { host, port }) =>
    bearerExchange(
      Buffer.from(`n,a=${saslName(user)},\x01host=${host}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`),
      Buffer.from('\x01'),
    ),
};

/** RFC 5801, section 4: the two characters that mean something in the header. */
function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}
