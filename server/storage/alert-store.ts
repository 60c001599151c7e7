import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { AlertNotice } from '../../shared/alert-schemas.ts';
import { alertTable, type AlertEvent } from '../../shared/alerts.ts';
import type { AlertRow, AlertStore, ClearingRules, Finding } from '../ports/alerts.ts';
import { readCursor, toPage } from './paging.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';

const columns = `id, kind, severity, message, remedy, error, flow_id as "flowId", node_id as "nodeId", name, count,
  opened_at as "openedAt", seen_at as "seenAt", cleared_at as "clearedAt", returns,
  acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy"`;

/** What one delivery holds at most; a mail server that is down may concern a thousand channels. */
const noticesPerDelivery = 100;

export function openAlertStore(pool: Pool): AlertStore {
  const sql = sqlOn(pool);
  return {
    async takeTurn(everyMs) {
      const [row] = await sql.query<{ turn: number }>(
        `insert into watch as w (id, turn, begun_at) values (1, 1, clock_timestamp())
         on conflict (id) do update set turn = w.turn + 1, begun_at = clock_timestamp()
           where w.begun_at <= clock_timestamp() - $1 * interval '1 ms'
         returning turn`,
        [everyMs],
      );
      return row?.turn;
    },

    apply: (turn, findings, rules) =>
      transaction(pool, async (tx) => {
        const current = await tx.query('select 1 from watch where id = 1 and turn = $1 for update', [turn]);
        if (current.length === 0) return undefined;
        const opened = await writeFindings(tx, findings, rules);
        const cleared = await clearUnseen(tx, rules);
        const toTell = await writeDeliveries(tx, cleared);
        await tx.query('update watch set checked_at = clock_timestamp() where id = 1');
        return { opened, cleared: cleared.length, toTell };
      }),

    async list(state, page) {
      if (state === 'open') {
        const rows = await sql.query<AlertRow>(
          `select ${columns} from alert where cleared_at is null order by acknowledged_at is not null, severity, opened_at desc, id limit 2000`,
        );
        return { items: rows, nextCursor: null };
      }
      const after = readCursor(page);
      const rows = await sql.query<AlertRow & { clearedAt: Date }>(
        `select ${columns} from alert
          where cleared_at is not null and ($1::timestamptz is null or (cleared_at, id) < ($1, $2::uuid))
          order by cleared_at desc, id desc limit $3`,
        [after?.at ?? null, after?.id ?? null, page.limit + 1],
      );
      return toPage(
        rows,
        page.limit,
        (row) => ({ at: row.clearedAt, id: row.id }),
        (row) => row,
      );
    },

    async state() {
      const [row] = await sql.query<{ open: number; checkedAt: Date | null }>(
        `select (select count(*)::int from alert where cleared_at is null) as open, (select checked_at from watch where id = 1) as "checkedAt"`,
      );
      return row ?? { open: 0, checkedAt: null };
    },

    async acknowledge(id, by) {
      const [row] = await sql.query<AlertRow>(
        `update alert set acknowledged_at = coalesce(acknowledged_at, now()), acknowledged_by = coalesce(acknowledged_by, $2)
          where id = $1 returning ${columns}`,
        [id, by],
      );
      return row;
    },
  };
}

/** Opens what is new and updates what is open already; returns how many were opened. */
async function writeFindings(sql: Sql, findings: Finding[], { flapWithinMs }: ClearingRules): Promise<number> {
  const values = findings.map((finding) => ({ ...finding, ...entryOf(finding) }));
  const written = await sql.query<{ isNew: boolean }>(
    `insert into alert as a (kind, subject, severity, message, remedy, error, flow_id, node_id, name, count, opened_at, seen_at, returns)
     select f.kind, f.subject, f.severity, f.message, f.remedy, f.error, f.flow_id, f.node_id, f.name, f.count, now(), now(),
            coalesce((select last.returns + 1 from alert last
                       where last.kind = f.kind and last.subject = f.subject and last.cleared_at > now() - $2 * interval '1 ms'
                       order by last.cleared_at desc limit 1), 0)
       from jsonb_to_recordset($1) as f (kind text, subject text, severity text, message text, remedy text, error jsonb,
                                         flow_id uuid, node_id text, name text, count int)
     on conflict (kind, subject) where cleared_at is null do update
       set message = excluded.message, remedy = excluded.remedy, error = excluded.error, count = excluded.count,
           node_id = excluded.node_id, seen_at = excluded.seen_at
     returning opened_at = seen_at as "isNew"`,
    [json(values), flapWithinMs],
  );
  return written.filter(({ isNew }) => isNew).length;
}

function entryOf({ kind, flowId, nodeId }: Finding) {
  const { severity, remedy } = alertTable[kind];
  return { severity, remedy, flow_id: flowId, node_id: nodeId };
}

/** Clears what has stayed away long enough: the longer, the more often it came back. Returns the ids. */
async function clearUnseen(sql: Sql, { clearAfterMs, clearAfterAtMostMs }: ClearingRules): Promise<string[]> {
  const cleared = await sql.query<{ id: string }>(
    `update alert set cleared_at = now()
      where cleared_at is null
        and seen_at <= now() - least($1::float8 * power(2, least(returns, 20)), $2::float8) * interval '1 ms'
      returning id`,
    [clearAfterMs, clearAfterAtMostMs],
  );
  return cleared.map(({ id }) => id);
}

interface ToTell {
  targetId: string;
  event: AlertEvent;
  id: string;
  notice: AlertNotice['alert'];
}

/**
 * Writes what targets have not been told yet. `alert_told` is read and written here only, and only in the transaction that holds the
 * turn, so each target hears once that an alert opened and once that it cleared.
 */
async function writeDeliveries(sql: Sql, clearedNow: string[]): Promise<number> {
  const news = await sql.query<ToTell>(
    `with fitting as (
       select a.*, t.id as target_id, t.remind_hours
         from alert_target t
         join alert a on a.cleared_at is null and a.acknowledged_at is null
          and (cardinality(t.kinds) = 0 or a.kind = any(t.kinds))
          and (t.least_severity = 'warning' or a.severity = 'error')
          and (cardinality(t.flow_ids) = 0 or a.flow_id = any(t.flow_ids))
          -- It would be told of its own failure when that is over.
          and not (a.kind = 'ALERTS_UNDELIVERED' and a.subject = t.id::text)
        where t.is_enabled),
     told as (
       insert into alert_told as told (alert_id, target_id, told_at)
       select id, target_id, now() from fitting
       on conflict (alert_id, target_id) do update set told_at = now()
         where told.told_at <= now() - (select f.remind_hours from fitting f where f.id = told.alert_id and f.target_id = told.target_id) * interval '1 hour'
       -- A row that was inserted has no older version of itself.
       returning alert_id, target_id, (xmax = 0) as is_first),
     cleared as (
       update alert_told told set cleared_at = now() from alert_target t
        where told.alert_id = any($1) and t.id = told.target_id and t.is_enabled and told.cleared_at is null
        returning told.alert_id, told.target_id),
     news as (
       select alert_id, target_id, case when is_first then 'opened' else 'reminder' end as event from told
       union all
       select alert_id, target_id, 'cleared' from cleared)
     select n.target_id as "targetId", n.event, a.id,
            jsonb_build_object('id', a.id, 'kind', a.kind, 'severity', a.severity, 'message', a.message, 'remedy', a.remedy, 'error', a.error,
                               'count', a.count, 'flowId', a.flow_id, 'openedAt', a.opened_at, 'clearedAt', a.cleared_at) as notice
       from news n join alert a on a.id = n.alert_id
      order by n.target_id, a.severity, a.opened_at, a.kind, a.subject`,
    [clearedNow],
  );
  const now = new Date().toISOString();
  for (const [targetId, told] of Map.groupBy(news, (one) => one.targetId)) {
    const notices = told.map(({ event, notice }): AlertNotice => ({ event, at: now, alert: noticed(notice) }));
    for (let at = 0; at < notices.length; at += noticesPerDelivery) {
      await sql.query('insert into alert_delivery (id, target_id, notices, created_at, next_try_at) values ($1, $2, $3, now(), now())', [
        randomUUID(),
        targetId,
        json(notices.slice(at, at + noticesPerDelivery)),
      ]);
    }
  }
  return news.length;
}

function noticed(alert: AlertNotice['alert']): AlertNotice['alert'] {
  const iso = (time: string) => new Date(time).toISOString();
  return {
    ...alert,
    title: alert.kind === 'TEST' ? 'Test' : alertTable[alert.kind].title,
    openedAt: iso(alert.openedAt),
    clearedAt: alert.clearedAt === null ? null : iso(alert.clearedAt),
  };
}
