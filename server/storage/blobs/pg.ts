import { createHash, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobStore } from '../../ports/blobs.ts';
import { atMost } from '../at-most.ts';
import { postgresCode } from '../postgres-error.ts';
import { sqlOn, type Sql } from '../sql.ts';
import { together } from '../together.ts';
import { withStart } from './with-start.ts';

/** What is held in memory of a mail on its way in or out, about twice. */
const chunkBytes = 256 * 1024;
/** Fewer than the pool has connections: a batch of mails must not keep the renewal of locks waiting. */
const statementsAtOnce = 8;
/** With the size of a chunk, what one statement may carry: 8 MB. */
const maxTogether = 32;
const pageSize = 500;
const hashPattern = /^[0-9a-f]{64}$/;
/** SQLSTATE of a server whose disk is full. */
const diskFull = '53100';

/**
 * Content in the database, for workers and web servers that share no disk. Up to 256 KiB are part of one statement, with what
 * else is put at that moment; more is written in chunks under a name of its own, which the last statement gives the hash: content appears complete, or not at all.
 *
 * Every put has been committed when it returns, so `sync` has nothing left to do. No transaction stays open while a mail server
 * or a reader is slow. Of two puts of the same content the second finds the row of the first, waits for its commit where that is
 * still to come, and marks it as just put: that keeps `remove`, which locks the same row, from taking it away.
 */
export function openPgBlobs(pool: Pool | PoolClient): BlobStore {
  const inTurn = atMost(statementsAtOnce);
  const sql: Pick<Sql, 'query'> = { query: (text, values) => inTurn(() => sqlOn(pool).query(text, values)) };

  async function reuse(hash: string): Promise<boolean> {
    const found = await sql.query('update blob_content set put_at = clock_timestamp() where hash = $1 returning 1', [hash]);
    return found.length > 0;
  }

  /** Content put side by side shares a statement: one commit is one wait for the disk. */
  const putTogether = together(
    async (puts: { hash: string; bytes: Uint8Array }[]) => {
      await sql.query(
        `with given as (select * from jsonb_to_recordset($1::jsonb) as g(hash text, content uuid, at int, size_bytes int)),
              put as (
                insert into blob_content (hash, content, size_bytes, put_at) select hash, content, size_bytes, clock_timestamp() from given
                on conflict (hash) do update set put_at = clock_timestamp()
                returning content)
         insert into blob_chunk (content, number, bytes)
         select content, 0, substr($2::bytea, at, size_bytes) from given join put using (content)`,
        inOneValue(puts),
      );
      return puts.map(() => undefined);
    },
    { limit: maxTogether },
  );

  async function append(content: string, number: number, bytes: Uint8Array): Promise<void> {
    const begin = 'with upload as (insert into blob_upload (content, begun_at) values ($1, clock_timestamp()))';
    await sql.query(`${number === 0 ? begin : ''} insert into blob_chunk (content, number, bytes) values ($1, $2, $3)`, [
      content,
      number,
      bytesOf(bytes),
    ]);
  }

  /** Gives what was written its hash, or drops it where the same content is there by now. */
  async function finish(content: string, hash: string, sizeBytes: number): Promise<void> {
    const [put] = await sql.query(
      `with upload as (delete from blob_upload where content = $1 returning content),
            put as (
              insert into blob_content (hash, content, size_bytes, put_at)
              select $2, content, $3, clock_timestamp() from upload
              on conflict (hash) do update set put_at = clock_timestamp()
              returning content),
            surplus as (delete from blob_chunk where content = $1 and exists (select 1 from put where content <> $1))
       select 1 from put`,
      [content, hash, sizeBytes],
    );
    if (!put) throw new Error('the chunks of a mail were removed as left over while it was still being written');
  }

  async function abandon(content: string): Promise<void> {
    await sql.query(
      `with upload as (delete from blob_upload where content = $1 returning content)
       delete from blob_chunk where content in (select content from upload)`,
      [content],
    );
  }

  /** What processes that died were writing: nobody writes one mail for a day. */
  async function removeLeftovers(): Promise<void> {
    await sql.query(
      `with upload as (delete from blob_upload where begun_at < clock_timestamp() - interval '1 day' returning content)
       delete from blob_chunk where content in (select content from upload)`,
    );
  }

  async function putStream(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    const digest = createHash('sha256');
    const content = randomUUID();
    let sizeBytes = 0;
    let written = 0;
    let last: Uint8Array = new Uint8Array();
    async function* counted() {
      for await (const chunk of source) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) throw new FlowError('BLOB_TOO_LARGE', { limitBytes: maxBytes });
        digest.update(chunk);
        yield chunk;
      }
    }
    try {
      for await (const piece of inPieces(counted(), chunkBytes)) {
        // A piece is written when there is one behind it, so that a small mail costs one statement.
        if (last.length > 0) await append(content, written++, last);
        last = piece;
      }
      const hash = digest.digest('hex');
      if (written === 0) await putTogether({ hash, bytes: last });
      else {
        await append(content, written++, last);
        await finish(content, hash, sizeBytes);
      }
      return { hash, sizeBytes };
    } catch (error) {
      // Where the database is gone, this is left to removeLeftovers.
      if (written > 0) await abandon(content).catch(() => undefined);
      throw error;
    }
  }

  return {
    async put(content, { maxBytes = Infinity, onStart } = {}) {
      try {
        if (!(content instanceof Uint8Array)) return await putStream(withStart(content, onStart), maxBytes);
        if (content.length > maxBytes) throw new FlowError('BLOB_TOO_LARGE', { limitBytes: maxBytes });
        onStart?.(content);
        const hash = createHash('sha256').update(content).digest('hex');
        if (content.length <= chunkBytes) await putTogether({ hash, bytes: content });
        else if (!(await reuse(hash))) await putStream(whole(content), maxBytes);
        return { hash, sizeBytes: content.length };
      } catch (error) {
        if (postgresCode(error) === diskFull) throw new FlowError('DISK_FULL', { directory: 'the database' }, { cause: error });
        throw error;
      }
    },

    sync: () => Promise.resolve(),

    async *open(hash) {
      const [facts] = hashPattern.test(hash)
        ? await sql.query<{ content: string; sizeBytes: string }>(
            'select content, size_bytes as "sizeBytes" from blob_content where hash = $1',
            [hash],
          )
        : [];
      if (!facts) throw new FlowError('BLOB_MISSING', { hash });
      const sizeBytes = Number(facts.sizeBytes);
      for (let number = 0, sent = 0; sent < sizeBytes; number += 1) {
        const [chunk] = await sql.query<{ bytes: Buffer }>('select bytes from blob_chunk where content = $1 and number = $2', [
          facts.content,
          number,
        ]);
        if (!chunk) throw new FlowError('BLOB_MISSING', { hash });
        sent += chunk.bytes.length;
        yield chunk.bytes;
      }
    },

    async exists(hash) {
      return (await sql.query('select 1 from blob_content where hash = $1', [hash])).length > 0;
    },

    async *list() {
      await removeLeftovers();
      for (let after = ''; ;) {
        const page = await sql.query<{ hash: string; sizeBytes: string; putAt: Date }>(
          'select hash, size_bytes as "sizeBytes", put_at as "putAt" from blob_content where hash > $1 order by hash limit $2',
          [after, pageSize],
        );
        for (const { hash, sizeBytes, putAt } of page) yield { hash, sizeBytes: Number(sizeBytes), putAt };
        const last = page.at(-1);
        if (!last) return;
        after = last.hash;
      }
    },

    async remove(hash, unlessPutSince) {
      const [{ isThere } = { isThere: false }] = await sql.query<{ isThere: boolean }>(
        `with gone as (
           delete from blob_content where hash = $1 and ($2::timestamptz is null or put_at <= $2) returning content),
         chunks as (delete from blob_chunk where content in (select content from gone))
         select exists (select 1 from blob_content where hash = $1) and not exists (select 1 from gone) as "isThere"`,
        [hash, unlessPutSince ?? null],
      );
      return !isThere;
    },
  };
}

/** Parameters for `putTogether`: where each content begins, counted from 1, in all of them one behind the other; equal content once. */
function inOneValue(puts: { hash: string; bytes: Uint8Array }[]): [string, Buffer] {
  // In one order everywhere, so that two processes can't block each other.
  const distinct = [...new Map(puts.map((put) => [put.hash, put.bytes]))].sort(([a], [b]) => (a < b ? -1 : 1));
  let at = 1;
  const given = distinct.map(([hash, bytes]) => {
    const one = { hash, content: randomUUID(), at, size_bytes: bytes.length };
    at += bytes.length;
    return one;
  });
  return [JSON.stringify(given), Buffer.concat(distinct.map(([, bytes]) => bytes))];
}

/** A view as a Buffer, which is what goes to the database as it is. */
function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// oxlint-disable-next-line require-await
async function* whole(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** The same bytes in pieces of exactly `pieceBytes`, the last one shorter. */
async function* inPieces(source: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (heldBytes + rest.length >= pieceBytes) {
      const end = pieceBytes - heldBytes;
      yield Buffer.concat([...held, rest.subarray(0, end)]);
      rest = rest.subarray(end);
      held = [];
      heldBytes = 0;
    }
    if (rest.length === 0) continue;
    held.push(rest);
    heldBytes += rest.length;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
