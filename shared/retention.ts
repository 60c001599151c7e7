import { z } from 'zod';

/** How long the message processing log and its mails are kept. */

const days = z.int('must be a whole number of days').min(1, 'at least 1 day').max(36_500, 'at most 36500 days');

export const retentionSchema = z.object({
  /** Messages that ended well or by a person, in days after their end; null keeps them for good. */
  endedDays: days.nullable(),
  /** FAILED messages, in days after their last attempt; null keeps them for good. */
  failedDays: days.nullable(),
});
export type Retention = z.output<typeof retentionSchema>;

export const defaultRetention: Retention = { endedDays: 90, failedDays: 365 };
