import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ErrorView } from '../../shared/errors.ts';

/** The watchdog's tables: who lives, what is wrong, and who is told. */

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Signs of life of every process; one that stopped stays for a day, so that a restart is no outage. */
export const processSign = pgTable('process_sign', {
  process: text('process').primaryKey(),
  role: text('role').notNull(),
  startedAt: at('started_at').notNull(),
  seenAt: at('seen_at').notNull(),
});

/** One row: whose turn it is to watch. */
export const watch = pgTable('watch', {
  id: integer('id').primaryKey(),
  /** Grows with each round: what an earlier round found is not written over what a later one did. */
  turn: integer('turn').notNull(),
  /** When the last round was begun, and when one was last finished. */
  begunAt: at('begun_at').notNull(),
  checkedAt: at('checked_at'),
});

export const alert = pgTable(
  'alert',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    kind: text('kind').notNull(),
    /** What it is about: the id of a channel or flow, or a name. */
    subject: text('subject').notNull(),
    severity: text('severity').notNull(),
    message: text('message').notNull(),
    remedy: text('remedy').notNull(),
    /** What the other side said last. */
    error: jsonb('error').$type<ErrorView>(),
    flowId: uuid('flow_id'),
    nodeId: text('node_id'),
    /** Of a certificate, key pair, artifact or target. */
    name: text('name'),
    /** How many messages, mails or polls it is about. */
    count: integer('count').notNull(),
    openedAt: at('opened_at').notNull(),
    seenAt: at('seen_at').notNull(),
    clearedAt: at('cleared_at'),
    /** How often it has come back soon after it had cleared. */
    returns: integer('returns').notNull().default(0),
    acknowledgedAt: at('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by'),
  },
  (t) => [
    uniqueIndex('alert_open')
      .on(t.kind, t.subject)
      .where(sql`cleared_at is null`),
    index('alert_subject').on(t.kind, t.subject, t.openedAt.desc()),
    index('alert_history')
      .on(t.clearedAt.desc(), t.id)
      .where(sql`cleared_at is not null`),
  ],
);

export const alertTarget = pgTable('alert_target', {
  id: uuid('id').primaryKey().defaultRandom(),
  name: text('name').notNull().unique(),
  isEnabled: boolean('is_enabled').notNull(),
  /** `webhook` or `mail`, with its settings; secrets by Credential Name only. */
  settings: jsonb('settings').notNull(),
  /** Empty: all. */
  kinds: text('kinds').array().notNull(),
  flowIds: uuid('flow_ids').array().notNull(),
  leastSeverity: text('least_severity').notNull(),
  /** Hours after which an open alert that nobody acknowledged is told again; null: never. */
  remindHours: integer('remind_hours'),
  changedAt: at('changed_at').notNull().defaultNow(),
  changedBy: text('changed_by').notNull(),
});

/** Which target was told of which alert: once that it opened, once that it cleared. */
export const alertTold = pgTable(
  'alert_told',
  {
    alertId: uuid('alert_id')
      .notNull()
      .references(() => alert.id, { onDelete: 'cascade' }),
    targetId: uuid('target_id')
      .notNull()
      .references(() => alertTarget.id, { onDelete: 'cascade' }),
    /** That it opened, or is still open. */
    toldAt: at('told_at').notNull(),
    clearedAt: at('cleared_at'),
  },
  (t) => [primaryKey({ columns: [t.alertId, t.targetId] })],
);

/** What is to be sent, written in the transaction that found it; one at a time for each target, in this order. */
export const alertDelivery = pgTable(
  'alert_delivery',
  {
    position: bigserial('position', { mode: 'number' }).primaryKey(),
    id: uuid('id').notNull().unique(),
    targetId: uuid('target_id')
      .notNull()
      .references(() => alertTarget.id, { onDelete: 'cascade' }),
    /** What happened, as it was then: a repetition sends the same. */
    notices: jsonb('notices').notNull(),
    createdAt: at('created_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** While one is being sent: when another process may try. */
    nextTryAt: at('next_try_at').notNull(),
    sentAt: at('sent_at'),
    /** Too old to be worth sending. */
    givenUpAt: at('given_up_at'),
    error: jsonb('error').$type<ErrorView>(),
  },
  (t) => [
    index('alert_delivery_waiting')
      .on(t.targetId, t.position)
      .where(sql`sent_at is null and given_up_at is null`),
    index('alert_delivery_of_target').on(t.targetId, t.position.desc()),
  ],
);

/** Rules that differ from those that Mailroom comes with: for all flows, or for one. */
export const alertRule = pgTable(
  'alert_rule',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    kind: text('kind').notNull(),
    flowId: uuid('flow_id'),
    isEnabled: boolean('is_enabled').notNull(),
    /** In the unit of its kind; null for kinds without a threshold. */
    value: integer('value'),
    changedAt: at('changed_at').notNull().defaultNow(),
    changedBy: text('changed_by').notNull(),
  },
  (t) => [unique('alert_rule_of').on(t.kind, t.flowId).nullsNotDistinct()],
);
