import { createHmac } from 'node:crypto';
import { badChallenge, type SaslMechanism } from './sasl-mechanism.ts';

/** RFC 2195: the server's challenge is hashed with the password, which itself never travels. The server proves nothing. */
export const cramMd5: SaslMechanism = {
  name: 'CRAM-MD5',
  authentication: 'encrypted',
  start: ({ user, password }, server) => ({
    respond: (challenge) => {
      if (challenge.length === 0) throw badChallenge(server, 'the challenge of CRAM-MD5 is empty');
      return Buffer.from(`${user} ${createHmac('md5', password).update(challenge).digest('hex')}`);
    },
  }),
};
