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
} satisfies ErrorTable;
