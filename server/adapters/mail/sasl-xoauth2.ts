import { bearerExchange } from './sasl-bearer.ts';
import type { SaslMechanism } from './sasl-mechanism.ts';

/** Never a standard, but what Microsoft 365 and Google take (developers.google.com/gmail/imap/xoauth2-protocol). A refusal is answered with nothing. */
export const xoauth2: SaslMechanism = {
  name: 'XOAUTH2',
  authentication: 'oauth2',
  start: ({ user, password: token }) => bearerExchange(Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`), Buffer.alloc(0)),
};
