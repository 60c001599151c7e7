import path from 'node:path';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { to as copyTo } from 'pg-copy-streams';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobStore } from '../../ports/blobs.ts';
import type { Logger } from '../../ports/common.ts';
import { refersTo } from '../blobs/collector.ts';
import { syncDirectory } from '../durable-file.ts';
import { formerOf, readKeyFile } from '../key-ring.ts';
import { formerKeys } from '../key-lineage.ts';
import { checkSealed } from '../reseal.ts';
import { saysNotReady } from '../postgres-error.ts';
import { isHoldingBlobs, tryHoldBlobs } from './blob-hold.ts';
import { copiesAtOnce, copyBlob, eachOf, readBlobList } from './blob-copies.ts';
import { listMigrations, listPartitions, listSequences, listTables, quoted, quotedColumns } from './catalog.ts';
import { openBackupDirectory } from './directory.ts';
import { meter, newFile, writeWhole, writingError } from './files.ts';
import { fingerprintOf, formatVersion, names, type BackedUpTable, type BackupFile, type Manifest } from './format.ts';
import { openSession, type Session } from './session.ts';

export interface BackupOptions {
  /** Holds the password. */
  databaseUrl: string;
  blobs: BlobStore;
  /** For messages to people: where the mails are looked for. */
  blobsPlace: string;
  masterKey: Buffer;
  /** Absent where the key is given from outside: then it is not part of the backup. */
  masterKeyFile: string | undefined;
  dataDirectory: string;
  /** Where to. */
  directory: string;
  /** How many backups to leave there, this one included; all where absent. */
  keep?: number | undefined;
  mailroomVersion: string;
  signal: AbortSignal;
  log: Logger;
  /** How long a removal that is just under way, or a backup that is just ending, may take to let go. */
  holdDeadlineMs?: number;
  /** Told what is being done, some times a second. */
  progress: (text: string) => void;
}

export interface BackupReport {
  path: string;
  rows: number;
  mails: number;
  mailBytes: number;
  /** Of the mails, those that had to be copied. */
  copied: number;
  /** Hashes of mails that were missing or damaged before this backup was made. */
  missing: string[];
  removed: { backups: number; blobs: number };
}

const listName = names.blobList;

/**
 * Backs up a Mailroom that may be running: rows in one snapshot, then the mails they refer to, then the manifest.
 * A backup that is interrupted, or fails, leaves no backup behind; mails copied by then stay for the next one.
 *
 * @throws FlowError BACKUP_RUNNING, BACKUP_NOTHING_THERE, BACKUP_MAILS_NOT_FOUND, BACKUP_INTERRUPTED, DISK_FULL, BACKUP_NOT_WRITABLE …
 */
export async function writeBackup(options: BackupOptions): Promise<BackupReport> {
  const { directory, dataDirectory, masterKey, log, signal } = options;
  let isConnected = false;
  try {
    await using session = await openSession(options.databaseUrl, 'mailroom backup');
    isConnected = true;
    const onAbort = () => void session.end();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await holdBlobs(session, options);
      await requireOneKey(options.masterKeyFile);
      const formerFingerprints = (await formerKeys(session.sql)).map(({ fingerprint }) => fingerprint);
      const target = await openBackupDirectory({
        directory,
        dataDirectory,
        fingerprint: fingerprintOf(masterKey),
        formerFingerprints,
        log,
      });
      const unfinished = await target.begin();
      try {
        const manifest = await copyRows(session, unfinished, options);
        // Where the environment has the key, no file says that it is being changed: what needs another key does.
        if (options.masterKeyFile === undefined) await checkSealed(session.sql, { current: masterKey, others: [] });
        const mails = await copyMails(unfinished, manifest, target.blobs, options);
        if (!(await isHoldingBlobs(session.sql))) throw new FlowError('BACKUP_INTERRUPTED', {});
        const key = await copyKey(unfinished, options);
        const complete: Manifest = { ...manifest, blobs: { ...manifest.blobs, missing: mails.missing }, masterKey: key };
        await writeWhole(path.join(unfinished, names.manifest), `${JSON.stringify(complete, null, 2)}\n`);
        const finished = await target.finish(unfinished, new Date(manifest.takenAt));
        const removed = options.keep === undefined ? { backups: 0, blobs: 0 } : await target.keepNewest(options.keep, signal);
        return {
          path: finished,
          rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
          mails: manifest.blobs.count,
          mailBytes: manifest.blobs.sizeBytes,
          ...mails,
          removed,
        };
      } catch (error) {
        await target.abandon(unfinished);
        throw error;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  } catch (error) {
    // What a cancelled step says of its broken connection is not the reason.
    signal.throwIfAborted();
    if (isConnected && saysGone(error)) throw new FlowError('BACKUP_INTERRUPTED', {}, { cause: error });
    throw writingError(error, directory);
  }
}

/** SQLSTATE class 57 (operator intervention): the server was stopped. Later calls on that connection have no code. */
function saysGone(error: unknown): boolean {
  if (error instanceof FlowError) return error.code === 'DATABASE_UNAVAILABLE';
  if (saysNotReady(error)) return true;
  if (!(error instanceof Error)) return false;
  return 'code' in error ? String(error.code).startsWith('57P') : error.message.includes('not queryable');
}

async function holdBlobs({ sql }: Session, { holdDeadlineMs = 10_000, signal }: BackupOptions): Promise<void> {
  const giveUpAt = Date.now() + holdDeadlineMs;
  while (!(await tryHoldBlobs(sql))) {
    if (Date.now() > giveUpAt) throw new FlowError('BACKUP_RUNNING', {});
    await sleep(100, undefined, { signal });
  }
}

/** Everything of the database, as it is at one moment. The mails are only listed. */
async function copyRows(session: Session, unfinished: string, { mailroomVersion, blobsPlace, signal, progress }: BackupOptions) {
  const { sql } = session;
  await sql.query('begin isolation level repeatable read read only');
  const migrations = await listMigrations(sql);
  if (migrations.length === 0) throw new FlowError('BACKUP_NOTHING_THERE', { place: blobsPlace });
  const [facts] = await sql.query<{ takenAt: Date; version: string }>(
    `select now() as "takenAt", current_setting('server_version') as version`,
  );
  const tables: BackedUpTable[] = [];
  const known = await listTables(sql);
  for (const { name, columns } of known) {
    progress(`Table ${tables.length + 1} of ${known.length}: ${name}`);
    const file = `${names.database}/${name.replaceAll('/', '_')}.copy.gz`;
    tables.push({
      name,
      columns,
      ...(await copyOut(session, `select ${quotedColumns(columns)} from ${quoted(name)}`, unfinished, file, signal)),
    });
  }
  const partitions = await listPartitions(sql);
  const sequences = await listSequences(sql);
  const needed = `select b.hash, b.size_bytes from blob b where ${refersTo('b.hash')} order by b.hash collate "C"`;
  const list = await copyOut(session, needed, unfinished, listName, signal);
  const [size] = await sql.query<{ sizeBytes: string }>(
    `select coalesce(sum(b.size_bytes), 0)::text as "sizeBytes" from blob b where ${refersTo('b.hash')}`,
  );
  // From here on the hold alone keeps the mails: a snapshot that stays open for hours keeps PostgreSQL from tidying up.
  await sql.query('commit');
  return {
    format: formatVersion,
    mailroomVersion,
    takenAt: (facts?.takenAt ?? new Date()).toISOString(),
    postgresVersion: facts?.version ?? '',
    migrations,
    tables,
    partitions,
    sequences,
    blobs: { count: list.rows, sizeBytes: Number(size?.sizeBytes ?? 0), list: list.file },
  } as const;
}

/** Compressed where the name says so: the log shrinks to a tenth, at the speed of one processor. */
async function copyOut(
  { client }: Session,
  query: string,
  directory: string,
  name: string,
  signal: AbortSignal,
): Promise<{ rows: number; file: BackupFile }> {
  const rows = client.query(copyTo(`copy (${query}) to stdout`));
  const metered = meter();
  const file = newFile(directory, name);
  if (name.endsWith('.gz')) await pipeline(rows, createGzip({ level: 1 }), metered.pass, file, { signal });
  else await pipeline(rows, metered.pass, file, { signal });
  return { rows: rows.rowCount, file: { name, ...metered.facts() } };
}

type ManifestOfRows = Awaited<ReturnType<typeof copyRows>>;

async function copyMails(
  unfinished: string,
  { blobs: { count } }: ManifestOfRows,
  target: BlobStore,
  { blobs, blobsPlace, signal, progress }: BackupOptions,
): Promise<{ copied: number; missing: string[] }> {
  let done = 0;
  let copied = 0;
  const missing: string[] = [];
  await eachOf(readBlobList(path.join(unfinished, listName)), copiesAtOnce, signal, async (blob) => {
    const outcome = await copyBlob(blobs, target, blob);
    if (outcome === 'copied') copied += 1;
    if (outcome === 'missing' || outcome === 'damaged') missing.push(blob.hash);
    done += 1;
    progress(`Mail ${done} of ${count}, ${copied} copied`);
  });
  if (count > 0 && missing.length === count) throw new FlowError('BACKUP_MAILS_NOT_FOUND', { count, place: blobsPlace });
  await target.sync();
  return { copied, missing: missing.sort() };
}

/** @throws FlowError KEY_CHANGE_UNFINISHED */
async function requireOneKey(masterKeyFile: string | undefined): Promise<void> {
  if (masterKeyFile !== undefined && (await readKeyFile(formerOf(masterKeyFile)))) throw new FlowError('KEY_CHANGE_UNFINISHED', {});
}

/** @throws FlowError KEY_CHANGE_UNFINISHED when the key was changed since the rows were read, or is just being changed */
async function copyKey(unfinished: string, { masterKey, masterKeyFile }: BackupOptions): Promise<Manifest['masterKey']> {
  const fingerprint = fingerprintOf(masterKey);
  if (masterKeyFile === undefined) return { fingerprint, file: null };
  const metered = meter();
  await pipeline(createReadStream(masterKeyFile), metered.pass, newFile(unfinished, names.masterKey));
  await syncDirectory(unfinished);
  await requireOneKey(masterKeyFile);
  const copied = await readKeyFile(path.join(unfinished, names.masterKey));
  if (!copied?.equals(masterKey)) throw new FlowError('KEY_CHANGE_UNFINISHED', {});
  return { fingerprint, file: { name: names.masterKey, ...metered.facts() } };
}
