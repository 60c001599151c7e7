import type { ErrorTable } from './entry.ts';

/** Who may do what. */
export const accessErrors = {
  NOT_ALLOWED: {
    status: 403,
    retryable: false,
    message: (p: { role: string; permission: string }) =>
      `The role ${p.role} does not allow this: it needs the permission "${p.permission}".`,
    remedy: 'Ask an administrator to do it, or to give you another role.',
  },
  ROLE_BEYOND_OWN: {
    status: 403,
    retryable: false,
    message: (p: { role: string }) => `A token with the role ${p.role} may do more than you may.`,
    remedy: 'Choose a role that may do no more than you may.',
  },
  NEEDS_SESSION: {
    status: 403,
    retryable: false,
    message: () => 'An API token can’t look after the account of its owner.',
    remedy: 'Sign in with e-mail and password in a browser.',
  },
  USER_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { email: string }) => `There is a person with the address ${p.email} already.`,
    remedy: 'Change that account under Access > Users, or give another address.',
  },
  LAST_ADMINISTRATOR: {
    status: 409,
    retryable: false,
    message: () => 'Nobody would be left who can sign in as an administrator.',
    remedy: 'Give another person the role Administrator first, and let them choose their password.',
  },
  OWN_RESET: {
    status: 409,
    retryable: false,
    message: () => 'You can’t reset your own password.',
    remedy: 'Change it on your account page. If you have forgotten it, ask another administrator.',
  },
  ACCOUNT_LOCKED: {
    status: 429,
    retryable: false,
    message: () => 'This account is locked after a hundred failed sign-ins in a row.',
    remedy: 'Ask an administrator to unlock it, or run `npm run accounts -- unlock --email …` on the server.',
  },
  PASSWORD_TOO_WEAK: {
    status: 422,
    retryable: false,
    message: (p: { reason: string }) => `This password can’t be used. ${p.reason}`,
    remedy: 'Choose another password.',
  },
  ADMIN_PASSWORD_TOO_WEAK: {
    status: 422,
    retryable: false,
    message: (p: { reason: string }) => `MAILROOM_ADMIN_PASSWORD can’t be the password of the first administrator. ${p.reason}`,
    remedy: 'Set another one, or leave it out and create the administrator in the browser.',
  },
  PASSWORD_WRONG: {
    status: 403,
    retryable: false,
    message: () => 'The current password is wrong.',
    remedy: 'Type the password you sign in with.',
  },
  LINK_USED: {
    status: 409,
    retryable: false,
    message: () => 'This link was used already, or has run out.',
    remedy: 'If you have chosen a password, sign in with it. Otherwise ask an administrator for another link.',
  },
} satisfies ErrorTable;
