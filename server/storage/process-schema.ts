import { boolean, index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Every process that uses this database: beaten by itself, by the database's clock. */
export const process = pgTable(
  'process',
  {
    id: uuid('id').primaryKey(),
    /** As people know the machine. */
    host: text('host').notNull(),
    /** Tells one running machine, or container, from another of the same name. */
    machine: text('machine').notNull(),
    pid: integer('pid').notNull(),
    role: text('role').notNull(),
    version: text('version').notNull(),
    /** Where it writes mails: `fs`, `fs-shared`, `pg`. */
    blobs: text('blobs').notNull(),
    /** Says which master keys it has, that which it seals with first (`keyCheckOf`, between spaces), and nothing else about them. */
    keyCheck: text('key_check').notNull(),
    /** What stands in its file among the mails since its last sign of life. */
    mark: text('mark').notNull(),
    startedAt: at('started_at').notNull(),
    seenAt: at('seen_at').notNull(),
    /** It takes nothing new. */
    isStopping: boolean('is_stopping').notNull().default(false),
    polls: integer('polls').notNull().default(0),
    exchanges: integer('exchanges').notNull().default(0),
    standing: integer('standing').notNull().default(0),
  },
  (t) => [index('process_seen').on(t.seenAt)],
);
