import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { from as copyFrom } from 'pg-copy-streams';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobStore } from '../../ports/blobs.ts';
import type { ExchangeJob, Queue } from '../../ports/engine.ts';
import { refersTo } from '../blobs/collector.ts';
import { migrationLock, migrationsFolder } from '../database.ts';
import type { Sql } from '../sql.ts';
import { backedUpBlobs, copiesAtOnce, copyBlob, eachOf, readBlobList } from './blob-copies.ts';
import { dropAll, listForeignKeys, listMigrations, listTriggers, quoted, quotedColumns, tablesWithRows } from './catalog.ts';
import type { BackedUpTable } from './format.ts';
import type { Backup } from './read-backup.ts';
import type { Session } from './session.ts';

/** What the database shows the connections of a restore as. */
export const restoreName = 'mailroom restore';

export interface RestoreOptions {
  session: Session;
  /** For messages to people. */
  place: string;
  backup: Backup;
  /** Where mails are kept from now on. Called within the transaction, when there are tables: the mails may be kept in those. */
  openBlobs: (session: Session) => Promise<{ blobs: BlobStore; areInDatabase: boolean }>;
  /** Within the transaction. */
  queue: Pick<Queue, 'add'>;
  removeAllJobs: (sql: Sql) => Promise<void>;
  /** Gives up what is there. */
  replaces: boolean;
  /** Leaves all flows undeployed. */
  undeployed: boolean;
  /** The last thing before the commit. */
  beforeCommit: () => Promise<void>;
  signal: AbortSignal;
  progress: (text: string) => void;
}

export interface RestoreReport {
  rows: number;
  mails: number;
  /** Open messages that have a job again. */
  inFlight: number;
}

/**
 * Puts a backup into a database, in one transaction: until it has been committed everything is as it was, whatever happens.
 * Other processes of ours wait at the lock of the migrations meanwhile.
 *
 * @throws FlowError RESTORE_NOT_EMPTY, RESTORE_FOREIGN_TABLES, RESTORE_WHILE_RUNNING, BACKUP_DAMAGED
 */
export async function restoreDatabase(options: RestoreOptions): Promise<RestoreReport> {
  const { session, backup, signal, progress } = options;
  const { sql } = session;
  await sql.query('begin');
  await sql.query('select pg_advisory_xact_lock($1)', [migrationLock]);
  await requireRestorable(options);
  await dropAll(sql);
  const migrations = readMigrationFiles({ migrationsFolder });
  const level = backup.manifest.migrations.length;
  await migrate(sql, migrations.slice(0, level));
  await createPartitions(sql, backup);
  const rows = await copyRows(options);
  await setSequences(sql, backup);
  progress('Bringing the tables up to date');
  await migrate(sql, migrations.slice(level));
  const mails = await copyMails(options);
  const inFlight = await settle(options);
  signal.throwIfAborted();
  await options.beforeCommit();
  await sql.query('commit');
  progress('Preparing queries');
  await sql.query('analyze');
  return { rows, mails, inFlight };
}

/**
 * Whether a backup may go there at all.
 *
 * @throws FlowError RESTORE_WHILE_RUNNING, RESTORE_NOT_EMPTY, RESTORE_FOREIGN_TABLES
 */
export async function requireRestorable({
  session: { sql },
  place,
  replaces,
}: Pick<RestoreOptions, 'session' | 'place' | 'replaces'>): Promise<void> {
  const [others] = await sql.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'mailroom%'
        and application_name not like '${restoreName}%'`,
  );
  if (others && others.count > 0) throw new FlowError('RESTORE_WHILE_RUNNING', { count: others.count });
  const filled = await tablesWithRows(sql);
  if (filled.length === 0) return;
  const tables = filled.length > 5 ? `${filled.slice(0, 5).join(', ')} …` : filled.join(', ');
  if ((await listMigrations(sql)).length === 0) throw new FlowError('RESTORE_FOREIGN_TABLES', { place, tables });
  if (!replaces) throw new FlowError('RESTORE_NOT_EMPTY', { place, tables });
}

/** What drizzle's own migrator does, which can't be told where to stop and commits by itself. */
async function migrate(sql: Sql, migrations: ReturnType<typeof readMigrationFiles>): Promise<void> {
  await sql.query('create schema if not exists drizzle');
  await sql.query('create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)');
  for (const { sql: statements, hash, folderMillis } of migrations) {
    for (const statement of statements) await sql.query(statement);
    await sql.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [hash, folderMillis]);
  }
}

async function createPartitions(sql: Sql, { manifest }: Backup): Promise<void> {
  for (const { name, parent, bound, key } of manifest.partitions) {
    const [found] = await sql.query<{ isThere: boolean }>('select to_regclass($1) is not null as "isThere"', [quoted(name)]);
    if (found?.isThere) continue;
    await sql.query(`create table ${quoted(name)} partition of ${quoted(parent)} ${bound}${key === null ? '' : ` partition by ${key}`}`);
  }
}

/** Foreign keys and triggers are off meanwhile; putting the keys on again proves all rows. */
async function copyRows(options: RestoreOptions): Promise<number> {
  const { session, backup, progress } = options;
  const { sql } = session;
  const foreignKeys = await listForeignKeys(sql);
  for (const { table, name } of foreignKeys) await sql.query(`alter table ${table} drop constraint ${name}`);
  const triggers = await listTriggers(sql);
  for (const { table, name } of triggers) await sql.query(`alter table ${table} disable trigger ${name}`);
  const { tables } = backup.manifest;
  let rows = 0;
  for (const [index, table] of tables.entries()) {
    progress(`Table ${index + 1} of ${tables.length}: ${table.name}, ${table.rows} rows`);
    // Migrations may have filled it.
    await sql.query(`delete from ${quoted(table.name)}`);
    await copyIn(options, table);
    rows += table.rows;
  }
  for (const { table, name } of triggers) await sql.query(`alter table ${table} enable trigger ${name}`);
  progress('Checking how the rows hang together');
  for (const { table, name, definition } of foreignKeys) await sql.query(`alter table ${table} add constraint ${name} ${definition}`);
  return rows;
}

async function copyIn(
  { session: { client }, backup, signal }: RestoreOptions,
  { name, columns, file, rows }: BackedUpTable,
): Promise<void> {
  const into = client.query(copyFrom(`copy ${quoted(name)} (${quotedColumns(columns)}) from stdin`));
  await pipeline(createReadStream(path.join(backup.path, file.name)), createGunzip(), into, { signal });
  if (into.rowCount !== rows) throw new FlowError('BACKUP_DAMAGED', { count: 1, first: file.name });
}

/**
 * Numbers go on above those of the backup. Tokens of leases go on far above: the old world gave out more of them after the backup,
 * and a process of it that comes back must not hold one that is valid here.
 */
async function setSequences(sql: Sql, { manifest }: Backup): Promise<void> {
  const leaseTokenLeap = 1_000_000_000;
  for (const { name, lastValue } of manifest.sequences) {
    const leap = name === 'lease_token' ? leaseTokenLeap : 0;
    await sql.query('select setval($1::regclass, $2::bigint + $3::bigint)', [quoted(name), lastValue, leap]);
  }
}

async function copyMails(options: RestoreOptions): Promise<number> {
  const { session, backup, signal, progress } = options;
  const { blobs, areInDatabase } = await options.openBlobs(session);
  const from = backedUpBlobs(backup.blobsDirectory);
  const { count, list, missing } = backup.manifest.blobs;
  const wasMissing = new Set(missing);
  let done = 0;
  // A transaction does one thing at a time.
  await eachOf(readBlobList(path.join(backup.path, list.name)), areInDatabase ? 1 : copiesAtOnce, signal, async (blob) => {
    done += 1;
    progress(`Mail ${done} of ${count}`);
    if (wasMissing.has(blob.hash)) return;
    const outcome = await copyBlob(from, blobs, blob);
    if (outcome === 'missing' || outcome === 'damaged') throw new FlowError('BACKUP_DAMAGED', { count: 1, first: blob.hash });
  });
  await blobs.sync();
  return count - missing.length;
}

/** Lets go of what processes of the old world held, and gives every open message its job. */
async function settle({ session: { sql }, queue, removeAllJobs, undeployed }: RestoreOptions): Promise<number> {
  await sql.query('update channel set claimed_until = null, is_standing = false');
  // Their content was about to be removed, so the backup does not hold it.
  await sql.query(`delete from blob b where not ${refersTo('b.hash')}`);
  if (undeployed) {
    await sql.query('update channel set is_active = false, next_poll_at = null');
    await sql.query('delete from deployment');
  }
  await removeAllJobs(sql);
  return queueOpenMessages(sql, queue);
}

/**
 * Jobs are not part of a backup: which message is open, at which attempt and from when on, is in the log. So they come out right
 * whatever version of pg-boss wrote the old ones.
 */
async function queueOpenMessages(sql: Sql, queue: Pick<Queue, 'add'>): Promise<number> {
  const pageSize = 1_000;
  let queued = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await sql.query<ExchangeJob & { startAfter: Date | null }>(
      `select id as "messageId", attempt, turn, flow_id as "flowId", case when status = 'RETRY' then next_attempt_at end as "startAfter"
         from message_log
        where id > $1 and status in ('PROCESSING', 'RETRY') and not is_waiting
        order by id limit $2`,
      [after, pageSize],
    );
    const byStart = Map.groupBy(page, ({ startAfter }) => startAfter?.getTime());
    for (const [startAt, messages] of byStart) {
      const jobs = messages.map(({ messageId, attempt, turn, flowId }) => ({ messageId, attempt, turn, flowId }));
      await queue.add(jobs, sql, startAt === undefined ? undefined : new Date(startAt));
    }
    queued += page.length;
    const last = page.at(-1);
    if (!last) return queued;
    after = last.messageId;
  }
}
