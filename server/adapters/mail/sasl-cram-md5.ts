import { createHmac } from 'node:crypto';
import type { SaslMechanism } from './sasl-mechanism.ts';

/** RFC 2195: the server's challenge is hashed with the password, which itself never travels. */
export const cramMd5: SaslMechanism = {
  name: 'CRAM-MD5',
  authentication: 'encrypted',
  start: ({ user, password }) => ({
    respond: (challenge) => Buffer.from(`${user} ${createHmac('md5', password).update(challenge).digest('hex')}`),
  }),
};
