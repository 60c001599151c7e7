import { index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** One thing done to many messages or mails, a part at a time, by whichever worker has it in hand. */
export const bulk = pgTable(
  'bulk',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    kind: text('kind').notNull(),
    wish: jsonb('wish').notNull(),
    /** Either a filter or ids. */
    filter: jsonb('filter'),
    ids: jsonb('ids').$type<string[]>(),
    by: text('by').notNull(),
    at: at('at').notNull().defaultNow(),
    total: integer('total'),
    /** Where the next part begins. */
    cursor: text('cursor'),
    done: integer('done').notNull().default(0),
    refused: integer('refused').notNull().default(0),
    /** Why not, by error code. */
    reasons: jsonb('reasons').notNull().default({}),
    /** `running`, `done` or `stopped` */
    state: text('state').notNull().default('running'),
    claimedBy: text('claimed_by'),
    claimedUntil: at('claimed_until'),
    endedAt: at('ended_at'),
  },
  (t) => [index('bulk_newest').on(t.at.desc(), t.id)],
);
