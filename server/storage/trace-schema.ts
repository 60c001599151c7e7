import { index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { flow } from './schema.ts';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Flows whose log level is not Info. */
export const flowLogLevel = pgTable('flow_log_level', {
  flowId: uuid('flow_id')
    .primaryKey()
    .references(() => flow.id, { onDelete: 'cascade' }),
  level: text('level').notNull(),
  /** Info again from then on. */
  until: at('until').notNull(),
  setAt: at('set_at').notNull().defaultNow(),
  setBy: text('set_by').notNull(),
});

/**
 * What left a step of an attempt, where the log level kept it; parts that the step did not change are null. Hidden from the moment it
 * expires, deleted soon after.
 */
export const stepPayload = pgTable(
  'step_payload',
  {
    messageId: uuid('message_id').notNull(),
    attempt: integer('attempt').notNull(),
    position: integer('position').notNull(),
    /** The step that it came from; null for the mail itself. */
    fromPosition: integer('from_position'),
    headers: jsonb('headers').$type<Record<string, string>>(),
    properties: jsonb('properties'),
    bodyType: text('body_type'),
    /** Its start; null where the level keeps none. */
    body: text('body'),
    bodyCharacters: integer('body_characters'),
    attachments: jsonb('attachments'),
    /** How many headers, properties and attachments are too many to be kept; null where the message did not leave the step. */
    leftOut: integer('left_out'),
    level: text('level').notNull(),
    keptAt: at('kept_at').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.attempt, t.position] }), index('step_payload_expires').on(t.expiresAt)],
);
