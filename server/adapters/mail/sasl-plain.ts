import type { SaslMechanism } from './sasl-mechanism.ts';

/** RFC 4616: authorization identity (empty), user and password, in UTF-8, parted by NUL. */
export const plain: SaslMechanism = {
  name: 'PLAIN',
  authentication: 'plain',
  start: ({ user, password }) => ({ respond: () => Buffer.from(`\0${user}\0${password}`) }),
};
