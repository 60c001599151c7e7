import type { Pool } from 'pg';
import type { AlertRuleRow, AlertRuleStore } from '../ports/alerts.ts';
import { sqlOn } from './sql.ts';

/** Rules of flows that were deleted stay behind, and hold for nothing. */
export function openAlertRules(pool: Pool): AlertRuleStore {
  const sql = sqlOn(pool);
  const read = (kind?: string, flowId?: string | null) =>
    sql.query<AlertRuleRow>(
      `select r.kind, r.flow_id as "flowId", f.name as "flowName", r.is_enabled as "isEnabled", r.value,
              r.changed_at as "changedAt", r.changed_by as "changedBy"
         from alert_rule r left join flow f on f.id = r.flow_id
        where (r.flow_id is null or f.deleted_at is null)
          and ($1::text is null or r.kind = $1 and r.flow_id is not distinct from $2)
        order by r.kind, f.name nulls first`,
      [kind ?? null, flowId ?? null],
    );
  return {
    list: () => read(),

    async save({ kind, flowId, isEnabled, value }, by) {
      await sql.query(
        `insert into alert_rule (kind, flow_id, is_enabled, value, changed_by) values ($1, $2, $3, $4, $5)
         on conflict (kind, flow_id) do update
           set is_enabled = excluded.is_enabled, value = excluded.value, changed_at = now(), changed_by = excluded.changed_by`,
        [kind, flowId, isEnabled, value, by],
      );
      const [row] = await read(kind, flowId);
      if (!row) throw new Error('a rule that was written is not there');
      return row;
    },

    async reset(kind, flowId) {
      const removed = await sql.query('delete from alert_rule where kind = $1 and flow_id is not distinct from $2 returning 1', [
        kind,
        flowId,
      ]);
      return removed.length > 0;
    },
  };
}
