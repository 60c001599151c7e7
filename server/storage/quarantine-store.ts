import type { Pool } from 'pg';
import type { Queue } from '../ports/engine.ts';
import type { QuarantineRow, QuarantineStore } from '../ports/logs.ts';
import { lockLines, startNext } from './line.ts';
import { arrivalTime, messageIdAt } from './message-ids.ts';
import { rerunMessage } from './rerun-store.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

const select = `
  select q.id, q.flow_id as "flowId", f.name as "flowName", q.message_id as "messageId", q.reason, q.subject, q."from",
         q.size_bytes::float8 as "sizeBytes", q.sent_at as "sentAt", q.since, q.raw_hash as "rawHash"
    from quarantine q join flow f on f.id = q.flow_id
   where q.settled_at is null`;

export function openQuarantineStore(pool: Pool, queue: Queue): QuarantineStore {
  const sql = sqlOn(pool);
  return {
    list: () => sql.query<QuarantineRow>(`${select} order by q.since desc limit 500`),

    async count() {
      const [row] = await sql.query<{ count: number }>(
        'select count(*)::int as count from quarantine q join flow f on f.id = q.flow_id where q.settled_at is null',
      );
      return row?.count ?? 0;
    },

    get: async (id) => (await sql.query<QuarantineRow>(`${select} and q.id = $1`, [id]))[0],

    async release(id) {
      const isReleased = await transaction(pool, (tx) => releaseMail(tx, queue, id));
      if (isReleased) queue.wake();
      return isReleased;
    },

    discard: (id) => transaction(pool, (tx) => discardMail(tx, id)),
  };
}

interface SetAside {
  ledgerId: string;
  messageId: string | null;
  rawHash: string | null;
}

/** Of two who decide at once, the second finds nothing. */
async function takeUp(sql: Sql, id: string): Promise<SetAside | undefined> {
  const [row] = await sql.query<SetAside>(
    `select ledger_id as "ledgerId", message_id as "messageId", raw_hash as "rawHash"
       from quarantine where id = $1 and settled_at is null for update`,
    [id],
  );
  return row;
}

async function settle(sql: Sql, id: string): Promise<void> {
  await sql.query('update quarantine set settled_at = now() where id = $1', [id]);
}

/** @returns whether it was there */
export async function discardMail(sql: Sql, id: string): Promise<boolean> {
  const row = await takeUp(sql, id);
  if (!row) return false;
  await sql.query(`update ledger set state = 'discarded' where id = $1`, [row.ledgerId]);
  await settle(sql, id);
  return true;
}

/** It stays set aside when it can't run again, such as after its flow was deleted. */
export async function releaseMail(sql: Sql, queue: Queue, id: string): Promise<boolean> {
  // The line first, as everybody else who changes one.
  const lines = await sql.query<{ channelId: string }>(
    `select c.id as "channelId" from quarantine q join channel c on c.id = q.channel_id
      where q.id = $1 and (c.is_in_order or exists (select 1 from message_log m where m.id = q.message_id and m.line is not null))`,
    [id],
  );
  await lockLines(
    sql,
    lines.map((row) => row.channelId),
  );
  const row = await takeUp(sql, id);
  if (!row || !(await letRun(sql, queue, row))) return false;
  await settle(sql, id);
  return true;
}

/** A mail that a person has let in may be as large as the largest limit a channel can have. */
const mostBytes = 1_000 * 1024 * 1024;

/** A mail with a message runs again; one held with its bytes becomes a message; one left on the server is fetched again. */
async function letRun(sql: Sql, queue: Queue, { messageId, rawHash, ledgerId }: SetAside): Promise<boolean> {
  if (messageId) {
    const refusal = await rerunMessage(sql, queue, messageId, { from: 'failed', version: 'same', by: 'a release from quarantine' });
    return refusal === undefined;
  }
  if (rawHash) return takeHeld(sql, queue, ledgerId);
  await sql.query(`update ledger set state = 'failing', fetch_tries = 0, allowed_bytes = $2 where id = $1`, [ledgerId, mostBytes]);
  await sql.query(`update channel c set next_poll_at = now() from ledger l where l.id = $1 and c.id = l.channel_id and c.is_active`, [
    ledgerId,
  ]);
  return true;
}

async function takeHeld(sql: Sql, queue: Queue, ledgerId: string): Promise<boolean> {
  const arrivedAt = await arrivalTime(sql);
  const messageId = messageIdAt(arrivedAt);
  const [taken] = await sql.query<{ flowId: string; channelId: string; isInLine: boolean }>(
    `with held as (update ledger set state = 'taken', message_id = $2 where id = $1 and state = 'held' returning *)
     insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, sent_at, size_bytes, raw_hash, received_at,
                              line, is_waiting)
     select $2, c.flow_id, c.version, c.id, c.node_id, 'PROCESSING', q.subject, q."from", '', h.mail_message_id, h.mail_date, h.size_bytes, q.raw_hash, $3::timestamptz,
            case when c.is_in_order then nextval('message_line') end, c.is_in_order
       from held h join channel c on c.id = h.channel_id join quarantine q on q.ledger_id = h.id and q.raw_hash is not null
      limit 1
     returning flow_id as "flowId", channel_id as "channelId", is_waiting as "isInLine"`,
    [ledgerId, messageId, arrivedAt],
  );
  if (taken?.isInLine) await startNext(sql, queue, [taken.channelId]);
  else if (taken) await queue.add([{ messageId, attempt: 1, flowId: taken.flowId }], sql);
  return taken !== undefined;
}
