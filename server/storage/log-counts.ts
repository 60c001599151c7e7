import type { Pool } from 'pg';
import type { MessageStatus } from '../../shared/status.ts';
import type { MessageChart, StatusCounts } from '../ports/logs.ts';
import { dayMs, daysOf, idsOfDay } from './log-partitions.ts';
import { firstFormerId, lowestIdAt } from './message-ids.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/**
 * How many messages there are, without counting them: the triggers of `message_log` add a line to `message_change` in the transaction of each
 * change, and `foldCounts` adds those lines up. Readers add what is not folded yet, so a count is right at any moment, whatever has been killed.
 */

/** Lines folded in one transaction. */
const pageSize = 20_000;

/** Whoever comes second leaves it to the first. */
export async function foldCounts(pool: Pool): Promise<void> {
  for (let folded = pageSize; folded === pageSize;) folded = await transaction(pool, foldPage);
}

async function foldPage(sql: Sql): Promise<number> {
  const [lock] = await sql.query<{ isMine: boolean }>(`select pg_try_advisory_xact_lock(hashtext('counts of the log')) as "isMine"`);
  if (!lock?.isMine) return 0;
  const [page] = await sql.query<{ folded: number; hours: Date[] | null }>(
    `with taken as (delete from message_change where id in (select id from message_change order by id limit $1) returning *),
          hours as (
            insert into message_count as c (hour, flow_id, status, count)
            select hour, flow_id, status, sum(change) from taken group by 1, 2, 3 order by 1, 2, 3
            on conflict (hour, flow_id, status) do update set count = c.count + excluded.count),
          totals as (
            insert into message_total as t (flow_id, status, count)
            select flow_id, status, sum(change) from taken group by 1, 2 order by 1, 2
            on conflict (flow_id, status) do update set count = t.count + excluded.count)
     select count(*)::int as folded, array_agg(distinct hour) as hours from taken`,
    [pageSize],
  );
  if (page?.hours) await sql.query('delete from message_count where count = 0 and hour = any($1)', [page.hours]);
  return page?.folded ?? 0;
}

/** flow id → status → number, of one flow or of all */
export async function totals(sql: Sql, flowId: string | undefined): Promise<Map<string, StatusCounts>> {
  const rows = await sql.query<{ flowId: string; status: MessageStatus; count: number }>(
    `select flow_id as "flowId", status, sum(count)::int as count
       from (select flow_id, status, count from message_total where $1::uuid is null or flow_id = $1
             union all select flow_id, status, change from message_change where $1::uuid is null or flow_id = $1) c
      group by flow_id, status having sum(count) > 0`,
    [flowId ?? null],
  );
  const byFlow = new Map<string, StatusCounts>();
  for (const { flowId: flow, status, count } of rows) byFlow.set(flow, { ...byFlow.get(flow), [status]: count });
  return byFlow;
}

/** Arrivals per step of `stepHours`, by the status that they have now. Steps without arrivals are left out. */
export function chart(
  sql: Sql,
  { from, to, stepHours, flowId }: MessageChart,
): Promise<{ at: Date; status: MessageStatus; count: number }[]> {
  return sql.query(
    `select date_bin($3 * interval '1 hour', hour, $1) as at, status, sum(count)::int as count
       from (select hour, flow_id, status, count from message_count where hour >= $1 and hour < $2
             union all select hour, flow_id, status, change from message_change where hour >= $1 and hour < $2) c
      where $4::uuid is null or flow_id = $4
      group by 1, 2 having sum(count) > 0 order by 1, 2`,
    [from, to, stepHours, flowId ?? null],
  );
}

/**
 * The lowest id that an open message (PROCESSING, RETRY) can have. A condition `id >= $n` with it has a statement look for open messages
 * in the days that have some, not in every day of the log.
 */
export async function lowestOpenId(sql: Sql): Promise<string> {
  const isOpen = `status in ('PROCESSING', 'RETRY')`;
  const [row] = await sql.query<{ hour: Date | null }>(
    `select least((select min(hour) from message_count where ${isOpen} and count > 0),
                  (select min(hour) from message_change where ${isOpen} and change > 0),
                  date_trunc('hour', now() - interval '1 hour')) as hour`,
  );
  return lowestIdAt(row?.hour ?? new Date(0));
}

/**
 * Counts anew, day by day, and writes down by how much the counts were wrong. Nothing should be: it heals a log that was restored or changed
 * by hand.
 *
 * @returns how many messages the counts were wrong by
 */
export async function recount(pool: Pool, signal?: AbortSignal): Promise<number> {
  const sql = sqlOn(pool);
  const elsewhere = ['message_log_former', 'message_log_default'].map(
    (table) => `union select date_bin('1 day', received_at, 'epoch') from ${table}`,
  );
  const counted = await sql.query<{ day: Date }>(
    `select date_bin('1 day', hour, 'epoch') as day from message_count ${elsewhere.join(' ')}`,
  );
  const days = new Set([...counted.map((row) => row.day), ...(await daysOf(sql, 'message_log'))].map(Number));
  let wrong = 0;
  for (const day of days) {
    if (signal?.aborted) break;
    wrong += await transaction(pool, (tx) => recountDay(tx, new Date(day)));
  }
  return wrong;
}

async function recountDay(sql: Sql, day: Date): Promise<number> {
  // Counts and messages of one moment; nobody folds meanwhile.
  await sql.query('set transaction isolation level repeatable read');
  await sql.query(`select pg_advisory_xact_lock(hashtext('counts of the log'))`);
  const { first, end } = idsOfDay(day);
  const ofDay = (time: string) => `${time} >= $3 and ${time} < $4`;
  const [wrong] = await sql.query<{ by: number }>(
    `with is_now as (
            select date_bin('1 hour', received_at, 'epoch') as hour, flow_id, status, count(*) as count from message_log
             where (id >= $1 and id < $2 or id >= '${firstFormerId}') and ${ofDay('received_at')} group by 1, 2, 3),
          was as (
            select hour, flow_id, status, sum(count) as count
              from (select hour, flow_id, status, count from message_count union all select hour, flow_id, status, change from message_change) c
             where ${ofDay('hour')} group by 1, 2, 3),
          off as (
            select hour, flow_id, status, coalesce(n.count, 0) - coalesce(w.count, 0) as change
              from is_now n full join was w using (hour, flow_id, status) where coalesce(n.count, 0) <> coalesce(w.count, 0)),
          put_right as (insert into message_change (hour, flow_id, status, change) select hour, flow_id, status, change from off)
     select coalesce(sum(abs(change)), 0)::int as by from off`,
    [first, end, day, new Date(day.getTime() + dayMs)],
  );
  return wrong?.by ?? 0;
}
