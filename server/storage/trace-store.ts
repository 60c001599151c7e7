import type { Pool } from 'pg';
import { flowLogLevels, type FlowLogLevel } from '../../shared/log-levels.ts';
import type { KeptPayloads, LogLevel, TraceStore } from '../ports/trace.ts';
import { toPayload, type PayloadRow } from './payload-rows.ts';
import { sqlOn, type Sql } from './sql.ts';

const info: LogLevel = { level: 'info', until: null, setBy: null };

export function openTraceStore(pool: Pool): TraceStore {
  const sql = sqlOn(pool);
  const level = async (flowId: string): Promise<LogLevel> => {
    const [row] = await sql.query<LogLevel>(
      'select level, until, set_by as "setBy" from flow_log_level where flow_id = $1 and until > now()',
      [flowId],
    );
    return row ? { ...row, level: levelOf(row.level) } : info;
  };
  return {
    level,

    async setLevel(flowId, wanted) {
      if (wanted.level === 'info') await forgetLevel(sql, flowId);
      else {
        await sql.query(
          `insert into flow_log_level (flow_id, level, until, set_by) values ($1, $2, now() + make_interval(mins => $3), $4)
           on conflict (flow_id) do update set level = excluded.level, until = excluded.until, set_at = now(), set_by = excluded.set_by`,
          [flowId, wanted.level, wanted.minutes, wanted.by],
        );
      }
      return level(flowId);
    },

    async keptOf(messageId) {
      const rows = await sql.query<KeptPayloads & { attempt: number }>(
        `select attempt, max(level) as level, max(expires_at) as until from step_payload
          where message_id = $1 and expires_at > now() group by attempt`,
        [messageId],
      );
      return new Map(rows.map(({ attempt, level: kept, until }) => [attempt, { level: levelOf(kept), until }]));
    },

    async payloads(messageId, attempt) {
      const rows = await sql.query<PayloadRow>(
        `select position, from_position as "fromPosition", headers, properties, body_type as "bodyType", body,
                body_characters as "bodyCharacters", attachments, left_out as "leftOut"
           from step_payload where message_id = $1 and attempt = $2 and expires_at > now() order by position`,
        [messageId, attempt],
      );
      return rows.map(toPayload);
    },
  };
}

/** A flow that is stopped begins with Info the next time. */
export async function forgetLevel(sql: Sql, flowId: string): Promise<void> {
  await sql.query('delete from flow_log_level where flow_id = $1', [flowId]);
}

/** What nobody is shown any more. */
export async function removeExpiredPayloads(pool: Pool): Promise<void> {
  const sql = sqlOn(pool);
  await sql.query('delete from step_payload where expires_at <= now()');
  await sql.query('delete from flow_log_level where until <= now()');
}

function levelOf(stored: string): FlowLogLevel {
  return flowLogLevels.find((known) => known === stored) ?? 'info';
}
