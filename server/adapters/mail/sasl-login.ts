import type { SaslMechanism } from './sasl-mechanism.ts';

/** draft-murchison-sasl-login: never a standard, but all that some servers offer. First the user is asked for, then the password. */
export const login: SaslMechanism = {
  name: 'LOGIN',
  authentication: 'plain',
  start: ({ user, password }) => {
    const answers = [user, password];
    return { respond: () => Buffer.from(answers.shift() ?? '') };
  },
};
