import { integer, pgTable, timestamp, uuid } from 'drizzle-orm/pg-core';

/**
 * Messages whose job came back without an end, while they are run once more. A row that is found at the next begin is an attempt
 * that never came back: its process died, or hung until another took over.
 */
export const suspect = pgTable('suspect', {
  messageId: uuid('message_id').primaryKey(),
  attempt: integer('attempt').notNull(),
  /** How often it did not come back. */
  losses: integer('losses').notNull(),
  begunAt: timestamp('begun_at', { withTimezone: true, mode: 'date', precision: 3 }).notNull().defaultNow(),
});
