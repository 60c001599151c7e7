import type { Pool } from 'pg';
import type { FlowDocument } from '../../shared/flow.ts';
import type { Queue, RunStepRow } from '../ports.ts';
import type { ExchangeStart, ExchangeStore, RecordedEffect } from '../runtime-ports.ts';
import { json, jsonOrNull, sqlOn, transaction, type Sql } from './sql.ts';

/** What an exchange reads and writes. Every write checks the attempt, so that an overtaken one changes nothing. */
export function openExchangeStore(pool: Pool, queue: Queue): ExchangeStore {
  const sql = sqlOn(pool);
  return {
    async begin(messageId, attempt) {
      const [row] = await sql.query<
        Omit<ExchangeStart, 'raw'> & { rawHash: string; sizeBytes: number; status: string; effects: RecordedEffect[] | null }
      >(
        `select m.id as "messageId", m.flow_id as "flowId", f.name as "flowName", m.version, m.node_id as "nodeId", m.attempt, m.tries, m.status,
                m.received_at as "receivedAt", m.raw_hash as "rawHash", m.size_bytes::float8 as "sizeBytes",
                (select jsonb_agg(jsonb_build_object('path', e.path, 'summary', e.summary, 'answer', e.answer)) from effect e where e.message_id = m.id) as effects
           from message_log m join flow f on f.id = m.flow_id
          where m.id = $1 and m.attempt = $2 and m.status in ('PROCESSING', 'RETRY')`,
        [messageId, attempt],
      );
      if (!row) return undefined;
      if (row.status === 'RETRY' && !(await leaveRetry(sql, messageId, attempt))) return undefined;
      const { rawHash, sizeBytes, status: _, effects, ...start } = row;
      return { ...start, raw: { hash: rawHash, sizeBytes }, effects: effects ?? [] };
    },

    async recordEffect(messageId, attempt, { path, summary, answer }) {
      const rows = await sql.query(
        // The call was made: that is kept even where the attempt is no longer current, so that a later one doesn't repeat it.
        `with done as (insert into effect (message_id, path, summary, answer) values ($1, $3, $4, $5) on conflict do nothing)
         select 1 from message_log where id = $1 and attempt = $2 and status = 'PROCESSING'`,
        [messageId, attempt, path, summary, json(answer)],
      );
      return rows.length > 0;
    },

    async end({ messageId, attempt, steps, status, error, owed }) {
      await sql.query(
        `with ended as (
           update message_log set status = $3, ended_at = now(), next_attempt_at = null, error = $4
            where id = $1 and attempt = $2 and status = 'PROCESSING' returning id),
         owing as (
           update ledger set owed = $5, owed_since = now()
            where message_id in (select id from ended) and $5::text is not null and owed is null and settled_at is null),
         ${insertSteps('ended', 6)}
         select 1`,
        [messageId, attempt, status, jsonOrNull(error), owed, json(steps)],
      );
    },

    async retry({ messageId, attempt, steps, error, nextAttemptAt }) {
      await transaction(pool, async (tx) => {
        const moved = await tx.query(
          `with waiting as (
             update message_log set status = 'RETRY', attempt = attempt + 1, tries = tries + 1, next_attempt_at = $3, error = $4
              where id = $1 and attempt = $2 and status = 'PROCESSING' returning id),
           ${insertSteps('waiting', 5)}
           select id from waiting`,
          [messageId, attempt, nextAttemptAt, json(error), json(steps)],
        );
        if (moved.length > 0) await queue.add([{ messageId, attempt: attempt + 1 }], tx, nextAttemptAt);
      });
    },

    async quarantine({ messageId, attempt, steps, error }) {
      await sql.query(
        `with ended as (
           update message_log set status = 'FAILED', ended_at = now(), next_attempt_at = null, error = $3
            where id = $1 and attempt = $2 and status = 'PROCESSING' returning *),
         aside as (
           insert into quarantine (channel_id, flow_id, ledger_id, message_id, reason, subject, "from", size_bytes, raw_hash)
           select e.channel_id, e.flow_id, l.id, e.id, $3, e.subject, e."from", e.size_bytes, e.raw_hash
             from ended e join ledger l on l.message_id = e.id),
         ${insertSteps('ended', 4)}
         select 1`,
        [messageId, attempt, json(error), json(steps)],
      );
    },

    async version(flowId, version) {
      const [row] = await sql.query<{ document: FlowDocument }>('select document from flow_version where flow_id = $1 and version = $2', [
        flowId,
        version,
      ]);
      return row?.document;
    },
  };
}

async function leaveRetry(sql: Sql, messageId: string, attempt: number): Promise<boolean> {
  const moved = await sql.query(
    `update message_log set status = 'PROCESSING', next_attempt_at = null where id = $1 and attempt = $2 and status = 'RETRY' returning id`,
    [messageId, attempt],
  );
  return moved.length > 0;
}

/** A common table expression that writes the run steps of the message in the expression `of`. */
function insertSteps(of: string, parameter: number): string {
  const types: Record<keyof RunStepRow, string> = {
    attempt: 'int',
    position: 'int',
    nodeId: 'text',
    name: 'text',
    type: 'text',
    outcome: 'text',
    startedAt: 'timestamptz',
    endedAt: 'timestamptz',
    error: 'jsonb',
    summary: 'text',
  };
  const record = Object.entries(types)
    .map(([name, type]) => `"${name}" ${type}`)
    .join(', ');
  return `steps as (
    insert into run_step (message_id, attempt, position, node_id, name, type, outcome, started_at, ended_at, error, summary)
    select o.id, s.attempt, s.position, s."nodeId", s.name, s.type, s.outcome, s."startedAt", s."endedAt", s.error, s.summary
      from ${of} o, jsonb_to_recordset($${parameter}::jsonb) as s(${record})
    on conflict do nothing)`;
}
