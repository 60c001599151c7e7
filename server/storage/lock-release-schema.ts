import { bigint, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 }).notNull();

/** Locks that a person has taken away from their holder: who, when, why. */
export const lockRelease = pgTable(
  'lock_release',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    key: text('key').notNull(),
    holder: text('holder').notNull(),
    /** The fencing token that the holder had. */
    token: bigint('token', { mode: 'bigint' }).notNull(),
    /** As they were called then; empty where they were not known. */
    flowName: text('flow_name').notNull(),
    channelName: text('channel_name').notNull(),
    acquiredAt: at('acquired_at'),
    releasedAt: at('released_at').defaultNow(),
    releasedBy: text('released_by').notNull(),
    reason: text('reason').notNull(),
  },
  (t) => [index('lock_release_newest').on(t.releasedAt.desc()), index('lock_release_token').on(t.token)],
);
