import type { Pool } from 'pg';
import type { PollSumsView } from '../../shared/api/polls.ts';
import type { PollResult } from '../../shared/status.ts';
import type { PollLog, PollRow } from '../ports/logs.ts';
import { readCursor, toPage } from './paging.ts';
import { sqlOn, transaction } from './sql.ts';

const columns = `id, channel_id as "channelId", flow_id as "flowId", node_id as "nodeId", started_at as "startedAt", ended_at as "endedAt", result,
  listed, known, taken, quarantined, post_processed as "postProcessed",
  read_elsewhere as "readElsewhere", unread_again as "unreadAgain", skipped_by_search as "skippedBySearch", before_start as "beforeStart", bytes::float8 as bytes, error, notes, worker`;

export function openPollLog(pool: Pool): PollLog {
  const sql = sqlOn(pool);
  return {
    async list({ flowId, channelId, result, from }, page) {
      const after = readCursor(page);
      const rows = await sql.query<PollRow>(
        `select ${columns} from poll
          where ($1::uuid is null or flow_id = $1)
            and ($2::text is null or result = $2)
            and ($3::timestamptz is null or (started_at, id) < ($3, $4::uuid))
            and ($6::uuid is null or channel_id = $6)
            and ($7::timestamptz is null or started_at >= $7)
          order by started_at desc, id desc
          limit $5`,
        [flowId ?? null, result ?? null, after?.at ?? null, after?.id ?? null, page.limit + 1, channelId ?? null, from ?? null],
      );
      return toPage(
        rows,
        page.limit,
        (row) => ({ at: row.startedAt, id: row.id }),
        (row) => row,
      );
    },

    async sums(channelId, from) {
      const rows = await sql.query<Omit<PollSumsView, 'polls'> & { result: PollResult; count: number }>(
        `select result, count(*)::int as count, sum(taken)::int as taken, sum(quarantined)::int as quarantined,
                sum(post_processed)::int as "postProcessed", sum(bytes)::float8 as bytes,
                max(extract(epoch from ended_at - started_at) * 1000)::int as "longestMs"
           from poll where channel_id = $1 and started_at >= $2
          group by result`,
        [channelId, from],
      );
      const sum = (key: 'taken' | 'quarantined' | 'postProcessed' | 'bytes') => rows.reduce((total, row) => total + row[key], 0);
      const longest = rows.map((row) => row.longestMs).filter((ms) => ms !== null);
      return {
        polls: Object.fromEntries(rows.map(({ result, count }) => [result, count])),
        taken: sum('taken'),
        quarantined: sum('quarantined'),
        postProcessed: sum('postProcessed'),
        bytes: sum('bytes'),
        longestMs: longest.length === 0 ? null : Math.max(...longest),
      };
    },

    async offers() {
      const rows = await sql.query<{ channelId: string; readElsewhere: number; unreadAgain: number }>(
        `select c.id as "channelId",
                (select count(*)::int from ledger l where l.channel_id = c.id and l.state = 'read') as "readElsewhere",
                (select count(*)::int from ledger l where l.channel_id = c.id and l.unread_again_at is not null) as "unreadAgain"
           from channel c where c.is_active`,
      );
      const offering = rows.filter((row) => row.readElsewhere > 0 || row.unreadAgain > 0);
      return new Map(offering.map(({ channelId, ...counts }) => [channelId, counts]));
    },

    takeRead: (channelId) =>
      transaction(pool, async (tx) => {
        const wanted = await tx.query(
          `update ledger set state = 'failing', fetch_tries = 0 where channel_id = $1 and state = 'read' returning id`,
          [channelId],
        );
        if (wanted.length > 0) await tx.query('update channel set next_poll_at = now() where id = $1 and is_active', [channelId]);
        return wanted.length;
      }),

    async latest() {
      const rows = await sql.query<PollRow & { isAbandoned: boolean }>(
        `select p.*, p.result = 'running' and coalesce(c.claimed_until, '-infinity') < now() - interval '10 seconds' as "isAbandoned"
           from channel c
           cross join lateral (select ${columns} from poll where channel_id = c.id order by started_at desc limit 1) p
          where c.is_active`,
      );
      // While no worker lives, nobody closes the polls of the one that died.
      const seen = rows.map(({ isAbandoned, ...row }): PollRow => (isAbandoned ? { ...row, result: 'failed' } : row));
      return new Map(seen.map((row) => [row.channelId, row]));
    },
  };
}
