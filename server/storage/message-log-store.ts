import type { Pool } from 'pg';
import type { Queue } from '../ports/engine.ts';
import type { MessageLog, MessageRow, RunStepRow } from '../ports/logs.ts';
import type { MailOrigin } from '../ports/mailbox.ts';
import { lockLines, startNext } from './line.ts';
import { chart, totals } from './log-counts.ts';
import { arrivalTime, messageIdAt } from './message-ids.ts';
import { idsAmong, listIds } from './message-list.ts';
import { findsPartsOfWords } from './message-search.ts';
import { toPage } from './paging.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';
import { stepCounts } from './step-counts.ts';

const select = `
  select m.id, m.flow_id as "flowId", f.name as "flowName", m.version, m.status, m.subject, m."from", m."to", m.mail_message_id as "mailMessageId",
         m.size_bytes::float8 as "sizeBytes", m.received_at as "receivedAt", m.ended_at as "endedAt", m.attempt as attempts,
         m.next_attempt_at as "nextAttemptAt", m.error, m.channel_id as "channelId", m.node_id as "nodeId", m.sent_at as "sentAt", m.raw_hash as "rawHash",
         m.is_waiting as "isWaiting", m.reruns, m.custom,
         m.status in ('PROCESSING', 'RETRY') and not exists (select 1 from deployment d where d.flow_id = m.flow_id and d.state <> 'Stopping') as "isHeld", m.repeat_of as "repeatOf",
         m.repeated_by as "repeatedBy",
         l.owed, l.settled_action as "settledAction", l.settle_error as "settleError", l.unread_again_at is not null as "isUnreadAgain",
         case when l.uid is not null then jsonb_build_object('mailbox', l.mailbox, 'epoch', l.epoch, 'uid', l.uid) end as origin
    from message_log m
    join flow f on f.id = m.flow_id
    left join lateral (select mailbox, epoch, uid, owed, settled_action, settle_error, unread_again_at from ledger where message_id = m.id order by id desc limit 1) l on true`;

type Selected = Omit<MessageRow, 'postProcessing'> & {
  owed: string | null;
  settledAction: string | null;
  settleError: MessageRow['postProcessing']['error'];
};

export function openMessageLog(pool: Pool, queue: Queue): MessageLog {
  const sql = sqlOn(pool);
  let hasParts: boolean | undefined;
  const get = async (id: string) => (await sql.query<Selected>(`${select} where m.id = $1`, [id])).map(toRow)[0];
  return {
    async list(filter, page) {
      hasParts ??= await findsPartsOfWords(sql);
      const ids = await listIds(sql, filter, page, hasParts);
      const rows = await sql.query<Selected>(`${select} where m.id = any($1::uuid[]) order by array_position($1::uuid[], m.id)`, [ids]);
      return toPage(rows, page.limit, (row) => ({ at: row.receivedAt, id: row.id }), toRow);
    },

    async count(filter, most) {
      hasParts ??= await findsPartsOfWords(sql);
      return (await listIds(sql, filter, { limit: most - 1, cursor: undefined }, hasParts)).length;
    },

    async among(ids, filter) {
      hasParts ??= await findsPartsOfWords(sql);
      const rows = await sql.query<Selected>(`${select} where m.id = any($1::uuid[]) order by m.received_at desc, m.id desc`, [
        await idsAmong(sql, ids, filter, hasParts),
      ]);
      return rows.map(toRow);
    },

    get,

    async originOf(id) {
      const [origin] = await sql.query<MailOrigin>(
        `select l.uid, l.epoch, coalesce(l.flags, '{}') as flags, l.arrived_at as "arrivedAt", m.received_at as "receivedAt"
           from message_log m join ledger l on l.message_id = m.id where m.id = $1 order by l.id desc limit 1`,
        [id],
      );
      return origin;
    },

    steps: (id) =>
      sql.query<RunStepRow>(
        `select attempt, position, node_id as "nodeId", name, type, outcome, started_at as "startedAt", ended_at as "endedAt", error, summary,
                idempotency_key as "idempotencyKey", edge_id as "edgeId", port
           from run_step where message_id = $1 order by attempt desc, position`,
        [id],
      ),

    stepCounts: (deployment, limit) => stepCounts(sql, deployment, limit),

    counts: (flowId) => totals(sql, flowId),

    chart: (wanted) => chart(sql, wanted),

    async processAgain(id) {
      const repeat = await transaction(pool, (tx) => repeatMessage(tx, queue, id));
      if (repeat === undefined) return undefined;
      queue.wake();
      return get(repeat);
    },
  };
}

/** The mail's row in the ledger passes to the new message: what that one owes is told to the server when it has ended. */
async function repeatMessage(sql: Sql, queue: Queue, id: string): Promise<string | undefined> {
  const [channel] = await sql.query<{ id: string; isInOrder: boolean }>(
    'select c.id, c.is_in_order as "isInOrder" from message_log m join channel c on c.id = m.channel_id where m.id = $1',
    [id],
  );
  if (!channel) return undefined;
  if (channel.isInOrder) await lockLines(sql, [channel.id]);
  const arrivedAt = await arrivalTime(sql);
  const [repeat] = await sql.query<{ messageId: string; attempt: number; flowId: string }>(
    `with again as (
       update ledger l set message_id = $2, unread_again_at = null, owed = null, settle_started_at = null, settled_at = null,
              settled_action = null, settle_error = null, settle_refusals = 0, settle_after = null
         from message_log m join flow f on f.id = m.flow_id
        where l.message_id = $1 and m.id = $1 and l.unread_again_at is not null and f.deleted_at is null
          and m.status in ('COMPLETED', 'ESCALATED', 'DISCARDED')
       returning l.message_id),
     repeated as (update message_log set repeated_by = $2 where id = $1 and exists (select 1 from again))
     insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, sent_at, size_bytes, raw_hash,
                              received_at, repeat_of, line, is_waiting)
     select a.message_id, c.flow_id, c.version, c.id, c.node_id, 'PROCESSING', m.subject, m."from", m."to", m.mail_message_id, m.sent_at, m.size_bytes,
            m.raw_hash, $3::timestamptz, m.id, case when c.is_in_order then nextval('message_line') end, c.is_in_order
       from again a, message_log m join channel c on c.id = m.channel_id where m.id = $1
     returning id as "messageId", attempt, flow_id as "flowId"`,
    [id, messageIdAt(arrivedAt), arrivedAt],
  );
  if (!repeat) return undefined;
  if (channel.isInOrder) await startNext(sql, queue, [channel.id]);
  else await queue.add([repeat], sql);
  return repeat.messageId;
}

function toRow({ owed, settledAction, settleError, ...row }: Selected): MessageRow {
  return { ...row, postProcessing: postProcessing(owed, settledAction, settleError) };
}

function postProcessing(owed: string | null, settledAction: string | null, error: Selected['settleError']): MessageRow['postProcessing'] {
  if (owed !== null) return { action: owed, state: error ? 'failed' : 'owed', error };
  if (settledAction !== null) return { action: settledAction, state: 'done', error: null };
  return { action: '', state: 'none', error: null };
}
