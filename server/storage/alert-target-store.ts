import type { Pool } from 'pg';
import type { AlertTargetInput } from '../../shared/alert-schemas.ts';
import { FlowError } from '../../shared/errors.ts';
import type { AlertDeliveryStore, AlertTargetRow, AlertTargetStore, DueDelivery } from '../ports/alerts.ts';
import { postgresCode } from './postgres-error.ts';
import { json, sqlOn } from './sql.ts';

const select = `
  select t.id, t.name, t.is_enabled as "isEnabled", t.settings, t.kinds, t.flow_ids::text[] as "flowIds", t.least_severity as "leastSeverity",
         t.remind_hours as "remindHours", t.changed_at as "changedAt", t.changed_by as "changedBy",
         (select max(sent_at) from alert_delivery d where d.target_id = t.id) as "lastSentAt",
         (select count(*)::int from alert_delivery d where d.target_id = t.id and d.sent_at is null and d.given_up_at is null) as waiting,
         (select count(*)::int from alert_delivery d where d.target_id = t.id and d.given_up_at is not null) as "givenUp",
         next.error, next.next_try_at as "nextTryAt"
    from alert_target t
    left join lateral (
      select error, next_try_at from alert_delivery d
       where d.target_id = t.id and d.sent_at is null and d.given_up_at is null order by position limit 1) next on true`;

const uniqueViolation = '23505';

export function openAlertTargets(pool: Pool): AlertTargetStore {
  const sql = sqlOn(pool);
  const get = async (id: string) => (await sql.query<AlertTargetRow>(`${select} where t.id = $1`, [id]))[0];

  async function write(text: string, target: AlertTargetInput, values: unknown[]): Promise<AlertTargetRow | undefined> {
    const { name, isEnabled, settings, kinds, flowIds, leastSeverity, remindHours } = target;
    try {
      const [row] = await sql.query<{ id: string }>(text, [
        name,
        isEnabled,
        json(settings),
        kinds,
        flowIds,
        leastSeverity,
        remindHours,
        ...values,
      ]);
      return row && (await get(row.id));
    } catch (error) {
      if (postgresCode(error) === uniqueViolation) throw new FlowError('ALERT_TARGET_EXISTS', { name }, { cause: error });
      throw error;
    }
  }

  return {
    list: () => sql.query<AlertTargetRow>(`${select} order by t.name`),

    async create(target, by) {
      const row = await write(
        `insert into alert_target (name, is_enabled, settings, kinds, flow_ids, least_severity, remind_hours, changed_by)
         values ($1, $2, $3, $4, $5::uuid[], $6, $7, $8) returning id`,
        target,
        [by],
      );
      if (!row) throw new Error('insert returned nothing');
      return row;
    },

    save: (id, target, by) =>
      write(
        `with retried as (
           update alert_delivery set next_try_at = now() where target_id = $9 and sent_at is null and given_up_at is null and next_try_at > now())
         update alert_target
            set name = $1, is_enabled = $2, settings = $3, kinds = $4, flow_ids = $5::uuid[], least_severity = $6, remind_hours = $7,
                changed_by = $8, changed_at = now()
          where id = $9 returning id`,
        target,
        [by, id],
      ),

    remove: async (id) => (await sql.query('delete from alert_target where id = $1 returning id', [id])).length > 0,
  };
}

export function openAlertDeliveries(pool: Pool): AlertDeliveryStore {
  const sql = sqlOn(pool);
  return {
    claimDue: (limit, claimMs) =>
      sql.query<DueDelivery>(
        `with due as (
           select d.position from alert_delivery d join alert_target t on t.id = d.target_id
            where t.is_enabled and d.sent_at is null and d.given_up_at is null and d.next_try_at <= now()
              and not exists (select 1 from alert_delivery before
                               where before.target_id = d.target_id and before.position < d.position
                                 and before.sent_at is null and before.given_up_at is null)
            order by d.position limit $1
            for update of d skip locked)
         update alert_delivery d set next_try_at = now() + $2 * interval '1 ms', attempts = attempts + 1
           from due, alert_target t
          where d.position = due.position and t.id = d.target_id
         returning d.id, d.notices, d.attempts, d.target_id as "targetId", t.name as target, t.settings`,
        [limit, claimMs],
      ),

    async sent({ id }) {
      // Also where another process has it meanwhile: it has been taken, whoever sent it.
      await sql.query('update alert_delivery set sent_at = now(), error = null where id = $1 and sent_at is null', [id]);
    },

    async failed({ id, attempts }, error, waitMs, keepMs) {
      await sql.query(
        `update alert_delivery
            set error = $3, next_try_at = now() + $4 * interval '1 ms',
                given_up_at = case when created_at <= now() - $5 * interval '1 ms' then now() end
          where id = $1 and attempts = $2 and sent_at is null`,
        [id, attempts, json(error), waitMs, keepMs],
      );
    },
  };
}
