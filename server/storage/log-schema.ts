import { sql } from 'drizzle-orm';
import { bigserial, customType, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** What is kept beside the message processing log, by its triggers. */

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });
const hour = () => timestamp('hour', { withTimezone: true, mode: 'date', precision: 3 }).notNull();

/**
 * How many messages there are, by flow, hour of arrival and status: what totals and charts are read from (`log-counts.ts`).
 * Written by triggers of `message_log` in the transaction that changes it, so that no two writers wait for each other.
 */
export const messageChange = pgTable('message_change', {
  id: bigserial('id', { mode: 'bigint' }).primaryKey(),
  flowId: uuid('flow_id').notNull(),
  status: text('status').notNull(),
  hour: hour(),
  change: integer('change').notNull(),
});

/** What has been folded of the changes so far. */
export const messageCount = pgTable(
  'message_count',
  {
    hour: hour(),
    flowId: uuid('flow_id').notNull(),
    status: text('status').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.hour, t.flowId, t.status] }),
    index('message_count_open')
      .on(t.hour)
      .where(sql`status in ('PROCESSING', 'RETRY') and count > 0`),
  ],
);

/** The same over all hours. */
export const messageTotal = pgTable(
  'message_total',
  {
    flowId: uuid('flow_id').notNull(),
    status: text('status').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [primaryKey({ columns: [t.flowId, t.status] })],
);

/**
 * What is searched of messages (`message-search.ts`), cut into days as the log is. Where pg_trgm is there it has one more index,
 * `message_search_text`, which the migration makes.
 */
export const messageSearch = pgTable(
  'message_search',
  {
    id: uuid('id').primaryKey(),
    flowId: uuid('flow_id').notNull(),
    receivedAt: timestamp('received_at', { withTimezone: true, mode: 'date', precision: 3 }).notNull(),
    /** Of subject, from, to and Message-ID. */
    words: tsvector('words').notNull(),
    /** Subject, from and to in lower case. */
    text: text('text').notNull(),
  },
  (t) => [index('message_search_newest').on(t.receivedAt.desc(), t.id.desc()), index('message_search_words').using('gin', t.words)],
);
