import type { Pool } from 'pg';
import { isOfQuarantine, type BulkKind } from '../../shared/bulk-kinds.ts';
import { messageFilter } from '../../shared/api/message-filter.ts';
import { FlowError } from '../../shared/errors.ts';
import type { BulkPart, BulkRow, BulkStore, BulkWork, ClaimedBulk } from '../ports/bulks.ts';
import type { Logger } from '../ports/common.ts';
import type { Queue } from '../ports/engine.ts';
import { filterOf } from '../ports/message-filter.ts';
import type { RerunWish } from '../ports/reruns.ts';
import { listIds } from './message-list.ts';
import { findsPartsOfWords } from './message-search.ts';
import { toPage, readCursor } from './paging.ts';
import { discardMail, releaseMail } from './quarantine-store.ts';
import { cancelMessage, rerunMessage } from './rerun-store.ts';
import { jsonOrNull, sqlOn, transaction, type Sql } from './sql.ts';

const select = `
  select id, kind, wish, by, at, ended_at as "endedAt", filter, total, done, refused, reasons, state from bulk`;

export function openBulks(pool: Pool): BulkStore {
  const sql = sqlOn(pool);
  const get = async (id: string) => (await sql.query<BulkRow>(`${select} where id = $1`, [id]))[0];
  return {
    async create({ kind, wish, by, which, total }) {
      const [ids, filter] = 'ids' in which ? [which.ids, null] : [null, which.filter];
      const [row] = await sql.query<BulkRow>(
        `with added as (
           insert into bulk (kind, wish, filter, ids, by, total) values ($1, coalesce($2::jsonb, 'null'), $3::jsonb, $4::jsonb, $5, $6) returning *)
         ${select.replace('from bulk', 'from added')}`,
        [kind, jsonOrNull(wish), jsonOrNull(filter), jsonOrNull(ids), by, total],
      );
      if (!row) throw new Error('insert returned nothing');
      return row;
    },

    async list(page) {
      const cursor = readCursor(page);
      const rows = await sql.query<BulkRow>(
        `${select} where $1::timestamptz is null or (at, id) < ($1, $2::uuid) order by at desc, id desc limit $3`,
        [cursor?.at ?? null, cursor?.id ?? null, page.limit + 1],
      );
      return toPage(
        rows,
        page.limit,
        (row) => row,
        (row) => row,
      );
    },

    get,

    async stop(id) {
      const stopped = await sql.query(
        `update bulk set state = 'stopped', ended_at = now(), ids = null where id = $1 and state = 'running' returning 1`,
        [id],
      );
      return stopped.length > 0 ? get(id) : undefined;
    },

    async forget(keepMs) {
      await sql.query(`delete from bulk where ended_at < now() - $1 * interval '1 ms'`, [keepMs]);
    },
  };
}

interface Claimed {
  at: Date;
  wish: Omit<RerunWish, 'by'> | null;
  by: string;
  filter: Record<string, string> | null;
  ids: string[] | null;
  cursor: string | null;
}

/** One message that can't be done for a reason nobody knows must not hold up the others. */
const mostFailures = 5;

/** One message or mail of a part, and where the next part begins once it is done. */
interface Next {
  id: string;
  cursor: string;
}

export function openBulkWork(pool: Pool, queue: Queue, log: Logger): BulkWork {
  const sql = sqlOn(pool);
  let hasParts: boolean | undefined;
  /** By message or mail. */
  const failures = new Map<string, number>();

  /** The filter goes on behind the last message, the ids at their place. */
  async function nextOf(kind: BulkKind, { at, filter, ids, cursor }: Claimed, limit: number): Promise<Next[]> {
    if (ids) {
      const from = Number(cursor ?? 0);
      return ids.slice(from, from + limit).map((id, index) => ({ id, cursor: String(from + index + 1) }));
    }
    if (isOfQuarantine(kind)) return nextMails(sql, at, cursor, limit);
    hasParts ??= await findsPartsOfWords(sql);
    const found = await listIds(sql, filterOf(messageFilter.parse(filter ?? {})), { limit, cursor: cursor ?? undefined }, hasParts);
    const rows = await sql.query<{ id: string; at: Date }>(
      'select id, received_at as at from message_log where id = any($1::uuid[]) order by received_at desc, id desc',
      [found.slice(0, limit)],
    );
    return rows.map(({ id, at }) => ({ id, cursor: `${at.toISOString()}~${id}` }));
  }

  /** @returns whether it was changed; undefined when the bulk action is not this worker's any more */
  async function doOne(
    bulk: ClaimedBulk,
    claimed: Claimed,
    { id, cursor }: Next,
    worker: string,
    leaseMs: number,
  ): Promise<boolean | undefined> {
    const count = async (work: (tx: Sql) => Promise<FlowError | undefined>) =>
      transaction(pool, async (tx) => {
        const held = await tx.query(
          `update bulk set cursor = $3, claimed_until = clock_timestamp() + $4 * interval '1 ms'
            where id = $1 and claimed_by = $2 and state = 'running' returning 1`,
          [bulk.id, worker, cursor, leaseMs],
        );
        if (held.length === 0) return undefined;
        const refusal = await work(tx);
        if (refusal) await countRefused(tx, bulk.id, refusal);
        else await tx.query('update bulk set done = done + 1 where id = $1', [bulk.id]);
        return refusal === undefined;
      });
    try {
      const isChanged = await count((tx) => act(tx, queue, bulk.kind, id, claimed));
      failures.delete(id);
      return isChanged;
    } catch (error) {
      // The database is away, or a connection broke: whoever has it in hand next goes on here.
      const failed = (failures.get(id) ?? 0) + 1;
      failures.set(id, failed);
      if (error instanceof FlowError || failed < mostFailures) throw error;
      failures.delete(id);
      log.error({ error: String(error), messageId: id, bulk: bulk.id }, 'a bulk action left out a message');
      return count(async () => new FlowError('INTERNAL', {}, { cause: error }));
    }
  }

  return {
    async claim(worker, leaseMs) {
      const [row] = await sql.query<ClaimedBulk>(
        `update bulk set claimed_by = $1, claimed_until = clock_timestamp() + $2 * interval '1 ms'
          where id = (select id from bulk where state = 'running' and (claimed_until is null or claimed_until < clock_timestamp())
                       order by at, id limit 1 for update skip locked)
         returning id, kind`,
        [worker, leaseMs],
      );
      return row;
    },

    async doNext(bulk, worker, leaseMs, limit, signal): Promise<BulkPart> {
      const [claimed] = await sql.query<Claimed>(
        `update bulk set claimed_until = clock_timestamp() + $3 * interval '1 ms' where id = $1 and claimed_by = $2 and state = 'running'
         returning at, wish, by, filter, ids, cursor`,
        [bulk.id, worker, leaseMs],
      );
      if (!claimed) return { changed: [], isOver: true };
      const part = await nextOf(bulk.kind, claimed, limit);
      if (part.length === 0) {
        await sql.query(
          `update bulk set state = 'done', ended_at = now(), ids = null where id = $1 and claimed_by = $2 and state = 'running'`,
          [bulk.id, worker],
        );
        return { changed: [], isOver: true };
      }
      const changed: string[] = [];
      try {
        for (const next of part) {
          if (signal.aborted) break;
          const isChanged = await doOne(bulk, claimed, next, worker, leaseMs);
          if (isChanged === undefined) return { changed, isOver: true };
          if (isChanged) changed.push(next.id);
        }
      } finally {
        if (changed.length > 0) queue.wake();
      }
      return { changed, isOver: false };
    },

    async letGo({ id }, worker) {
      await sql.query('update bulk set claimed_by = null, claimed_until = null where id = $1 and claimed_by = $2', [id, worker]);
    },
  };
}

/** Of the quarantine as it was when it was asked for, behind the last mail. */
async function nextMails(sql: Sql, at: Date, cursor: string | null, limit: number): Promise<Next[]> {
  const [since, last] = cursor?.split('~') ?? [];
  const rows = await sql.query<{ id: string; since: Date }>(
    `select id, since from quarantine
      where settled_at is null and since <= $1 and ($2::timestamptz is null or (since, id) < ($2, $3::uuid))
      order by since desc, id desc limit $4`,
    [at, since ?? null, last ?? null, limit],
  );
  return rows.map((row) => ({ id: row.id, cursor: `${row.since.toISOString()}~${row.id}` }));
}

async function act(sql: Sql, queue: Queue, kind: BulkKind, id: string, { wish, by }: Claimed): Promise<FlowError | undefined> {
  if (kind === 'release') return (await releaseMail(sql, queue, id)) ? undefined : new FlowError('QUARANTINE_NOT_SETTLED', {});
  if (kind === 'discard') return (await discardMail(sql, id)) ? undefined : new FlowError('QUARANTINE_NOT_SETTLED', {});
  return kind === 'cancel' ? cancelMessage(sql, queue, id) : rerunMessage(sql, queue, id, { from: 'failed', version: 'same', ...wish, by });
}

/** By code: what differs between messages, such as an id, would make as many reasons. */
async function countRefused(sql: Sql, id: string, { code, message }: FlowError): Promise<void> {
  await sql.query(
    `update bulk set refused = refused + 1,
            reasons = reasons || jsonb_build_object($2::text, jsonb_build_object('text', coalesce(reasons->$2->>'text', $3::text),
                                                                                  'count', coalesce((reasons->$2->>'count')::int, 0) + 1))
      where id = $1`,
    [id, code, message],
  );
}
