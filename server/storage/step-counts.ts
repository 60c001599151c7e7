import type { StepCount, StepCounts } from '../ports/logs.ts';
import { listIds } from './message-list.ts';
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
  // Day by day from the newest: asked for all of them at once, the database reads the whole log.
  const newest = (await listIds(sql, { flowIds: [flowId], from: deployedAt }, { limit, cursor: undefined }, false)).slice(0, limit).sort();
  const rows = await sql.query<{ id: string }>(
    'select id from message_log where id = any($1::uuid[]) and id >= $2 and id <= $3 and version = $4 order by id',
    [newest, newest[0] ?? null, newest.at(-1) ?? null, version],
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return { messages: 0, counts: [] };
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
