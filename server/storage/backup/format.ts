import { createHmac } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';

/**
 * What a directory of backups looks like:
 *
 * ```
 * mailroom-backups.json       whose backups these are
 * blobs/ab/…                  raw mails, shared by all backups in the directory
 * 2026-11-25T18-04-07.120Z/   one backup, under this name only when it is whole
 *   manifest.json             written last
 *   database/flow.copy.gz     rows of one table in PostgreSQL's COPY text format
 *   blobs.txt                 hash and size in bytes of each mail that this backup needs, in the order of the hashes
 *   master.key                unless it is given to Mailroom from outside
 * unfinished-…/               of a backup that is being made or was killed
 * ```
 */
export const formatVersion = 1;

export const names = {
  marker: 'mailroom-backups.json',
  blobs: 'blobs',
  manifest: 'manifest.json',
  database: 'database',
  blobList: 'blobs.txt',
  masterKey: 'master.key',
} as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of the backup: name relative to it, with forward slashes. */
const fileSchema = z.object({
  name: z.string().refine((name) => !path.isAbsolute(name) && !name.split('/').includes('..'), 'leads out of the backup'),
  sizeBytes: z.int(),
  sha256,
});
export type BackupFile = z.output<typeof fileSchema>;

const tableSchema = z.object({
  /** Of the schema `public`. */
  name: z.string(),
  columns: z.array(z.string()).min(1),
  rows: z.int(),
  file: fileSchema,
});
export type BackedUpTable = z.output<typeof tableSchema>;

const partitionSchema = z.object({
  name: z.string(),
  parent: z.string(),
  /** As PostgreSQL writes it: `FOR VALUES FROM (…) TO (…)`. */
  bound: z.string(),
  /** For a partition that has partitions itself: `RANGE (…)`. */
  key: z.string().nullable(),
});
export type Partition = z.output<typeof partitionSchema>;

export const manifestSchema = z.object({
  format: z.literal(formatVersion),
  mailroomVersion: z.string(),
  /** The moment whose rows it holds, by the database's clock. */
  takenAt: z.iso.datetime(),
  postgresVersion: z.string(),
  /** SHA-256 of each migration that the tables had gone through, in their order. */
  migrations: z.array(sha256).min(1),
  tables: z.array(tableSchema),
  /** Parents first. */
  partitions: z.array(partitionSchema),
  /** Sequences of the schema `public` that have been used, with the last number given out. */
  sequences: z.array(z.object({ name: z.string(), lastValue: z.string().regex(/^-?\d+$/) })),
  blobs: z.object({
    count: z.int(),
    sizeBytes: z.int(),
    list: fileSchema,
    /** Those that were missing or damaged where the backup was made. */
    missing: z.array(sha256),
  }),
  masterKey: z.object({ fingerprint: sha256, file: fileSchema.nullable() }),
});
export type Manifest = z.output<typeof manifestSchema>;

export const markerSchema = z.object({ format: z.literal(formatVersion), masterKeyFingerprint: sha256 });

/** Tells whether two keys are the same without telling the key: it has 256 random bits. */
export function fingerprintOf(masterKey: Buffer): string {
  return createHmac('sha256', masterKey).update('Mailroom master key').digest('hex');
}

/**
 * Tables whose rows are of the moment or of the machine. Sessions ended since the backup must not come back; who holds which
 * mailbox, which processes run, and what stops intake is told anew; what a log level keeps of messages is soon to go; mails go through the blob store, wherever it keeps them.
 */
export const tablesLeftOut: ReadonlySet<string> = new Set([
  'request_done',
  'welcome_token',
  'account_lock',
  'session',
  'verification',
  'oauth2_request',
  'lease',
  'process',
  'process_sign',
  'watch',
  'intake_pause',
  'step_payload',
  'blob_content',
  'blob_chunk',
  'blob_upload',
]);
