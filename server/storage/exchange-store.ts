import type { Pool } from 'pg';
import type { ErrorView } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { fillIn, type ParameterValues } from '../../shared/parameters.ts';
import type { Queue } from '../ports/engine.ts';
import type { RunStepRow } from '../ports/logs.ts';
import type { ExchangeStart, ExchangeStore, RecordedEffect } from '../ports/runtime.ts';
import { lockLines, startNext } from './line.ts';
import { insertPayloads, payloadRows } from './payload-rows.ts';
import { persistently } from './persistently.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';
import { together } from './together.ts';

/** Exchanges that end together make room for as many, which then begin together. A call that was made is recorded at once. */
const gatherMs = 10;

/** What an exchange reads and writes. Every write checks the attempt, so that an overtaken one changes nothing. */
export function openExchangeStore(pool: Pool, queue: Queue): ExchangeStore {
  const sql = sqlOn(pool);
  const begin = together((jobs: CurrentTurn[]) => beginAll(sql, jobs));
  const recordEffect = together((effects: MadeEffect[]) => recordEffects(sql, effects));
  const end = together((ends: Ended[]) => endAll(sql, ends), { gatherMs });
  const endInLine = async (messageId: string, work: (tx: Sql) => Promise<unknown>) => {
    await transaction(pool, async (tx) => {
      const channels = await channelsOf(tx, messageId);
      await lockLines(tx, channels);
      await work(tx);
      await startNext(tx, queue, channels);
    });
    queue.wake();
  };
  return {
    async begin(messageId, attempt, turn = 0) {
      const start = await begin({ id: messageId, attempt, turn });
      if (start?.status === 'RETRY' && !(await leaveRetry(sql, messageId, attempt))) return undefined;
      return start && toStart(start);
    },

    recordEffect: (messageId, attempt, effect) => persistently(() => recordEffect({ id: messageId, attempt, ...effect })),

    async end({ messageId, isInLine, ...rest }) {
      const ended = { id: messageId, ...rest };
      if (isInLine) await endInLine(messageId, (tx) => endAll(tx, [ended]));
      else await end(ended);
    },

    async retry({ messageId, attempt, steps, payloads, error, nextAttemptAt, setbacks }) {
      const kept = payloadRows(payloads);
      await transaction(pool, async (tx) => {
        const [moved] = await tx.query<{ flowId: string }>(
          `with waiting as (
             update message_log set status = 'RETRY', attempt = attempt + 1, turn = 0, next_attempt_at = $3, error = $4, setbacks = $6
              where id = $1 and attempt = $2 and status = 'PROCESSING' returning id, flow_id, $2::int as of_attempt),
           ${kept ? `${insertPayloads('waiting', '$7::jsonb')},` : ''}
           ${insertSteps('waiting', '$5::jsonb')}
           select flow_id as "flowId" from waiting`,
          [messageId, attempt, nextAttemptAt, json(error), json(steps), json(setbacks), ...(kept ? [json(kept)] : [])],
        );
        if (moved) await queue.add([{ messageId, attempt: attempt + 1, ...moved }], tx, nextAttemptAt);
      });
    },

    async comeAgain({ messageId, attempt, steps, payloads, at, setbacks, isLogged }) {
      const kept = isLogged ? payloadRows(payloads) : null;
      await transaction(pool, async (tx) => {
        const [moved] = await tx.query<{ flowId: string; attempt: number; turn: number }>(
          `with waiting as (
             update message_log set attempt = attempt + $3, turn = case when $3 = 0 then turn + 1 else 0 end, setbacks = $4
              where id = $1 and attempt = $2 and status = 'PROCESSING' returning id, flow_id, attempt, turn, $2::int as of_attempt),
           ${kept ? `${insertPayloads('waiting', '$6::jsonb')},` : ''}
           ${insertSteps('waiting', '$5::jsonb')}
           select flow_id as "flowId", attempt, turn from waiting`,
          [messageId, attempt, isLogged ? 1 : 0, json(setbacks), json(isLogged ? steps : []), ...(kept ? [json(kept)] : [])],
        );
        if (moved) await queue.add([{ messageId, ...moved }], tx, at);
      });
    },

    async current(attempts) {
      const rows = await sql.query<{ id: string; attempt: number }>(
        `select id, attempt from message_log where id = any($1::uuid[]) and status in ('PROCESSING', 'RETRY')`,
        [attempts.map(({ messageId }) => messageId)],
      );
      const byId = new Map(rows.map((row) => [row.id, row.attempt]));
      return attempts.map(({ messageId, attempt }) => byId.get(messageId) === attempt);
    },

    async noteHeaders({ messageId, attempt, headers }) {
      await sql.query('update message_log set custom = $3 where id = $1 and attempt = $2 and custom is distinct from $3::jsonb', [
        messageId,
        attempt,
        json(headers),
      ]);
    },

    async keepSteps({ messageId, attempt, steps, payloads }) {
      const kept = payloadRows(payloads);
      await sql.query(
        `with cut as (select id, $2::int as of_attempt from message_log where id = $1 and attempt = $2 and status = 'CANCELLED'),
              ${kept ? `${insertPayloads('cut', '$4::jsonb')},` : ''}
              ${insertSteps('cut', '$3::jsonb')} select 1`,
        [messageId, attempt, json(steps), ...(kept ? [json(kept)] : [])],
      );
    },

    async deployedVersions(flowIds) {
      const rows = await sql.query<{ flowId: string; version: number }>(
        'select flow_id as "flowId", version from deployment where flow_id = any($1::uuid[])',
        [flowIds],
      );
      return new Map(rows.map(({ flowId, version }) => [flowId, version]));
    },

    async quarantine({ messageId, isInLine, ...rest }) {
      const end = { id: messageId, ...rest };
      if (isInLine) await endInLine(messageId, (tx) => quarantineMessage(tx, end));
      else await quarantineMessage(sql, end);
    },

    async version(flowId, version) {
      const [row] = await sql.query<{ document: FlowDocument; values: ParameterValues }>(
        'select document, parameter_values as values from flow_version where flow_id = $1 and version = $2',
        [flowId, version],
      );
      return row && fillIn(row.document, row.values);
    },
  };
}

async function channelsOf(sql: Sql, messageId: string): Promise<string[]> {
  const rows = await sql.query<{ channelId: string }>('select channel_id as "channelId" from message_log where id = $1', [messageId]);
  return rows.map((row) => row.channelId);
}

async function quarantineMessage(sql: Sql, { id, attempt, steps, payloads, error }: Omit<Ended, 'status' | 'owed'>): Promise<void> {
  const kept = payloadRows(payloads);
  await sql.query(
    `with ended as (
       update message_log set status = 'FAILED', ended_at = now(), next_attempt_at = null, error = $3
        where id = $1 and attempt = $2 and status = 'PROCESSING' returning *, $2::int as of_attempt),
     owing as (${owe(`select id, null as owed, status from ended`)}),
     aside as (
       insert into quarantine (channel_id, flow_id, ledger_id, message_id, reason, subject, "from", sent_at, size_bytes, raw_hash)
       select e.channel_id, e.flow_id, l.id, e.id, $3, e.subject, e."from", e.sent_at, e.size_bytes, e.raw_hash
         from ended e join ledger l on l.message_id = e.id),
     ${kept ? `${insertPayloads('ended', '$5::jsonb')},` : ''}
     ${insertSteps('ended', '$4::jsonb')}
     select 1`,
    [id, attempt, json(error), json(steps), ...(kept ? [json(kept)] : [])],
  );
}

interface CurrentAttempt {
  id: string;
  attempt: number;
}

interface CurrentTurn extends CurrentAttempt {
  turn: number;
}

type Begun = Omit<ExchangeStart, 'raw' | 'origin'> & {
  rawHash: string;
  sizeBytes: number;
  status: string;
  uid: string | null;
  epoch: string | null;
  flags: string[] | null;
  arrivedAt: Date | null;
};

/** Given beside the ids in the JSON, so that the log is read only in the days that they are of. */
const idsOf = (jobs: CurrentAttempt[]) => jobs.map((job) => job.id);

/** In the order of `jobs`; undefined for those that are no longer current. */
async function beginAll(sql: Sql, jobs: CurrentTurn[]): Promise<(Begun | undefined)[]> {
  const rows = await sql.prepared<Begun>(
    'begin exchanges',
    `select m.id as "messageId", m.channel_id as "channelId", m.flow_id as "flowId", f.name as "flowName", m.version, m.node_id as "nodeId", m.attempt, m.round, coalesce(m.rounds, '{}') as rounds, m.setbacks, m.status,
            m.received_at as "receivedAt", m.raw_hash as "rawHash", m.size_bytes::float8 as "sizeBytes", m.line is not null as "isInLine", coalesce(v.level, 'info') as "logLevel",
            l.uid, l.epoch, l.flags, l.arrived_at as "arrivedAt",
            coalesce((select jsonb_agg(jsonb_build_object('path', e.path, 'summary', e.summary, 'answer', e.answer))
                        from effect e where e.message_id = m.id and e.message_id = any($2::uuid[])), '[]') as effects
       from jsonb_to_recordset($1::jsonb) as job(id uuid, attempt int, turn int)
       join message_log m on m.id = job.id and m.attempt = job.attempt and m.turn = job.turn and m.id = any($2::uuid[])
       join flow f on f.id = m.flow_id
       left join ledger l on l.message_id = m.id
       left join flow_log_level v on v.flow_id = m.flow_id and v.until > now()
      where m.status in ('PROCESSING', 'RETRY')`,
    [json(jobs), idsOf(jobs)],
  );
  const byId = new Map(rows.map((row) => [row.messageId, row]));
  return jobs.map((job) => byId.get(job.id));
}

function toStart({ uid, epoch, flags, arrivedAt, ...begun }: Begun): ExchangeStart {
  const origin = uid === null || epoch === null ? undefined : { uid, epoch, flags: flags ?? [], arrivedAt, receivedAt: begun.receivedAt };
  return { ...begun, raw: { hash: begun.rawHash, sizeBytes: begun.sizeBytes }, origin };
}

type MadeEffect = CurrentAttempt & RecordedEffect;

/**
 * The calls were made: that is kept even where the attempt is no longer current, so that a later one doesn't repeat them.
 *
 * @returns whether each attempt is still current
 */
async function recordEffects(sql: Sql, effects: MadeEffect[]): Promise<boolean[]> {
  const current = await sql.prepared<{ id: string }>(
    'record effects',
    `with made as (select * from jsonb_to_recordset($1::jsonb) as e(id uuid, attempt int, path text, summary text, answer jsonb)),
          done as (insert into effect (message_id, path, summary, answer) select id, path, summary, answer from made on conflict do nothing)
     select m.id from made join message_log m on m.id = made.id and m.attempt = made.attempt and m.id = any($2::uuid[]) where m.status = 'PROCESSING'`,
    [json(effects), idsOf(effects)],
  );
  const ids = new Set(current.map((row) => row.id));
  return effects.map((effect) => ids.has(effect.id));
}

/**
 * A statement that writes what ended messages owe to the mail server, given as rows `id, owed, status`. Whatever has been told or is owed
 * stays as it is, except that a mail which was only marked as read can still be moved when its message fails.
 */
export function owe(ended: string): string {
  return `update ledger l set owed = coalesce(e.owed, l.on_failure), owed_since = now(), settled_at = null, settle_error = null
       from (${ended}) e
      where l.message_id = e.id
        and (   (e.owed is not null and l.owed is null and l.settled_at is null)
             or (e.owed is null and e.status in ('FAILED', 'CANCELLED') and l.on_failure is not null
                 and coalesce(l.owed, l.settled_action, 'mark-read') = 'mark-read'))`;
}

type Ended = CurrentAttempt &
  Pick<Parameters<ExchangeStore['end']>[0], 'status' | 'owed' | 'steps' | 'payloads'> & { error: ErrorView | null };

async function endAll(sql: Sql, ends: Ended[]): Promise<void[]> {
  const given = ends.map(({ payloads, ...end }) => ({ ...end, payloads: payloadRows(payloads) }));
  // At Info, which is nearly always, nothing is kept, and nothing is done for it.
  const keepsPayloads = given.some(({ payloads }) => payloads !== null);
  await sql.prepared(
    keepsPayloads ? 'end exchanges with payloads' : 'end exchanges',
    `with given as (
       select * from jsonb_to_recordset($1::jsonb) as g(id uuid, attempt int, status text, error jsonb, owed text, steps jsonb, payloads jsonb)),
     ended as (
       update message_log m set status = g.status, ended_at = now(), next_attempt_at = null, error = nullif(g.error, 'null')
         from given g where m.id = g.id and m.id = any($2::uuid[]) and m.attempt = g.attempt and m.status = 'PROCESSING'
        returning m.id, m.status, g.owed, g.steps, g.attempt as of_attempt, coalesce(nullif(g.payloads, 'null'), '[]') as payloads),
     owing as (${owe('select id, owed, status from ended')}),
     ${keepsPayloads ? `${insertPayloads('ended', 'o.payloads')},` : ''}
     ${insertSteps('ended', 'o.steps')}
     select 1`,
    [json(given), idsOf(ends)],
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
    idempotencyKey: 'text',
    edgeId: 'text',
    port: 'text',
  };
  const record = Object.entries(types)
    .map(([name, type]) => `"${name}" ${type}`)
    .join(', ');
  return `steps as (
    insert into run_step (message_id, attempt, position, node_id, name, type, outcome, started_at, ended_at, error, summary, idempotency_key, edge_id, port)
    select o.id, s.attempt, s.position, s."nodeId", s.name, s.type, s.outcome, s."startedAt", s."endedAt", s.error, s.summary, s."idempotencyKey", s."edgeId", s.port
      from ${of} o, jsonb_to_recordset(${steps}) as s(${record})
    on conflict do nothing)`;
}
