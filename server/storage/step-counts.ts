import type { StepCount, StepCounts } from '../ports/logs.ts';
import { lowestIdAt } from './message-ids.ts';
import type { Sql } from './sql.ts';

/**
 * Counts what the newest messages of a deployment did at each node, from the steps that the log has anyway: nothing is written for it while
 * mails run, and reading costs the same whether the log has a thousand messages or a million.
 *
 * A node that was tried several times counts once per message and connection, by how it went last; that a receiver is not called again by
 * a later attempt doesn't hide that it was called.
 */
export async function stepCounts(
  sql: Sql,
  { flowId, version, deployedAt }: StepCounts,
  limit: number,
): Promise<{ messages: number; counts: StepCount[] }> {
  const rows = await sql.query<StepCount & { messages: number }>(
    `with newest as materialized (
       select id from message_log
        where flow_id = $1 and version = $2 and received_at >= $3 and id >= $4
        order by received_at desc, id desc limit $5),
     last as (
       select s.* from newest n cross join lateral (
         select distinct on (node_id, edge_id) node_id, edge_id, outcome, coalesce(ended_at, started_at) as at
           from run_step where message_id = n.id
          order by node_id, edge_id, outcome = 'skipped', attempt desc, position desc) s)
     select (select count(*)::int from newest) as messages, node_id as "nodeId", edge_id as "edgeId", outcome, count(*)::int as count, max(at) as "lastAt"
       from last group by node_id, edge_id, outcome`,
    [flowId, version, deployedAt, lowestIdAt(deployedAt), limit],
  );
  return { messages: rows[0]?.messages ?? 0, counts: rows.map(({ messages: _messages, ...count }) => count) };
}
