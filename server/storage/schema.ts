import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ErrorView } from '../../shared/errors.ts';
import type { FlowDocument, Json } from '../../shared/flow.ts';
import type { ParameterValues } from '../../shared/parameters.ts';
import type { Rerun } from '../ports/reruns.ts';
import type { Setback } from '../ports/runtime.ts';

/** Tables of ours; more are in the other files named `*-schema.ts`. pg-boss keeps its own in the schema `pgboss`. */

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });
const createdAt = () => at('created_at').notNull().defaultNow();

export const flow = pgTable('flow', {
  id: uuid('id').primaryKey().defaultRandom(),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  draft: jsonb('draft').$type<FlowDocument>().notNull(),
  revision: integer('revision').notNull().default(1),
  createdAt: createdAt(),
  updatedAt: at('updated_at').notNull().defaultNow(),
  /** What the parameters were given last: proposed at the next deployment. */
  parameterValues: jsonb('parameter_values').$type<ParameterValues>().notNull().default({}),
  /** Deleted flows stay for their log. */
  deletedAt: at('deleted_at'),
});

export const flowVersion = pgTable(
  'flow_version',
  {
    flowId: uuid('flow_id')
      .notNull()
      .references(() => flow.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    document: jsonb('document').$type<FlowDocument>().notNull(),
    deployedAt: at('deployed_at').notNull().defaultNow(),
    deployedBy: text('deployed_by').notNull(),
    note: text('note').notNull().default(''),
    /** Frozen with the drawing, so that a message runs on with what it began with. */
    parameterValues: jsonb('parameter_values').$type<ParameterValues>().notNull().default({}),
    /** SHA-256 of what the version does; null in rows from before it was kept. */
    contentHash: text('content_hash'),
  },
  (t) => [primaryKey({ columns: [t.flowId, t.version] })],
);

/** Drafts that lost against another person's, kept for a while. */
export const keptDraft = pgTable(
  'flow_draft_kept',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    flowId: uuid('flow_id')
      .notNull()
      .references(() => flow.id, { onDelete: 'cascade' }),
    draft: jsonb('draft').$type<FlowDocument>().notNull(),
    keptAt: at('kept_at').notNull().defaultNow(),
    keptBy: text('kept_by').notNull(),
  },
  (t) => [index('kept_draft_of_flow').on(t.flowId, t.keptAt.desc())],
);

export const deployment = pgTable('deployment', {
  flowId: uuid('flow_id')
    .primaryKey()
    .references(() => flow.id, { onDelete: 'cascade' }),
  version: integer('version').notNull(),
  state: text('state').notNull(),
  error: jsonb('error').$type<ErrorView>(),
  deployedAt: at('deployed_at').notNull().defaultNow(),
  deployedBy: text('deployed_by').notNull(),
  changedAt: at('changed_at').notNull().defaultNow(),
});

/** One sender of one flow. The row outlives redeploys and undeploys, since the ledger hangs on its id. */
export const channel = pgTable(
  'channel',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    flowId: uuid('flow_id')
      .notNull()
      .references(() => flow.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    type: text('type').notNull(),
    config: jsonb('config').$type<Record<string, unknown>>().notNull(),
    isActive: boolean('is_active').notNull().default(false),
    health: text('health').notNull().default('waiting'),
    nextPollAt: at('next_poll_at'),
    /** Set while a worker has the poll in hand; another may take over after it. */
    claimedUntil: at('claimed_until'),
    /** A connection of the claim's holder waits for mail; without a claim its holder has died, and the channel is due at once. */
    isStanding: boolean('is_standing').notNull().default(false),
    lastSuccessAt: at('last_success_at'),
    failuresInRow: integer('failures_in_row').notNull().default(0),
    epoch: integer('epoch').notNull().default(1),
    /** When its mailbox was listed for the first time: what Start With counts from. */
    startedAt: at('started_at'),
    /** Start With was "Only mails that arrive from now on" then. */
    leavesOutBefore: boolean('leaves_out_before').notNull().default(false),
    /** Processing Order: In Order. */
    isInOrder: boolean('is_in_order').notNull().default(false),
    /** The greeting of the mail server, or what it last said no with; at most 500 characters. */
    serverSaid: text('server_said'),
    serverSaidAt: at('server_said_at'),
  },
  (t) => [
    uniqueIndex('channel_node').on(t.flowId, t.nodeId),
    index('channel_due')
      .on(t.nextPollAt)
      .where(sql`is_active`),
  ],
);

/** One numbering of one mailbox as a channel has met it: the ids in its ledger mean something only within it. */
export const numbering = pgTable(
  'numbering',
  {
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channel.id, { onDelete: 'cascade' }),
    mailbox: text('mailbox').notNull(),
    epoch: text('epoch').notNull(),
    firstSeenAt: at('first_seen_at').notNull().defaultNow(),
    /** The one in which the channel began. */
    isFirst: boolean('is_first').notNull(),
    /** IMAP: the UID that the next mail was to get when the channel first looked. */
    firstUid: bigint('first_uid', { mode: 'number' }),
    /** IMAP: mails below have been looked at for those that a person read first. */
    lookedAtUid: bigint('looked_at_uid', { mode: 'number' }),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.mailbox, t.epoch] })],
);

export const poll = pgTable(
  'poll',
  {
    id: uuid('id').primaryKey(),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channel.id, { onDelete: 'cascade' }),
    flowId: uuid('flow_id').notNull(),
    nodeId: text('node_id').notNull(),
    startedAt: at('started_at').notNull(),
    endedAt: at('ended_at'),
    result: text('result').notNull(),
    listed: integer('listed').notNull().default(0),
    known: integer('known').notNull().default(0),
    taken: integer('taken').notNull().default(0),
    quarantined: integer('quarantined').notNull().default(0),
    postProcessed: integer('post_processed').notNull().default(0),
    readElsewhere: integer('read_elsewhere').notNull().default(0),
    unreadAgain: integer('unread_again').notNull().default(0),
    skippedBySearch: integer('skipped_by_search').notNull().default(0),
    beforeStart: integer('before_start').notNull().default(0),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    error: jsonb('error').$type<ErrorView>(),
    notes: jsonb('notes').$type<string[]>().notNull().default([]),
    worker: text('worker').notNull(),
  },
  (t) => [
    index('poll_running')
      .on(t.startedAt)
      .where(sql`result = 'running'`),
    index('poll_newest').on(t.startedAt.desc(), t.id),
    index('poll_of_channel').on(t.channelId, t.startedAt.desc()),
  ],
);

export const leaseToken = pgSequence('lease_token');
/** Places in the lines of channels that process In Order. */
export const messageLine = pgSequence('message_line');

export const lease = pgTable('lease', {
  key: text('key').primaryKey(),
  holder: text('holder').notNull(),
  /** Whose mailbox it is held for. */
  channelId: uuid('channel_id'),
  token: bigint('token', { mode: 'bigint' }).notNull(),
  acquiredAt: at('acquired_at').notNull(),
  expiresAt: at('expires_at').notNull(),
});

/** Refused sign-ins rest per host and user, whichever channel made them. */
export const signInPause = pgTable('sign_in_pause', {
  account: text('account').primaryKey(),
  credential: text('credential').notNull(),
  refusals: integer('refusals').notNull(),
  until: at('until').notNull(),
});

export const blob = pgTable('blob', {
  hash: text('hash').primaryKey(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  createdAt: createdAt(),
  /** When the collector found it unreferenced; intake takes the mark off again. */
  markedAt: at('marked_at'),
});

/**
 * Cut into days of arrival by id (`log-partitions.ts`), as are `run_step` and `effect` by the id of their message: a statement that names
 * ids should name them as constants (`id = $1`, `id = any($1)`), else it is planned for every day there is.
 */
export const messageLog = pgTable(
  'message_log',
  {
    id: uuid('id').primaryKey(),
    flowId: uuid('flow_id').notNull(),
    version: integer('version').notNull(),
    channelId: uuid('channel_id').notNull(),
    nodeId: text('node_id').notNull(),
    status: text('status').notNull(),
    attempt: integer('attempt').notNull().default(1),
    /** How often this attempt has given its place back since a receiver had all its calls taken: tells its jobs apart. */
    turn: integer('turn').notNull().default(0),
    /** Runs from the start, 1 for the first: calls of another run are other calls. */
    round: integer('round').notNull().default(1),
    /** What went wrong so far, by place of the way; empty when a person runs it again. */
    setbacks: jsonb('setbacks').$type<Record<string, Setback>>().notNull().default({}),
    /** Runs that a person asked for, oldest first. */
    reruns: jsonb('reruns').$type<Rerun[]>().notNull().default([]),
    subject: text('subject').notNull(),
    from: text('from').notNull(),
    to: text('to').notNull(),
    mailMessageId: text('mail_message_id').notNull(),
    sentAt: text('sent_at'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    rawHash: text('raw_hash').notNull(),
    receivedAt: at('received_at').notNull(),
    endedAt: at('ended_at'),
    nextAttemptAt: at('next_attempt_at'),
    error: jsonb('error').$type<ErrorView>(),
    /** Its place in the line of its channel (Processing Order: In Order); null where messages run side by side. */
    line: bigint('line', { mode: 'number' }),
    /** Behind another one of its line: it has no job yet. */
    isWaiting: boolean('is_waiting').notNull().default(false),
    /** The message of the same mail that a person had processed again, and the one that did. */
    repeatOf: uuid('repeat_of'),
    repeatedBy: uuid('repeated_by'),
    /** The headers that the flow setting "Headers for the log" names, under the names it has for them; null where it names none. */
    custom: jsonb('custom').$type<Record<string, string>>(),
    /** Runs from a step on, by the id of its node: calls of receivers below it are other calls. */
    rounds: jsonb('rounds').$type<Record<string, number>>(),
  },
  (t) => [
    // Everything that is asked of open messages, of one channel or of all flows, is answered from the index alone.
    index('message_open')
      .on(t.channelId, t.status, t.flowId, t.sizeBytes)
      .where(sql`status in ('PROCESSING', 'RETRY')`),
    index('message_in_line')
      .on(t.channelId, t.line)
      .where(sql`line is not null and status in ('PROCESSING', 'RETRY')`),
    index('message_newest').on(t.receivedAt.desc(), t.id.desc()),
    index('message_of_flow').on(t.flowId, t.receivedAt.desc(), t.id.desc()),
    index('message_status').on(t.status, t.receivedAt.desc(), t.id.desc()),
    index('message_raw').on(t.rawHash),
    index('message_error')
      .on(sql`(error->>'code')`, t.receivedAt.desc(), t.id.desc())
      .where(sql`error is not null`),
    // Names of headers have no case (RFC 5322, 1.2.2), and who looks for a value does not mind its case either.
    index('message_custom_lower')
      .using('gin', sql`(message_text(${t.custom}::text, '', '')::jsonb) jsonb_path_ops`)
      .where(sql`custom is not null`),
    // Every id but those from before ids told a time says when its message arrived.
    check(
      'message_id_tells_arrival',
      sql`id >= '04000000-0000-0000-0000-000000000000' or (extract(epoch from received_at) * 1000)::bigint = ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint`,
    ),
  ],
);

/**
 * Every mail ever seen by a channel: what makes a second sight a no-op, and what is owed to the server.
 * `state`: taken (an exchange exists), known (recognised after a renumbering), moved (its row under the new numbering took over), failing (fetch failed, tried again;
 * or a person asked for it), quarantined (set aside), held (a person decides), discarded (a person left it out), before (it was there before the start),
 * skipped (Search left it out), read (a person read it first).
 */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channel.id, { onDelete: 'cascade' }),
    /** host/user/folder */
    mailbox: text('mailbox').notNull(),
    /** UIDVALIDITY, or for POP3 the channel's count of renumberings */
    epoch: text('epoch').notNull(),
    uid: text('uid').notNull(),
    state: text('state').notNull(),
    messageId: uuid('message_id'),
    contentHash: text('content_hash'),
    mailMessageId: text('mail_message_id').notNull().default(''),
    mailFrom: text('mail_from').notNull().default(''),
    mailDate: text('mail_date'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    /** What the listing said; servers may count differently from the bytes they send. */
    listedBytes: bigint('listed_bytes', { mode: 'number' }),
    /** Flags at the listing. */
    flags: text('flags').array().notNull().default([]),
    /** When the mail arrived at the server, where the listing tells (IMAP INTERNALDATE). */
    arrivedAt: at('arrived_at'),
    fetchTries: integer('fetch_tries').notNull().default(0),
    /** A person lets this mail in up to here, whatever the limit of the channel. */
    allowedBytes: bigint('allowed_bytes', { mode: 'number' }),
    /** The Search that left it out; another one may want it. */
    skippedBy: text('skipped_by'),
    seenAt: at('seen_at').notNull().defaultNow(),
    /** Post-processing still to be done on the server; null when nothing is owed. */
    owed: text('owed'),
    owedSince: at('owed_since'),
    /** What is owed when its message has failed for good or was cancelled. */
    onFailure: text('on_failure'),
    /** The action was sent to the server; without `settledAt` its answer is not known. */
    settleStartedAt: at('settle_started_at'),
    settledAt: at('settled_at'),
    settledAction: text('settled_action'),
    settleError: jsonb('settle_error').$type<ErrorView>(),
    /** Refusals in a row, and until when the server is left in peace after the last. */
    settleRefusals: integer('settle_refusals').notNull().default(0),
    settleAfter: at('settle_after'),
    /** When it was found unread although it had been marked as read for us: a person may want it processed again. */
    unreadAgainAt: at('unread_again_at'),
  },
  (t) => [
    uniqueIndex('ledger_mail').on(t.channelId, t.mailbox, t.epoch, t.uid),
    index('ledger_owed')
      .on(t.channelId, t.mailbox)
      .where(sql`owed is not null`),
    index('ledger_unsettled')
      .on(t.channelId, t.mailbox, t.epoch)
      .where(sql`settled_at is null`),
    index('ledger_failing')
      .on(t.channelId, t.mailbox, t.epoch)
      .where(sql`state = 'failing'`),
    index('ledger_read')
      .on(t.channelId)
      .where(sql`state = 'read'`),
    index('ledger_unread_again')
      .on(t.channelId)
      .where(sql`unread_again_at is not null`),
    index('ledger_hash').on(t.channelId, t.contentHash),
    index('ledger_mail_message_id').on(t.channelId, t.mailMessageId),
    index('ledger_message').on(t.messageId),
  ],
);

export const runStep = pgTable(
  'run_step',
  {
    messageId: uuid('message_id').notNull(),
    attempt: integer('attempt').notNull(),
    position: integer('position').notNull(),
    nodeId: text('node_id').notNull(),
    name: text('name').notNull(),
    type: text('type').notNull(),
    outcome: text('outcome').notNull(),
    startedAt: at('started_at').notNull(),
    endedAt: at('ended_at'),
    error: jsonb('error').$type<ErrorView>(),
    summary: text('summary').notNull().default(''),
    idempotencyKey: text('idempotency_key'),
    /** The connection it came over; null for the sender, and in rows from before it was kept. */
    edgeId: text('edge_id'),
    /** The output it left by, of a step that has several. */
    port: text('port'),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.attempt, t.position] })],
);

/** Receiver calls that succeeded, by path through the flow; never repeated. */
export const effect = pgTable(
  'effect',
  {
    messageId: uuid('message_id').notNull(),
    path: text('path').notNull(),
    summary: text('summary').notNull(),
    answer: jsonb('answer').$type<Json>(),
    recordedAt: at('recorded_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.path] })],
);

export const quarantine = pgTable(
  'quarantine',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channel.id, { onDelete: 'cascade' }),
    flowId: uuid('flow_id').notNull(),
    ledgerId: bigint('ledger_id', { mode: 'number' })
      .notNull()
      .references(() => ledger.id, { onDelete: 'cascade' }),
    messageId: uuid('message_id'),
    reason: jsonb('reason').$type<ErrorView>().notNull(),
    subject: text('subject').notNull().default(''),
    from: text('from').notNull().default(''),
    /** Date header as ISO 8601, where it could be read. */
    sentAt: text('sent_at'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    rawHash: text('raw_hash'),
    since: at('since').notNull().defaultNow(),
    /** Released or discarded; null while it waits for a person. */
    settledAt: at('settled_at'),
  },
  (t) => [
    index('quarantine_open')
      .on(t.since.desc())
      .where(sql`settled_at is null`),
    index('quarantine_raw').on(t.rawHash),
  ],
);

/** Artifacts that Credential Name may name, so that no name stands for two. */
export const credential = pgTable('credential', {
  name: text('name').primaryKey(),
  /**
   * `user`: User Credentials. `parameter`: Secure Parameter, which has no user. `oauth2`: OAuth2 Authorization Code, `oauth2-client`:
   * OAuth2 Client Credentials, the rest of which is in `oauth2_credential`.
   */
  kind: text('kind').notNull().default('user'),
  description: text('description').notNull().default(''),
  user: text('user').notNull(),
  /**
   * Password or client secret (null for a client without one). AES-256-GCM: 12 bytes nonce, 16 bytes tag, ciphertext; the artifact's
   * name is authenticated with it.
   */
  secret: bytea('secret'),
  allowedHosts: text('allowed_hosts').array().notNull(),
  deployedAt: at('deployed_at').notNull().defaultNow(),
  deployedBy: text('deployed_by').notNull(),
});

export const oauth2Credential = pgTable('oauth2_credential', {
  name: text('name')
    .primaryKey()
    .references(() => credential.name, { onDelete: 'cascade' }),
  provider: text('provider').notNull(),
  tenant: text('tenant').notNull(),
  authorizationUrl: text('authorization_url').notNull(),
  tokenUrl: text('token_url').notNull(),
  clientId: text('client_id').notNull(),
  sendAs: text('send_as').notNull(),
  scope: text('scope').notNull(),
  /** Of client credentials. */
  audience: text('audience').notNull().default(''),
  resource: text('resource').notNull().default(''),
  state: text('state').notNull().default('Unauthorized'),
  error: jsonb('error').$type<ErrorView>(),
  authorizedAt: at('authorized_at'),
  authorizedBy: text('authorized_by'),
  /** Tokens are sealed as in `credential`. */
  accessToken: bytea('access_token'),
  accessTokenUntil: at('access_token_until'),
  /** When the access token is to be replaced, some time before it runs out. */
  refreshAt: at('refresh_at'),
  refreshToken: bytea('refresh_token'),
  refreshTokenUntil: at('refresh_token_until'),
  /** Failed tries to refresh since the last that succeeded, and before when there is no other. */
  refreshFailures: integer('refresh_failures').notNull().default(0),
  retryAt: at('retry_at'),
});

/** Authorizations that a browser is away for. */
export const oauth2Request = pgTable('oauth2_request', {
  /** SHA-256 of `state` (RFC 6749, section 10.12), lower-case hex. */
  stateHash: text('state_hash').primaryKey(),
  credential: text('credential')
    .notNull()
    .references(() => credential.name, { onDelete: 'cascade' }),
  sessionId: text('session_id').notNull(),
  redirectUrl: text('redirect_url').notNull(),
  /** Sealed as in `credential`. */
  codeVerifier: bytea('code_verifier').notNull(),
  expiresAt: at('expires_at').notNull(),
});

/** Certificates that are trusted: for TLS where a channel names them, for S/MIME signatures all of them. */
export const trustedCertificate = pgTable('trusted_certificate', {
  name: text('name').primaryKey(),
  description: text('description').notNull().default(''),
  /** One or more certificates, PEM, as they were deployed but for text around them. */
  pem: text('pem').notNull(),
  deployedAt: at('deployed_at').notNull().defaultNow(),
  deployedBy: text('deployed_by').notNull(),
});

/** Which keys SSH servers have. */
export const knownHosts = pgTable('known_hosts', {
  name: text('name').primaryKey(),
  description: text('description').notNull().default(''),
  /** Lines of a known_hosts file, as they were deployed. */
  lines: text('lines').notNull(),
  deployedAt: at('deployed_at').notNull().defaultNow(),
  deployedBy: text('deployed_by').notNull(),
});

/** What S/MIME mails may be encrypted for. */
export const keyPair = pgTable('key_pair', {
  name: text('name').primaryKey(),
  description: text('description').notNull().default(''),
  /** The certificate of the private key first, then those above it, PEM. */
  pem: text('pem').notNull(),
  /** PKCS #8 in PEM, sealed as in `credential`. */
  privateKey: bytea('private_key').notNull(),
  deployedAt: at('deployed_at').notNull().defaultNow(),
  deployedBy: text('deployed_by').notNull(),
});

export const setting = pgTable('setting', {
  key: text('key').primaryKey(),
  value: jsonb('value').$type<Json>().notNull(),
});
