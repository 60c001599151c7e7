import type { Pool } from 'pg';
import type { ErrorView } from '../../shared/errors.ts';
import type { ListedMail, MailHead } from '../ports/mailbox.ts';
import type { Ledger, LedgerScope, Overlap, Owed, Refused } from '../ports/runtime.ts';
import { lowestOpenId } from './log-counts.ts';
import { keyOf, openSelection } from './selection-store.ts';
import { json, requireLease, sqlOn, transaction, type Sql } from './sql.ts';

/** Minutes that the server is left in peace after it has refused to do what it is owed, by the number of refusals in a row. */
const minutesAfterRefusal = [1, 5, 15, 30];

/** What the ledger tells a poller, and what is owed to the server. Taking mails in is in `intake-store.ts`. */
export function openLedgerReads(pool: Pool): Omit<Ledger, 'takeIn'> {
  const sql = sqlOn(pool);
  return {
    ...openSelection(pool),

    async overlap(scope, uids) {
      const some = (where: string) => `exists (select 1 from ledger where channel_id = $1 and mailbox = $2 and epoch = $3 and ${where})`;
      const isDeleted = `settled_action = 'delete' and settled_at is not null`;
      const [row] = await sql.query<Overlap>(
        `select ${some('uid = any($4)')} as "isShared", ${some(`uid = any($4) and ${isDeleted}`)} as "isReused",
                ${some('settled_at is null')} as "isExpected", ${some('true')} as "isUsed"`,
        [...keyOf(scope), uids],
      );
      return row ?? { isShared: false, isReused: false, isExpected: false, isUsed: false };
    },

    renumber: (channelId, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        const [row] = await tx.query<{ epoch: number }>('update channel set epoch = epoch + 1 where id = $1 returning epoch', [channelId]);
        return row?.epoch ?? 1;
      }),

    async hasOtherScopes(scope) {
      const rows = await sql.query('select 1 from ledger where channel_id = $1 and (mailbox <> $2 or epoch <> $3) limit 1', keyOf(scope));
      return rows.length > 0;
    },

    fetchFailed: (scope, channel, mails, maxTries, error, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        const failed = await upsertFailing(tx, scope, mails);
        const exhausted = failed.filter((row) => row.tries >= maxTries);
        for (const row of exhausted) await quarantineUnread(tx, scope, channel, row, error, undefined);
        return exhausted.length;
      }),

    setAside: (scope, channel, mail, reason, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        for (const row of await upsertFailing(tx, scope, [mail]))
          await quarantineUnread(tx, scope, channel, row, reason, mail.head && clipped(mail.head));
      }),

    owed: (scope, limit, deleteAfterDays) =>
      sql.query<Owed>(
        `select id::float8 as "ledgerId", uid, case owed when 'delete-after-days' then 'delete' else owed end as action,
                mail_message_id as "messageId", listed_bytes::float8 as "listedBytes", content_hash as "contentHash", settle_started_at is not null as "isRepeat"
           from ledger
          where channel_id = $1 and mailbox = $2 and epoch = $3 and owed is not null
            and (settle_after is null or settle_after <= now())
            and (owed <> 'delete-after-days' or seen_at + $5 * interval '1 day' <= now())
          order by settle_error is not null, id limit $4`,
        [...keyOf(scope), limit, deleteAfterDays],
      ),

    refused: (scope) =>
      sql.query<Refused>(
        `select owed as action, count(*)::int as count, (array_agg(settle_error order by settle_after desc))[1] as error, min(settle_after) as "nextTryAt"
           from ledger
          where channel_id = $1 and mailbox = $2 and epoch = $3 and owed is not null and settle_after > now()
          group by owed order by owed`,
        keyOf(scope),
      ),

    beginSettling: (ledgerIds, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        await tx.query('update ledger set settle_started_at = now() where id = any($1::bigint[])', [ledgerIds]);
      }),

    settled: (results, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        await tx.query(
          `update ledger l
              set owed = case when r.error is null then null else owed end,
                  settled_at = case when r.error is null then now() end,
                  settled_action = case when r.error is not null then settled_action when owed = 'delete-after-days' then 'delete' else owed end,
                  settle_started_at = case when r.error is null then settle_started_at end,
                  settle_error = r.error,
                  settle_refusals = case when r."isRefused" then settle_refusals + 1 else 0 end,
                  settle_after = case when r."isRefused"
                                      then now() + ($2::int[])[least(settle_refusals + 1, ${minutesAfterRefusal.length})] * interval '1 minute' end
             from jsonb_to_recordset($1::jsonb) as r("ledgerId" bigint, error jsonb, "isRefused" boolean)
            where l.id = r."ledgerId"`,
          [json(results), minutesAfterRefusal],
        );
      }),

    async open(channelId) {
      const [row] = await sql.query<{ open: number }>(
        `select count(*)::int as open from message_log where id >= $2 and channel_id = $1 and status = 'PROCESSING'`,
        [channelId, await lowestOpenId(sql)],
      );
      return row?.open ?? 0;
    },
  };
}

/** Long enough for people; short enough for pages of a list, and for an index (2.7 KB). */
const maxHeadChars = 600;

export function clipped({ subject, from, to, messageId, date }: MailHead): MailHead {
  const clip = (text: string) => text.slice(0, maxHeadChars);
  return { subject: clip(subject), from: clip(from), to: clip(to), messageId: clip(messageId), date };
}

interface FailingRow {
  id: string;
  uid: string;
  tries: number;
  sizeBytes: number;
}

function upsertFailing(sql: Sql, scope: LedgerScope, mails: ListedMail[]): Promise<FailingRow[]> {
  return sql.query<FailingRow>(
    `insert into ledger as l (channel_id, mailbox, epoch, uid, state, size_bytes, fetch_tries)
     select $1, $2, $3, m.uid, 'failing', m."sizeBytes", 1
       from jsonb_to_recordset($4::jsonb) as m(uid text, "sizeBytes" bigint)
     on conflict (channel_id, mailbox, epoch, uid) do update
       set state = 'failing', fetch_tries = l.fetch_tries + 1, size_bytes = excluded.size_bytes where l.state in ('failing', 'skipped', 'read')
     returning id, uid, fetch_tries as tries, size_bytes::float8 as "sizeBytes"`,
    [...keyOf(scope), json(mails)],
  );
}

async function quarantineUnread(
  sql: Sql,
  scope: LedgerScope,
  channel: { id: string; flowId: string },
  row: FailingRow,
  reason: ErrorView,
  head: Pick<MailHead, 'subject' | 'from' | 'date'> | undefined,
): Promise<void> {
  await supersede(sql, scope, [{ listedBytes: row.sizeBytes, ...(head ? { head } : {}) }]);
  await sql.query(`update ledger set state = 'quarantined' where id = $1`, [row.id]);
  await sql.query(
    'insert into quarantine (channel_id, flow_id, ledger_id, reason, size_bytes, subject, "from", sent_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [channel.id, channel.flowId, row.id, json(reason), row.sizeBytes, head?.subject ?? '', head?.from ?? '', head?.date ?? null],
  );
}

/**
 * A mail that was set aside and left on the server has no bytes to be recognised by. When it is met again under another numbering,
 * by its size and by what is known of its head, its old line in the quarantine goes: nothing could be fetched by it any more.
 */
export async function supersede(
  sql: Sql,
  scope: LedgerScope,
  met: { listedBytes: number; head?: Pick<MailHead, 'subject' | 'from'> }[],
): Promise<void> {
  await sql.query(
    `with met as (select * from jsonb_to_recordset($4::jsonb) as m("listedBytes" bigint, subject text, "from" text)),
          old as (
            select q.id, q.ledger_id from quarantine q join ledger l on l.id = q.ledger_id
             where q.channel_id = $1 and q.settled_at is null and q.message_id is null and q.raw_hash is null
               and l.state = 'quarantined' and (l.mailbox <> $2 or l.epoch <> $3)
               and exists (select 1 from met m
                            where m."listedBytes" = q.size_bytes
                              and (q.subject = '' or m.subject is null or m.subject = q.subject)
                              and (q."from" = '' or m."from" is null or m."from" = q."from"))
               for update of q),
          gone as (update quarantine set settled_at = now() where id in (select id from old))
     update ledger set state = 'moved' where id in (select ledger_id from old)`,
    [...keyOf(scope), json(met.map(({ listedBytes, head }) => ({ listedBytes, subject: head?.subject, from: head?.from })))],
  );
}
