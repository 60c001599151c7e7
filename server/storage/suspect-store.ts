import type { Pool } from 'pg';
import type { SuspectStore } from '../ports/suspects.ts';
import { sqlOn } from './sql.ts';

/** A row in `suspect` is there while an attempt is made, and stays where that never comes back. */
export function openSuspectStore(pool: Pool): SuspectStore {
  const sql = sqlOn(pool);
  return {
    async begin(messageId, attempt) {
      const [row] = await sql.query<{ losses: number }>(
        `with forgotten as (delete from suspect where begun_at < now() - interval '7 days' and message_id <> $1)
         insert into suspect as s (message_id, attempt, losses) values ($1, $2, 0)
         on conflict (message_id) do update
           set losses = case when s.attempt = excluded.attempt then s.losses + 1 else 0 end, attempt = excluded.attempt, begun_at = now()
         returning losses`,
        [messageId, attempt],
      );
      return row?.losses ?? 0;
    },

    async cameBack(messageId) {
      await sql.query('delete from suspect where message_id = $1', [messageId]);
    },
  };
}
