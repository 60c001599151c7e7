import type { Pool } from 'pg';
import type { PollLog, PollRow } from '../ports/logs.ts';
import { readCursor, toPage } from './paging.ts';
import { sqlOn } from './sql.ts';

const columns = `id, channel_id as "channelId", flow_id as "flowId", node_id as "nodeId", started_at as "startedAt", ended_at as "endedAt", result,
  listed, known, taken, quarantined, post_processed as "postProcessed", bytes::float8 as bytes, error, notes, worker`;

export function openPollLog(pool: Pool): PollLog {
  const sql = sqlOn(pool);
  return {
    async list({ flowId, result }, page) {
      const after = readCursor(page);
      const rows = await sql.query<PollRow>(
        `select ${columns} from poll
          where ($1::uuid is null or flow_id = $1)
            and ($2::text is null or result = $2)
            and ($3::timestamptz is null or (started_at, id) < ($3, $4::uuid))
          order by started_at desc, id desc
          limit $5`,
        [flowId ?? null, result ?? null, after?.at ?? null, after?.id ?? null, page.limit + 1],
      );
      return toPage(
        rows,
        page.limit,
        (row) => ({ at: row.startedAt, id: row.id }),
        (row) => row,
      );
    },

    async latest() {
      const rows = await sql.query<PollRow>(
        `select p.* from channel c
           cross join lateral (select ${columns} from poll where channel_id = c.id order by started_at desc limit 1) p
          where c.is_active`,
      );
      return new Map(rows.map((row) => [row.channelId, row]));
    },
  };
}
