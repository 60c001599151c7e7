import type { Pool } from 'pg';
import type { FlowDocument } from '../../shared/flow.ts';
import type { Queue } from '../ports/engine.ts';
import type { RunStepRow } from '../ports/logs.ts';
import type { ExchangeStart, ExchangeStore, RecordedEffect } from '../ports/runtime.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';
import { together } from './together.ts';

/** What an exchange reads and writes. Every write checks the attempt, so that an overtaken one changes nothing. */
export function openExchangeStore(pool: Pool, queue: Queue): ExchangeStore {
  const sql = sqlOn(pool);
  const begin = together((jobs: CurrentAttempt[]) => beginAll(sql, jobs));
  const recordEffect = together((effects: MadeEffect[]) => recordEffects(sql, effects));
  const end = together((ends: Ended[]) => endAll(sql, ends));
  return {
    async begin(messageId, attempt) {
      const start = await begin({ id: messageId, attempt });
      if (start?.status === 'RETRY' && !(await leaveRetry(sql, messageId, attempt))) return undefined;
      return start && toStart(start);
    },

    recordEffect: (messageId, attempt, effect) => recordEffect({ id: messageId, attempt, ...effect }),

    end: ({ messageId, ...rest }) => end({ id: messageId, ...rest }),

    async retry({ messageId, attempt, steps, error, nextAttemptAt }) {
      await transaction(pool, async (tx) => {
        const [moved] = await tx.query<{ flowId: string }>(
          `with waiting as (
             update message_log set status = 'RETRY', attempt = attempt + 1, tries = tries + 1, next_attempt_at = $3, error = $4
              where id = $1 and attempt = $2 and status = 'PROCESSING' returning id, flow_id),
           ${insertSteps('waiting', '$5::jsonb')}
           select flow_id as "flowId" from waiting`,
          [messageId, attempt, nextAttemptAt, json(error), json(steps)],
        );
        if (moved) await queue.add([{ messageId, attempt: attempt + 1, ...moved }], tx, nextAttemptAt);
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
         ${insertSteps('ended', '$4::jsonb')}
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

interface CurrentAttempt {
  id: string;
  attempt: number;
}

type Begun = Omit<ExchangeStart, 'raw' | 'origin'> & {
  rawHash: string;
  sizeBytes: number;
  status: string;
  uid: string | null;
  epoch: string | null;
};

/** In the order of `jobs`; undefined for those that are no longer current. */
async function beginAll(sql: Sql, jobs: CurrentAttempt[]): Promise<(Begun | undefined)[]> {
  const rows = await sql.query<Begun>(
    `select m.id as "messageId", m.channel_id as "channelId", m.flow_id as "flowId", f.name as "flowName", m.version, m.node_id as "nodeId", m.attempt, m.tries, m.status,
            m.received_at as "receivedAt", m.raw_hash as "rawHash", m.size_bytes::float8 as "sizeBytes", l.uid, l.epoch,
            coalesce((select jsonb_agg(jsonb_build_object('path', e.path, 'summary', e.summary, 'answer', e.answer))
                        from effect e where e.message_id = m.id), '[]') as effects
       from jsonb_to_recordset($1::jsonb) as job(id uuid, attempt int)
       join message_log m on m.id = job.id and m.attempt = job.attempt
       join flow f on f.id = m.flow_id
       left join ledger l on l.message_id = m.id
      where m.status in ('PROCESSING', 'RETRY')`,
    [json(jobs)],
  );
  const byId = new Map(rows.map((row) => [row.messageId, row]));
  return jobs.map((job) => byId.get(job.id));
}

function toStart({ uid, epoch, ...begun }: Begun): ExchangeStart {
  const origin = uid === null || epoch === null ? undefined : { uid, epoch, receivedAt: begun.receivedAt };
  return { ...begun, raw: { hash: begun.rawHash, sizeBytes: begun.sizeBytes }, origin };
}

type MadeEffect = CurrentAttempt & RecordedEffect;

/**
 * The calls were made: that is kept even where the attempt is no longer current, so that a later one doesn't repeat them.
 *
 * @returns whether each attempt is still current
 */
async function recordEffects(sql: Sql, effects: MadeEffect[]): Promise<boolean[]> {
  const current = await sql.query<{ id: string }>(
    `with made as (select * from jsonb_to_recordset($1::jsonb) as e(id uuid, attempt int, path text, summary text, answer jsonb)),
          done as (insert into effect (message_id, path, summary, answer) select id, path, summary, answer from made on conflict do nothing)
     select m.id from made join message_log m on m.id = made.id and m.attempt = made.attempt where m.status = 'PROCESSING'`,
    [json(effects)],
  );
  const ids = new Set(current.map((row) => row.id));
  return effects.map((effect) => ids.has(effect.id));
}

type Ended = CurrentAttempt & Pick<Parameters<ExchangeStore['end']>[0], 'status' | 'error' | 'owed' | 'steps'>;

async function endAll(sql: Sql, ends: Ended[]): Promise<void[]> {
  await sql.query(
    `with given as (
       select * from jsonb_to_recordset($1::jsonb) as g(id uuid, attempt int, status text, error jsonb, owed text, steps jsonb)),
     ended as (
       update message_log m set status = g.status, ended_at = now(), next_attempt_at = null, error = nullif(g.error, 'null')
         from given g where m.id = g.id and m.attempt = g.attempt and m.status = 'PROCESSING' returning m.id, g.owed, g.steps),
     owing as (
       update ledger l set owed = e.owed, owed_since = now()
         from ended e where l.message_id = e.id and e.owed is not null and l.owed is null and l.settled_at is null),
     ${insertSteps('ended', 'o.steps')}
     select 1`,
    [json(ends)],
  );
  return ends.map(() => undefined);
}

async function leaveRetry(sql: Sql, messageId: string, attempt: number): Promise<boolean> {
  const moved = await sql.query(
    `update message_log set status = 'PROCESSING', next_attempt_at = null where id = $1 and attempt = $2 and status = 'RETRY' returning id`,
    [messageId, attempt],
  );
  return moved.length > 0;
}

/** A common table expression that writes the run steps, given as JSON, of the messages in the expression `of`. */
function insertSteps(of: string, steps: string): string {
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
      from ${of} o, jsonb_to_recordset(${steps}) as s(${record})
    on conflict do nothing)`;
}
