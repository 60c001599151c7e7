import { boolean, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * People and the ways they get in. `user`, `session`, `account` and `verification` are the tables of better-auth, column by
 * column (its `getAuthTables`) with a few of ours; the others are ours alone.
 */

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });
const createdAt = () => at('created_at').notNull().defaultNow();
const updatedAt = () => at('updated_at').notNull().defaultNow();

export const user = pgTable('user', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** Lower case. */
  email: text('email').notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  /** One of `roles` (shared/roles.ts). */
  role: text('role').notNull().default('administrator'),
  isDisabled: boolean('is_disabled').notNull().default(false),
  lastSignInAt: at('last_sign_in_at'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

const ofUser = () =>
  text('user_id')
    .notNull()
    .references(() => user.id, { onDelete: 'cascade' });

export const session = pgTable(
  'session',
  {
    id: text('id').primaryKey(),
    userId: ofUser(),
    token: text('token').notNull().unique(),
    expiresAt: at('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** Written once a minute at most. */
    lastSeenAt: at('last_seen_at'),
  },
  (t) => [index('session_user').on(t.userId)],
);

/** How a user signs in; `provider_id` is `credential` for e-mail and password (scrypt). */
export const account = pgTable(
  'account',
  {
    id: text('id').primaryKey(),
    userId: ofUser(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: at('access_token_expires_at'),
    refreshTokenExpiresAt: at('refresh_token_expires_at'),
    scope: text('scope'),
    password: text('password'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [index('account_user').on(t.userId)],
);

export const verification = pgTable(
  'verification',
  {
    id: text('id').primaryKey(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: at('expires_at').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [index('verification_identifier').on(t.identifier)],
);

export const apiToken = pgTable('api_token', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** Its first characters, so that people recognise it. */
  start: text('start').notNull(),
  /** SHA-256 of the token, lower-case hex. The token is random, so a slow hash would add nothing. */
  hash: text('hash').notNull().unique(),
  createdBy: text('created_by').notNull(),
  createdAt: createdAt(),
  lastUsedAt: at('last_used_at'),
  expiresAt: at('expires_at'),
  /** What it may do at most: its owner's role may allow less by now. */
  role: text('role').notNull().default('administrator'),
  /** Whose it is; null for that of the environment and those from before people had roles. */
  userId: text('user_id').references(() => user.id, { onDelete: 'cascade' }),
});

/** A link by which an invited person chooses a password, once. */
export const welcomeToken = pgTable('welcome_token', {
  /** SHA-256 of the token, lower-case hex. */
  hash: text('hash').primaryKey(),
  userId: ofUser(),
  expiresAt: at('expires_at').notNull(),
  createdAt: createdAt(),
  createdBy: text('created_by').notNull(),
});

/** Failed sign-ins in a row, of an account or from an address. */
export const accountLock = pgTable('account_lock', {
  /** `account:<SHA-256 of the lower-case e-mail>` or `address:<IPv4, or IPv6 /64>` */
  key: text('key').primaryKey(),
  failures: integer('failures').notNull(),
  firstAt: at('first_at').notNull(),
  lastAt: at('last_at').notNull(),
  /** Nobody gets in before; `infinity` is written as the year 9999. */
  until: at('until'),
});
