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
  const newest = await sql.query<{ id: string }>(
    `select id from message_log
      where flow_id = $1 and version = $2 and received_at >= $3 and id >= $4
      order by received_at desc, id desc limit $5`,
    [flowId, version, deployedAt, lowestIdAt(deployedAt), limit],
  );
  const ids = newest.map(({ id }) => id).sort();
  if (ids.length === 0) return { messages: 0, counts: [] };
  // A statement of its own: with the ids at hand the database reads the days they are of, and no other.
  const counts = await sql.query<StepCount>(
    `select node_id as "nodeId", edge_id as "edgeId", outcome, count(*)::int as count, max(at) as "lastAt"
       from (select distinct on (message_id, node_id, edge_id) node_id, edge_id, outcome, coalesce(ended_at, started_at) as at
               from run_step where message_id = any($1::uuid[]) and message_id >= $2 and message_id <= $3
              order by message_id, node_id, edge_id, outcome = 'skipped', attempt desc, position desc) last
      group by node_id, edge_id, outcome`,
    [ids, ids[0], ids.at(-1)],
  );
  return { messages: ids.length, counts };
}
