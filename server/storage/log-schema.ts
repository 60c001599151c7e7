import { sql } from 'drizzle-orm';
import { bigserial, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** How many messages there are, by flow, hour of arrival and status: what totals and charts are read from. See `log-counts.ts`. */

const hour = () => timestamp('hour', { withTimezone: true, mode: 'date', precision: 3 }).notNull();

/** Written by triggers of `message_log` in the transaction that changes it, so that no two writers wait for each other. */
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
