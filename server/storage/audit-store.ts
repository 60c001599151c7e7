import type { Pool } from 'pg';
import type { AuditActor, AuditLog, AuditRow, AuditSubject } from '../ports/audit.ts';
import { arrivalTime, messageIdAt } from './message-ids.ts';
import { readCursor, toPage } from './paging.ts';
import { sqlOn, transaction } from './sql.ts';

/** Lines are kept this long, then removed a part at a time. */
export const auditDays = 400;
const removedAtOnce = 1_000;

export function openAuditLog(pool: Pool): AuditLog {
  const sql = sqlOn(pool);
  return {
    async begin({ actor, address, requestId, action, subject }) {
      const at = await arrivalTime(sql);
      const id = messageIdAt(at);
      await sql.query(
        `insert into audit (id, at, actor_kind, actor_id, actor_name, role, address, request_id, action, subject_kind, subject_id, subject_name, flow_id, outcome)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'begun')`,
        [id, at, actor.kind, actor.id, actor.name, actor.role, address, requestId, action, ...subjectValues(subject)],
      );
      return id;
    },

    async end(id, { outcome, code, subject, before, after }) {
      const [kind, subjectId, name, flowId] = subject ? subjectValues(subject) : [];
      await sql.query(
        `update audit set ended_at = clock_timestamp(), outcome = $2, code = $3, before = $4, after = $5, subject_kind = coalesce($6, subject_kind),
                subject_id = coalesce($7, subject_id), subject_name = coalesce($8, subject_name), flow_id = coalesce($9, flow_id)
          where id = $1 and outcome = 'begun'`,
        [id, outcome, code, asJson(before), asJson(after), kind ?? null, subjectId ?? null, name ?? null, flowId ?? null],
      );
    },

    async list(filter, page) {
      const cursor = readCursor(page);
      const rows = await sql.query<Stored>(
        `select a.id, a.at, a.ended_at as "endedAt", a.actor_kind as "actorKind", a.actor_id as "actorId", a.actor_name as "actorName", a.role,
                a.address, a.request_id as "requestId", a.action, a.subject_kind as "subjectKind", a.subject_id as "subjectId",
                coalesce(nullif(a.subject_name, ''), f.name, '') as "subjectName", a.flow_id as "flowId", a.outcome, a.code, a.before, a.after
           from audit a left join flow f on f.id = a.flow_id
          where ($1::timestamptz is null or a.at >= $1) and ($2::timestamptz is null or a.at < $2)
            and ($3::text is null or position(lower($3) in lower(a.actor_name)) > 0)
            and ($4::text is null or a.action = $4)
            and ($5::text is null or a.subject_kind = $5)
            and ($6::text is null or position(lower($6) in lower(a.subject_id || ' ' || a.subject_name || ' ' || coalesce(f.name, ''))) > 0)
            and ($7::uuid is null or a.flow_id = $7)
            and ($8::text is null or a.outcome = $8)
            and ($9::timestamptz is null or (a.at, a.id) < ($9, $10::uuid))
          order by a.at desc, a.id desc
          limit $11`,
        [
          filter.from ?? null,
          filter.to ?? null,
          filter.actor ?? null,
          filter.action ?? null,
          filter.subjectKind ?? null,
          filter.subject ?? null,
          filter.flowId ?? null,
          filter.outcome ?? null,
          cursor?.at ?? null,
          cursor?.id ?? null,
          page.limit + 1,
        ],
      );
      return toPage(rows, page.limit, ({ at, id }) => ({ at, id }), toRow);
    },
  };
}

/** Removes lines that are older than `auditDays`. @returns how many */
export async function removeOldAudit(pool: Pool, signal: AbortSignal): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    const part = await transaction(pool, async (tx) => {
      await tx.query(`set local mailroom.audit_retention = 'on'`);
      return tx.query(
        `delete from audit where id in (select id from audit where at < now() - make_interval(days => $1) order by at limit $2) returning id`,
        [auditDays, removedAtOnce],
      );
    });
    removed += part.length;
    if (part.length < removedAtOnce) break;
  }
  return removed;
}

function subjectValues({ kind, id, name, flowId }: AuditSubject): [string, string, string, string | null] {
  return [kind, id, name, flowId];
}

function asJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

interface Stored extends Omit<AuditRow, 'actor' | 'subject'> {
  actorKind: AuditActor['kind'];
  actorId: string;
  actorName: string;
  role: AuditActor['role'];
  subjectKind: string;
  subjectId: string;
  subjectName: string;
  flowId: string | null;
}

function toRow({ actorKind, actorId, actorName, role, subjectKind, subjectId, subjectName, flowId, ...row }: Stored): AuditRow {
  return {
    ...row,
    actor: { kind: actorKind, id: actorId, name: actorName, role },
    subject: { kind: subjectKind, id: subjectId, name: subjectName, flowId },
  };
}
