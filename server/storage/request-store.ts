import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { DoneRequests, KeyedRequest } from '../ports/done-requests.ts';
import { sqlOn, type Sql } from './sql.ts';

/** A repetition later than this is a new request. */
const keptHours = 24;

export function openDoneRequests(pool: Pool): DoneRequests {
  const sql = sqlOn(pool);
  return {
    async begin(request) {
      const [row] = await sql.query<{ isNew: boolean; requestHash: string; status: number | null; answer: Buffer | null }>(
        `insert into request_done (visitor, key_hash, route, request_hash, at) values ($1, $2, $3, $4, now())
         on conflict (visitor, key_hash) do update set visitor = excluded.visitor
         returning xmax = 0 as "isNew", request_hash as "requestHash", status, answer`,
        [...keyOf(request), request.route, sha256(request.content)],
      );
      if (!row || row.isNew) return { state: 'new' };
      if (row.requestHash !== sha256(request.content)) return { state: 'other' };
      if (row.status === null) return { state: 'running' };
      return { state: 'done', answer: row.answer?.toString('utf8') ?? null };
    },

    async done(request, answer) {
      await sql.query('update request_done set status = 200, answer = $3 where visitor = $1 and key_hash = $2', [
        ...keyOf(request),
        answer === null ? null : Buffer.from(answer),
      ]);
    },

    async failed(request) {
      await sql.query('delete from request_done where visitor = $1 and key_hash = $2 and status is null', keyOf(request));
    },
  };
}

/** @returns how many were removed */
export async function removeOldRequests(pool: Pool): Promise<number> {
  const rows = await sqlOn(pool).query('delete from request_done where at < now() - make_interval(hours => $1) returning 1', [keptHours]);
  return rows.length;
}

/** Removes answers that tell of a message. */
export async function forgetAnswers(sql: Sql, messageIds: string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await sql.query(
    `delete from request_done d where d.answer is not null
        and exists (select 1 from unnest($1::text[]) m(id) where position(convert_to(m.id, 'UTF8') in d.answer) > 0)`,
    [messageIds],
  );
}

function keyOf({ visitor, key }: KeyedRequest): [string, string] {
  return [visitor, sha256(key)];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
