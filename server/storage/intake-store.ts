import type { Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import { headIdPrefix } from '../ports/mailbox.ts';
import type { Queue } from '../ports/engine.ts';
import type { IntakeBatch, IntakeMail, IntakeResult, Ledger } from '../ports/runtime.ts';
import { clipped, openLedgerReads, supersede } from './ledger-store.ts';
import { lockLines, startNext } from './line.ts';
import { arrivalTime, messageIdAt } from './message-ids.ts';
import { keyOf } from './selection-store.ts';
import { json, requireLease, transaction, type Sql } from './sql.ts';

/** The ledger with intake: the one transaction after which a mail is ours. */
export function openLedger(pool: Pool, queue: Queue): Ledger {
  return {
    ...openLedgerReads(pool),
    async takeIn(batch) {
      const result = await transaction(pool, (sql) => takeIn(sql, queue, batch));
      if (result.taken.length > 0) queue.wake();
      return result;
    },
  };
}

/** A mail of the batch with the id its message will have. */
type Candidate = IntakeMail & { messageId: string };

async function takeIn(sql: Sql, queue: Queue, batch: IntakeBatch): Promise<IntakeResult> {
  await requireLease(sql, batch.fence);
  if (batch.channel.isInOrder) await lockLines(sql, [batch.channel.id]);
  const arrivedAt = await arrivalTime(sql);
  const mails = batch.mails.map((mail, index) => ({ ...mail, head: clipped(mail.head), messageId: messageIdAt(arrivedAt, index) }));
  await referBlobs(sql, mails);

  const earlier = await earlierSights(sql, batch, mails);
  const known = new Map<Candidate, string>();
  for (const mail of mails) {
    const earlierId = earlier.same.get(mail.raw.hash)?.shift();
    if (earlierId !== undefined) known.set(mail, earlierId);
  }
  const others = mails.filter((mail) => !known.has(mail));
  const held = others.filter((mail) => !earlier.same.has(mail.raw.hash) && earlier.similar.has(similarity(mail.head)));
  const fresh = others.filter((mail) => !held.includes(mail));

  await recogniseKnown(sql, batch, known);
  await hold(sql, batch, held);
  const taken = await takeFresh(sql, batch, fresh, arrivedAt);
  if (fresh.length > 0) await supersede(sql, batch.scope, fresh);
  if (batch.channel.isInOrder) await startNext(sql, queue, [batch.channel.id]);
  else
    await queue.add(
      taken.map((messageId) => ({ messageId, attempt: 1, flowId: batch.channel.flowId })),
      sql,
    );
  return { taken, known: known.size + fresh.length - taken.length, held: held.length };
}

/** Locks the blobs' rows against the collector and takes its mark off. Sorted, so that two intakes can't block each other. */
async function referBlobs(sql: Sql, mails: Candidate[]): Promise<void> {
  const sizes = new Map(mails.map((mail) => [mail.raw.hash, mail.raw.sizeBytes]));
  const rows = [...sizes].map(([hash, sizeBytes]) => ({ hash, sizeBytes })).sort((a, b) => (a.hash < b.hash ? -1 : 1));
  await sql.query(
    `insert into blob (hash, size_bytes)
     select hash, "sizeBytes" from jsonb_to_recordset($1::jsonb) as b(hash text, "sizeBytes" bigint)
     on conflict (hash) do update set marked_at = null`,
    [json(rows)],
  );
}

interface Sight {
  id: string;
  hash: string | null;
  messageId: string;
  from: string;
  date: string | null;
  /** Under another mailbox or numbering. */
  isElsewhere: boolean;
}

interface EarlierSights {
  /** content hash → ledger ids of the same bytes, those deleted on the server last, then oldest first; each is one mail */
  same: Map<string, string[]>;
  /** Message-ID, Date and From of mails under another numbering */
  similar: Set<string>;
}

/**
 * Mails of this channel that were taken under another mailbox or numbering (UIDVALIDITY, host, user or protocol changed).
 * Under the same numbering equal bytes are a new mail: somebody sent the same thing twice. Except where a mail had no id of
 * its own, now or then: what tells it from others is its content.
 */
async function earlierSights(sql: Sql, { scope }: IntakeBatch, mails: Candidate[]): Promise<EarlierSights> {
  const rows = await sql.query<Sight>(
    `select id, content_hash as hash, mail_message_id as "messageId", mail_from as "from", mail_date as date,
            (mailbox <> $2 or epoch <> $3) as "isElsewhere"
       from ledger
      where channel_id = $1 and state in ('taken', 'known', 'held', 'discarded')
        and (mailbox <> $2 or epoch <> $3 or uid like '${headIdPrefix}%' or content_hash = any($6))
        and (content_hash = any($4) or (mail_message_id <> '' and mail_message_id = any($5)))
      order by settled_action is not distinct from 'delete', id`,
    [
      ...keyOf(scope),
      mails.map((mail) => mail.raw.hash),
      mails.map((mail) => mail.head.messageId),
      mails.filter(hasHeadId).map((mail) => mail.raw.hash),
    ],
  );
  const same = Map.groupBy(rows, (row) => row.hash ?? '');
  return {
    same: new Map([...same].map(([hash, sights]) => [hash, sights.map((row) => row.id)])),
    similar: new Set(rows.filter((row) => row.isElsewhere && row.messageId !== '').map(similarity)),
  };
}

const hasHeadId = ({ uid }: IntakeMail) => uid.startsWith(headIdPrefix);

function similarity({ messageId, date, from }: { messageId: string; date: string | null; from: string }): string {
  return messageId === '' ? '' : JSON.stringify([messageId, date, from]);
}

/** The row under the new numbering takes over what the old one owed, and the decision that a person still has to make. */
async function recogniseKnown(sql: Sql, batch: IntakeBatch, known: Map<Candidate, string>): Promise<void> {
  for (const [mail, earlierId] of known) {
    const [row] = await insertLedger(sql, batch, [mail], 'known');
    if (!row) continue;
    await sql.query(
      `with before as (select id, message_id, owed, on_failure, state, seen_at, settled_at, settled_action from ledger where id = $1 for update),
            moved as (update ledger l set state = 'moved', message_id = null, owed = null, unread_again_at = null from before b where l.id = b.id),
            decision as (update quarantine set ledger_id = $2 where ledger_id = $1 and settled_at is null)
       update ledger l
          set message_id = b.message_id, owed = b.owed, owed_since = case when b.owed is null then null else now() end, on_failure = b.on_failure,
              seen_at = b.seen_at,
              settled_at = case when b.settled_action is distinct from 'delete' then b.settled_at end,
              settled_action = case when b.settled_action is distinct from 'delete' then b.settled_action end,
              state = case b.state when 'held' then 'held' else l.state end
         from before b where l.id = $2`,
      [earlierId, row.id],
    );
  }
}

/** Looks like a mail taken before, but its bytes differ: a person decides, its raw bytes are kept. */
async function hold(sql: Sql, batch: IntakeBatch, mails: Candidate[]): Promise<void> {
  for (const mail of mails) {
    const [row] = await insertLedger(sql, batch, [mail], 'held');
    if (!row) continue;
    const reason = new FlowError('MAIL_RENUMBERED_DIFFERS', { subject: mail.head.subject }).view();
    const { subject, from, date } = mail.head;
    await sql.query(
      `insert into quarantine (channel_id, flow_id, ledger_id, reason, subject, "from", sent_at, size_bytes, raw_hash)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [batch.channel.id, batch.channel.flowId, row.id, json(reason), subject, from, date, mail.raw.sizeBytes, mail.raw.hash],
    );
  }
}

/** @returns ids of the messages that now exist; a mail that another transaction took first is left out */
async function takeFresh(sql: Sql, batch: IntakeBatch, mails: Candidate[], arrivedAt: Date): Promise<string[]> {
  const inserted = new Set((await insertLedger(sql, batch, mails, 'taken')).map((row) => row.uid));
  const taken = mails.filter((mail) => inserted.has(mail.uid));
  await sql.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, sent_at, size_bytes, raw_hash, received_at,
                              line, is_waiting)
     select m.id, $1, $2, $3, $4, 'PROCESSING', m.subject, m."from", m."to", m."messageId", m.date, m."sizeBytes", m.hash, $7::timestamptz,
            case when $6 then nextval('message_line') end, $6
       from jsonb_to_recordset($5::jsonb)
         as m(id uuid, subject text, "from" text, "to" text, "messageId" text, date text, "sizeBytes" bigint, hash text)`,
    [
      batch.channel.flowId,
      batch.channel.version,
      batch.channel.id,
      batch.channel.nodeId,
      json(taken.map(flatten)),
      batch.channel.isInOrder,
      arrivedAt,
    ],
  );
  return taken.map((mail) => mail.messageId);
}

function flatten(mail: Candidate) {
  return { id: mail.messageId, ...mail.head, sizeBytes: mail.raw.sizeBytes, hash: mail.raw.hash };
}

function insertLedger(
  sql: Sql,
  batch: IntakeBatch,
  mails: Candidate[],
  state: 'taken' | 'known' | 'held',
): Promise<{ id: string; uid: string }[]> {
  const rows = mails.map(({ uid, messageId, raw, head, listedBytes, flags = [], arrivedAt }) => ({
    uid,
    message: messageId,
    ...head,
    sizeBytes: raw.sizeBytes,
    hash: raw.hash,
    listedBytes,
    flags,
    arrivedAt,
  }));
  const isTaken = state === 'taken';
  return sql.query(
    `insert into ledger as l (channel_id, mailbox, epoch, uid, state, message_id, content_hash, mail_message_id, mail_from, mail_date, size_bytes,
                              listed_bytes, flags, arrived_at, owed, owed_since, on_failure)
     select $1, $2, $3, m.uid, $4, case when $5 then m.message end, m.hash, m."messageId", m."from", m.date, m."sizeBytes",
            m."listedBytes", m.flags, m."arrivedAt", case when $5 then $6::text end, case when $5 and $6::text is not null then now() end, $8
       from jsonb_to_recordset($7::jsonb) as m(uid text, message uuid, hash text, "messageId" text, "from" text, date text, "sizeBytes" bigint,
                                               "listedBytes" bigint, flags text[], "arrivedAt" timestamptz)
     on conflict (channel_id, mailbox, epoch, uid) do update
       set state = excluded.state, message_id = excluded.message_id, content_hash = excluded.content_hash, mail_message_id = excluded.mail_message_id,
           mail_from = excluded.mail_from, mail_date = excluded.mail_date, size_bytes = excluded.size_bytes, listed_bytes = excluded.listed_bytes,
           flags = excluded.flags, arrived_at = excluded.arrived_at, seen_at = now(),
           owed = excluded.owed, owed_since = excluded.owed_since, on_failure = excluded.on_failure
       where l.state in ('failing', 'skipped', 'read')
     returning id, uid`,
    [...keyOf(batch.scope), state, isTaken, batch.owed, json(rows), batch.onFailure],
  );
}
