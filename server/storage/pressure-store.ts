import type { Pool } from 'pg';
import type { IntakePause, Load, PressureStore } from '../ports/pressure.ts';
import { lowestOpenId } from './log-counts.ts';
import { json, sqlOn } from './sql.ts';

/** A pause of one worker that nobody has spoken of for this long is over: the worker has ended. */
const forgottenAfterMs = 30_000;

/** Pauses of intake in the table `intake_pause`: each is there as long as it lasts. */
export function openPressureStore(pool: Pool): PressureStore {
  const sql = sqlOn(pool);
  return {
    state: () =>
      sql.query<IntakePause>(
        `select flow_id as "flowId", worker, reason, since from intake_pause
          where worker is null or seen_at > now() - $1 * interval '1 ms'
          order by since, scope`,
        [forgottenAfterMs],
      ),

    async backlog(limit) {
      const rows = await sql.query<Load & { flowId: string }>(
        `select flow_id as "flowId", count(*)::float8 as messages, sum(size_bytes)::float8 as bytes
           from (select flow_id, size_bytes from message_log where id >= $2 and status in ('PROCESSING', 'RETRY') limit $1) open
          group by flow_id`,
        [limit, await lowestOpenId(sql)],
      );
      return new Map(rows.map(({ flowId, messages, bytes }) => [flowId, { messages, bytes }]));
    },

    async pause({ flowId, worker, reason }) {
      const [row] = await sql.query<{ isNew: boolean }>(
        `insert into intake_pause as p (scope, flow_id, worker, reason) values ($1, $2, $3, $4)
         on conflict (scope) do update
           set reason = excluded.reason, seen_at = now(), since = case when p.worker is not null and p.seen_at < now() - $5 * interval '1 ms' then now() else p.since end
         returning since = seen_at as "isNew"`,
        [scopeOf({ flowId, worker }), flowId, worker, json(reason), forgottenAfterMs],
      );
      return row?.isNew ?? false;
    },

    async goOn({ flowId, worker }) {
      const lifted = await sql.query(
        `with lifted as (delete from intake_pause where scope = $1 returning scope),
              due as (update channel set next_poll_at = now()
                       where is_active and health = 'paused' and ($2::uuid is null or flow_id = $2) and exists (select 1 from lifted))
         select scope from lifted`,
        [scopeOf({ flowId, worker }), flowId],
      );
      return lifted.length > 0;
    },
  };
}

function scopeOf({ flowId, worker }: Pick<IntakePause, 'flowId' | 'worker'>): string {
  if (worker !== null) return `worker ${worker}`;
  return flowId === null ? 'all' : `flow ${flowId}`;
}
