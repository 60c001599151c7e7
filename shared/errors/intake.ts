import type { ErrorTable } from './entry.ts';

/** Back-pressure: why no more mails are taken in for now. */
export const intakeErrors = {
  INTAKE_FLOW_FULL: {
    status: 503,
    retryable: true,
    message: (p: { open: string; limit: string; below: string }) =>
      `No more mails are taken in for this flow: ${p.open} are under way, the limit is ${p.limit}. Intake goes on below ${p.below}.`,
    remedy:
      'Nothing is lost: the mails wait on the mail server. Look under Messages at what the receivers of this flow answer, and cancel what nobody needs. Where the receiver is only slow, raise MAILROOM_FLOW_OPEN_MESSAGES or MAILROOM_FLOW_OPEN_MB.',
  },
  INTAKE_FULL: {
    status: 503,
    retryable: true,
    message: (p: { open: string; limit: string; below: string }) =>
      `No more mails are taken in for any flow: ${p.open} are under way, the limit is ${p.limit}. Intake goes on below ${p.below}.`,
    remedy:
      'Nothing is lost: the mails wait on the mail servers. Look under Messages at what is in RETRY or PROCESSING: a receiver does not answer, or more workers are needed. The limits are MAILROOM_OPEN_MESSAGES and MAILROOM_OPEN_MB.',
  },
  INTAKE_NO_SPACE: {
    status: 507,
    retryable: true,
    message: (p: { directory: string; free: string; limit: string; enough: string }) =>
      `No more mails are taken in: the disk of ${p.directory} has ${p.free} left, the limit is ${p.limit}. Intake goes on at ${p.enough}.`,
    remedy:
      'Nothing is lost: the mails wait on the mail server. Free some space on that disk, or make it larger. The limits are MAILROOM_FREE_MB and MAILROOM_FREE_PERCENT.',
  },
} satisfies ErrorTable;
