import type { Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { MessageStatus } from '../../shared/status.ts';
import type { Queue } from '../ports/engine.ts';
import type { Answered, Reruns, RerunWish } from '../ports/reruns.ts';
import { owe } from './exchange-store.ts';
import { lockLineOf, startNext } from './line.ts';
import { jsonOrNull, transaction, type Sql } from './sql.ts';

/** Messages that a person runs again or cancels. */
export function openReruns(pool: Pool, queue: Queue): Reruns {
  /** One after the other, so that one that is refused holds back none of the others. */
  async function each(ids: string[], work: (sql: Sql, id: string) => Promise<FlowError | undefined>): Promise<Answered[]> {
    const answers: Answered[] = [];
    for (const id of ids) {
      const refusal = await transaction(pool, (tx) => work(tx, id));
      answers.push({ id, refusal });
    }
    if (answers.some(({ refusal }) => !refusal)) queue.wake();
    return answers;
  }

  return {
    rerun: (ids, wish) => each(ids, (tx, id) => rerunMessage(tx, queue, id, wish)),
    cancel: (ids) => each(ids, (tx, id) => cancelMessage(tx, queue, id)),
  };
}

/** The log of one message tells of so many runs; of older ones it keeps the attempts. */
const keptReruns = 100;

const fromFailed: readonly MessageStatus[] = ['FAILED', 'CANCELLED'];
const fromStart: readonly MessageStatus[] = [...fromFailed, 'COMPLETED', 'ESCALATED', 'DISCARDED'];

/** @returns why it can't be; undefined when it is queued */
export async function rerunMessage(sql: Sql, queue: Queue, id: string, wish: RerunWish): Promise<FlowError | undefined> {
  const line = await lockLineOf(sql, id);
  // The quarantine first, as a release does: a person who retries and one who releases must not block each other.
  await sql.query('select 1 from quarantine where message_id = $1 and settled_at is null for update', [id]);
  const before = await lockMessage(sql, id, wish.version);
  const refusal = whyNotRerun(id, before, wish) ?? (before && (await whyNotFrom(sql, id, before, wish)));
  if (refusal || !before) return refusal;
  const { round, rounds } = roundsAfter(before, wish);

  const [row] = await sql.query<{ attempt: number; flowId: string }>(
    `update message_log m
        set status = 'PROCESSING', attempt = attempt + 1, turn = 0, round = $2, rounds = $7, setbacks = '{}', ended_at = null, next_attempt_at = null,
            error = null, is_waiting = line is not null, version = $6,
            reruns = (case when jsonb_array_length(reruns) < $5 then reruns else reruns - 0 end) || jsonb_build_object(
              'attempt', attempt + 1, 'at', now(), 'by', $3::text, 'from', $4::text, 'nodeId', $8::text, 'version', $6::int, 'previousVersion', m.version)
      where m.id = $1
     returning m.attempt, m.flow_id as "flowId"`,
    [id, round, wish.by, wish.from, keptReruns, before.version, rounds, wish.nodeId ?? null],
  );
  if (!row) return undefined;
  await sql.query('update quarantine set settled_at = now() where message_id = $1 and settled_at is null', [id]);
  // It has not failed for good after all. What the server has been told stays done.
  if (fromFailed.includes(before.status))
    await sql.query(`update ledger set owed = null, settle_error = null, settle_after = null where message_id = $1 and owed = on_failure`, [
      id,
    ]);
  if (line.length > 0) await startNext(sql, queue, line);
  else await queue.add([{ messageId: id, ...row }], sql);
  return undefined;
}

interface Locked {
  status: MessageStatus;
  flowId: string;
  flowName: string;
  isFlowDeleted: boolean;
  /** That it is to run on. */
  version: number;
  round: number;
  rounds: Record<string, number> | null;
}

async function lockMessage(sql: Sql, id: string, version: RerunWish['version'] = 'same'): Promise<Locked | undefined> {
  const [row] = await sql.query<Locked>(
    `select m.status, m.flow_id as "flowId", f.name as "flowName", f.deleted_at is not null as "isFlowDeleted", m.round, m.rounds,
            case when $2 then coalesce((select d.version from deployment d where d.flow_id = m.flow_id),
                                       (select max(v.version) from flow_version v where v.flow_id = m.flow_id)) else m.version end as version
       from message_log m join flow f on f.id = m.flow_id where m.id = $1 for update of m`,
    [id, version === 'newest'],
  );
  return row;
}

function whyNotRerun(id: string, message: Locked | undefined, { from }: RerunWish): FlowError | undefined {
  if (!message) return new FlowError('NOT_FOUND', { what: 'message', id });
  const { status, flowName, isFlowDeleted } = message;
  if (isFlowDeleted) return new FlowError('FLOW_DELETED', { flow: flowName });
  if (!fromStart.includes(status)) return new FlowError('MESSAGE_NOT_RERUNNABLE', { status });
  return from === 'failed' && !fromFailed.includes(status) ? new FlowError('MESSAGE_NOTHING_FAILED', { status }) : undefined;
}

/** A message goes on only from where it has been, and where it will come to. */
async function whyNotFrom(sql: Sql, id: string, { flowId, version }: Locked, { from, nodeId }: RerunWish): Promise<FlowError | undefined> {
  if (from !== 'step') return undefined;
  const [found] = await sql.query<{ name: string | null; isDrawn: boolean }>(
    `select (select max(s.name) from run_step s where s.message_id = $1 and s.node_id = $2) as name,
            exists (select 1 from flow_version v, jsonb_array_elements(v.document -> 'nodes') n
                     where v.flow_id = $3 and v.version = $4 and n ->> 'id' = $2) as "isDrawn"`,
    [id, nodeId ?? '', flowId, version],
  );
  if (found?.isDrawn && found.name !== null) return undefined;
  return new FlowError('MESSAGE_STEP_UNKNOWN', { step: found?.name ?? nodeId ?? '', version });
}

/** The next number after all that there were: calls from there on are other calls. */
function roundsAfter({ round, rounds }: Locked, { from, nodeId }: RerunWish): { round: number; rounds: string | null } {
  const next = Math.max(round, ...Object.values(rounds ?? {})) + 1;
  if (from === 'start') return { round: next, rounds: null };
  return { round, rounds: jsonOrNull(from === 'step' && nodeId !== undefined ? { ...rounds, [nodeId]: next } : rounds) };
}

/** @returns why it can't be; undefined when it is cancelled */
export async function cancelMessage(sql: Sql, queue: Queue, id: string): Promise<FlowError | undefined> {
  const line = await lockLineOf(sql, id);
  const [ended] = await sql.query(
    `with ended as (
       update message_log set status = 'CANCELLED', ended_at = now(), next_attempt_at = null, is_waiting = false
        where id = $1 and status in ('PROCESSING', 'RETRY') returning id, status),
     owing as (${owe('select id, null as owed, status from ended')})
     select id from ended`,
    [id],
  );
  if (ended) {
    await startNext(sql, queue, line);
    return undefined;
  }
  const message = await lockMessage(sql, id);
  return message ? new FlowError('MESSAGE_ENDED', { status: message.status }) : new FlowError('NOT_FOUND', { what: 'message', id });
}
