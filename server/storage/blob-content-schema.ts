import { bigint, customType, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Content of blobs kept in the database. That a blob is referred to is said in `blob`, whatever keeps its content. */

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

export const blobContent = pgTable('blob_content', {
  /** SHA-256, lower-case hex. */
  hash: text('hash').primaryKey(),
  /** Names its chunks. */
  content: uuid('content').notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  /** When it was last put. */
  putAt: at('put_at').notNull(),
});

export const blobChunk = pgTable(
  'blob_chunk',
  {
    content: uuid('content').notNull(),
    number: integer('number').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.content, t.number] })],
);

/** Chunks that are being written before their hash is known. One that stays belongs to a process that died. */
export const blobUpload = pgTable(
  'blob_upload',
  {
    content: uuid('content').primaryKey(),
    begunAt: at('begun_at').notNull(),
  },
  (t) => [index('blob_upload_begun').on(t.begunAt)],
);
