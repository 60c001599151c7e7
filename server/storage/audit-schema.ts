import { customType, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/**
 * Who did or looked at what. A row is written as `begun` before anything happens and is given its end once; a trigger refuses every
 * other change, and deletion before its time.
 */
export const audit = pgTable(
  'audit',
  {
    /** UUID version 7: in the order of time. */
    id: uuid('id').primaryKey(),
    at: at('at').notNull(),
    endedAt: at('ended_at'),
    /** `session`, `token`, `anyone` or `command` */
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    /** As it was called then. */
    actorName: text('actor_name').notNull(),
    role: text('role'),
    address: text('address').notNull(),
    requestId: text('request_id').notNull(),
    /** Name of the route or command. */
    action: text('action').notNull(),
    subjectKind: text('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    subjectName: text('subject_name').notNull(),
    flowId: uuid('flow_id'),
    /** `begun`, `done` or `refused` */
    outcome: text('outcome').notNull(),
    /** Of the error it was refused with. */
    code: text('code'),
    before: jsonb('before'),
    after: jsonb('after'),
  },
  (t) => [
    index('audit_newest').on(t.at.desc(), t.id.desc()),
    index('audit_actor').on(t.actorId, t.at.desc(), t.id.desc()),
    index('audit_subject').on(t.subjectKind, t.subjectId, t.at.desc(), t.id.desc()),
  ],
);

/** Changes that were asked for with an `Idempotency-Key`, and how they were answered. */
export const requestDone = pgTable(
  'request_done',
  {
    /** Id of the person or token. */
    visitor: text('visitor').notNull(),
    /** SHA-256 of the key. */
    keyHash: text('key_hash').notNull(),
    route: text('route').notNull(),
    /** SHA-256 of method, path and body: the same key for something else is refused. */
    requestHash: text('request_hash').notNull(),
    at: at('at').notNull(),
    /** Null while it runs. */
    status: integer('status'),
    /** JSON; null where it holds a secret or something of a mail. */
    answer: bytea('answer'),
  },
  (t) => [primaryKey({ columns: [t.visitor, t.keyHash] }), index('request_done_at').on(t.at)],
);
