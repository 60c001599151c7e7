import { logLevelTable } from '../../shared/log-levels.ts';
import type { AttemptPayloads, StepPayload } from '../ports/trace.ts';

/** What is kept of the message at each step, on its way into the database and out of it. */

/** For a parameter of `insertPayloads`; null where nothing is kept. */
export function payloadRows(payloads: AttemptPayloads | undefined): object[] | null {
  if (!payloads) return null;
  const { level } = payloads;
  return payloads.steps.map(({ position, fromPosition, snapshot }) => ({
    position,
    fromPosition,
    headers: snapshot?.headers,
    properties: snapshot?.properties,
    bodyType: snapshot?.body?.contentType,
    body: snapshot?.body?.text,
    bodyCharacters: snapshot?.body?.characters,
    attachments: snapshot?.attachments,
    leftOut: snapshot ? (snapshot.leftOut ?? 0) : null,
    level,
    keepMinutes: logLevelTable[level].keepMinutes,
  }));
}

/** A common table expression that keeps payloads, given as JSON, of the messages in the expression `of`, which names their `attempt`. */
export function insertPayloads(of: string, payloads: string): string {
  return `payloads as (
    insert into step_payload (message_id, attempt, position, from_position, headers, properties, body_type, body, body_characters, attachments,
                              left_out, level, kept_at, expires_at)
    select o.id, o.of_attempt, p.position, p."fromPosition", p.headers, p.properties, p."bodyType", p.body, p."bodyCharacters", p.attachments,
           p."leftOut", p.level, now(), now() + make_interval(mins => p."keepMinutes")
      from ${of} o, jsonb_to_recordset(${payloads}) as p(position int, "fromPosition" int, headers jsonb, properties jsonb, "bodyType" text,
           body text, "bodyCharacters" int, attachments jsonb, "leftOut" int, level text, "keepMinutes" int)
    on conflict do nothing)`;
}

export interface PayloadRow {
  position: number;
  fromPosition: number | null;
  headers: Record<string, string> | null;
  properties: Record<string, unknown> | null;
  bodyType: string | null;
  body: string | null;
  bodyCharacters: number | null;
  attachments: NonNullable<StepPayload['snapshot']>['attachments'] | null;
  leftOut: number | null;
}

export function toPayload(row: PayloadRow): StepPayload {
  const { position, fromPosition, headers, properties, bodyType, body, bodyCharacters, attachments, leftOut } = row;
  if (leftOut === null) return { position, fromPosition, snapshot: null };
  const text = body ?? '';
  const characters = bodyCharacters ?? 0;
  return {
    position,
    fromPosition,
    snapshot: {
      leftOut,
      ...(headers ? { headers } : {}),
      ...(properties ? { properties } : {}),
      ...(bodyType === null ? {} : { body: { contentType: bodyType, text, characters, isCut: text.length < characters } }),
      ...(attachments ? { attachments } : {}),
    },
  };
}
