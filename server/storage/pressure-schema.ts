import { jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { ErrorView } from '../../shared/errors.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 }).notNull().defaultNow();

/** What stops intake now. */
export const intakePause = pgTable('intake_pause', {
  /** `all`, `flow <id>` or `worker <name>` */
  scope: text('scope').primaryKey(),
  flowId: uuid('flow_id'),
  worker: text('worker'),
  reason: jsonb('reason').$type<ErrorView>().notNull(),
  since: at('since'),
  /** Said again every few seconds by a worker whose disk is full; nobody says it after its end. */
  seenAt: at('seen_at'),
});
