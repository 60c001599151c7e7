import type { Pool } from 'pg';
import type { MessageStatus } from '../../shared/status.ts';
import type { Queue } from '../ports/engine.ts';
import type { MessageLog, MessageRow, RunStepRow } from '../ports/logs.ts';
import { readCursor, toPage } from './paging.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

const select = `
  select m.id, m.flow_id as "flowId", f.name as "flowName", m.version, m.status, m.subject, m."from", m."to", m.mail_message_id as "mailMessageId",
         m.size_bytes::float8 as "sizeBytes", m.received_at as "receivedAt", m.ended_at as "endedAt", m.attempt as attempts,
         m.next_attempt_at as "nextAttemptAt", m.error, m.channel_id as "channelId", m.node_id as "nodeId", m.sent_at as "sentAt", m.raw_hash as "rawHash",
         l.owed, l.settled_action as "settledAction", l.settle_error as "settleError"
    from message_log m
    join flow f on f.id = m.flow_id
    left join lateral (select owed, settled_action, settle_error from ledger where message_id = m.id order by id desc limit 1) l on true`;

type Selected = Omit<MessageRow, 'postProcessing'> & {
  owed: string | null;
  settledAction: string | null;
  settleError: MessageRow['postProcessing']['error'];
};

export function openMessageLog(pool: Pool, queue: Queue): MessageLog {
  const sql = sqlOn(pool);
  const get = async (id: string) => (await sql.query<Selected>(`${select} where m.id = $1`, [id])).map(toRow)[0];
  return {
    async list({ flowId, status, search }, page) {
      const after = readCursor(page);
      const rows = await sql.query<Selected>(
        `${select}
          where ($1::uuid is null or m.flow_id = $1)
            and ($2::text is null or m.status = $2)
            and ($3::text is null or m.subject ilike $3 or m."from" ilike $3 or m.mail_message_id ilike $3)
            and ($4::timestamptz is null or (m.received_at, m.id) < ($4, $5::uuid))
          order by m.received_at desc, m.id desc
          limit $6`,
        [flowId ?? null, status ?? null, search ? `%${escapeLike(search)}%` : null, after?.at ?? null, after?.id ?? null, page.limit + 1],
      );
      return toPage(rows, page.limit, (row) => ({ at: row.receivedAt, id: row.id }), toRow);
    },

    get,

    steps: (id) =>
      sql.query<RunStepRow>(
        `select attempt, position, node_id as "nodeId", name, type, outcome, started_at as "startedAt", ended_at as "endedAt", error, summary
           from run_step where message_id = $1 order by attempt desc, position`,
        [id],
      ),

    async counts(flowId) {
      const rows = await sql.query<{ flowId: string; status: MessageStatus; count: number }>(
        `select flow_id as "flowId", status, count(*)::int as count from message_log
          where ($1::uuid is null or flow_id = $1) group by flow_id, status`,
        [flowId ?? null],
      );
      const byFlow = new Map<string, Partial<Record<MessageStatus, number>>>();
      for (const { flowId, status, count } of rows) byFlow.set(flowId, { ...byFlow.get(flowId), [status]: count });
      return byFlow;
    },

    async rerun(id) {
      const isQueued = await transaction(pool, (tx) => rerunMessage(tx, queue, id));
      if (!isQueued) return undefined;
      queue.wake();
      return get(id);
    },

    async cancel(id) {
      const rows = await sql.query(
        `update message_log set status = 'CANCELLED', ended_at = now(), next_attempt_at = null where id = $1 and status in ('PROCESSING', 'RETRY') returning id`,
        [id],
      );
      return rows.length > 0 ? get(id) : undefined;
    },
  };
}

/** Only what ended badly: receivers that had succeeded are not called again, since their effects are kept. */
export async function rerunMessage(sql: Sql, queue: Queue, id: string): Promise<boolean> {
  // The quarantine first, as a release does: a person who retries and one who releases must not block each other.
  await sql.query('select 1 from quarantine where message_id = $1 and settled_at is null for update', [id]);
  const [row] = await sql.query<{ attempt: number; flowId: string }>(
    `update message_log m set status = 'PROCESSING', attempt = attempt + 1, tries = 1, ended_at = null, next_attempt_at = null, error = null
      where id = $1 and status in ('FAILED', 'CANCELLED') and exists (select 1 from flow f where f.id = m.flow_id and f.deleted_at is null)
      returning attempt, flow_id as "flowId"`,
    [id],
  );
  if (!row) return false;
  await sql.query('update quarantine set settled_at = now() where message_id = $1 and settled_at is null', [id]);
  await queue.add([{ messageId: id, ...row }], sql);
  return true;
}

function toRow({ owed, settledAction, settleError, ...row }: Selected): MessageRow {
  return { ...row, postProcessing: postProcessing(owed, settledAction, settleError) };
}

function postProcessing(owed: string | null, settledAction: string | null, error: Selected['settleError']): MessageRow['postProcessing'] {
  if (owed !== null) return { action: owed, state: error ? 'failed' : 'owed', error };
  if (settledAction !== null) return { action: settledAction, state: 'done', error: null };
  return { action: '', state: 'none', error: null };
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
