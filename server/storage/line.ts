import type { Queue } from '../ports/engine.ts';
import { lowestOpenId } from './log-counts.ts';
import type { Sql } from './sql.ts';

/**
 * The lines of channels that process In Order: the oldest open message has a job, those behind it wait for its end.
 * A line lives in `message_log` alone, so it outlasts workers and restarts. Messages of a channel that was switched from Parallel
 * and are still open are not part of the line.
 */

/**
 * Keeps the lines as they are until this transaction ends. Comes before the rows of messages are locked:
 * two that change a line at once would otherwise wait for each other, or both leave it standing.
 */
export async function lockLines(sql: Sql, channelIds: string[]): Promise<void> {
  if (channelIds.length === 0) return;
  await sql.query(
    `select pg_advisory_xact_lock(hashtextextended('line ' || id, 0)) from (select unnest($1::text[]) as id order by 1) as ids`,
    [[...new Set(channelIds)]],
  );
}

/** Gives the first of each line its job, where none of the line has one. */
export async function startNext(sql: Sql, queue: Queue, channelIds: string[]): Promise<void> {
  const next = await sql.query<{ messageId: string; attempt: number; flowId: string }>(
    `with first as (
       select distinct on (channel_id) id, channel_id from message_log
        where id >= $2 and channel_id = any($1::uuid[]) and line is not null and is_waiting and status in ('PROCESSING', 'RETRY')
        order by channel_id, line)
     update message_log m set is_waiting = false
       from first
      where m.id >= $2 and m.id = first.id
        and not exists (select 1 from message_log o
                         where o.id >= $2 and o.channel_id = first.channel_id and o.line is not null and not o.is_waiting and o.status in ('PROCESSING', 'RETRY'))
      returning m.id as "messageId", m.attempt, m.flow_id as "flowId"`,
    [channelIds, await lowestOpenId(sql)],
  );
  if (next.length > 0) await queue.add(next, sql);
}
