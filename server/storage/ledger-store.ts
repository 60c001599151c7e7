import type { Pool } from 'pg';
import type { ErrorView } from '../../shared/errors.ts';
import type { ListedMail } from '../ports/mailbox.ts';
import type { Ledger, LedgerScope, Overlap, Owed } from '../ports/runtime.ts';
import { json, requireLease, sqlOn, transaction, type Sql } from './sql.ts';

/** What the ledger tells a poller, and what is owed to the server. Taking mails in is in `intake-store.ts`. */
export function openLedgerReads(pool: Pool): Omit<Ledger, 'takeIn'> {
  const sql = sqlOn(pool);
  return {
    async fresh(scope, mails) {
      const rows = await sql.query<{ uid: string; tries: number; isFailing: boolean }>(
        `select uid, fetch_tries as tries, state = 'failing' as "isFailing" from ledger
          where channel_id = $1 and mailbox = $2 and epoch = $3 and uid = any($4)`,
        [...keyOf(scope), mails.map((mail) => mail.uid)],
      );
      const known = new Map(rows.map((row) => [row.uid, row]));
      return mails.flatMap((mail) => {
        const row = known.get(mail.uid);
        if (row && !row.isFailing) return [];
        return [{ ...mail, tries: row?.tries ?? 0 }];
      });
    },

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
        for (const row of exhausted) await quarantineUnread(tx, channel, row, error);
        return exhausted.length;
      }),

    setAside: (scope, channel, mail, reason, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        for (const row of await upsertFailing(tx, scope, [mail])) await quarantineUnread(tx, channel, row, reason);
      }),

    owed: (scope, limit) =>
      sql.query<Owed>(
        `select id::float8 as "ledgerId", uid, owed as action, mail_message_id as "messageId", settle_started_at is not null as "isRepeat"
           from ledger
          where channel_id = $1 and mailbox = $2 and epoch = $3 and owed is not null
          order by settle_error is not null, id limit $4`,
        [...keyOf(scope), limit],
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
                  settled_action = case when r.error is null then owed else settled_action end,
                  settle_started_at = case when r.error is null then settle_started_at end,
                  settle_error = r.error
             from jsonb_to_recordset($1::jsonb) as r("ledgerId" bigint, error jsonb)
            where l.id = r."ledgerId"`,
          [json(results)],
        );
      }),

    async open(channelId) {
      const [row] = await sql.query<{ open: number }>(
        `select count(*)::int as open from message_log where channel_id = $1 and status = 'PROCESSING'`,
        [channelId],
      );
      return row?.open ?? 0;
    },
  };
}

export function keyOf(scope: LedgerScope): string[] {
  return [scope.channelId, scope.mailbox, scope.epoch];
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
     on conflict (channel_id, mailbox, epoch, uid) do update set fetch_tries = l.fetch_tries + 1 where l.state = 'failing'
     returning id, uid, fetch_tries as tries, size_bytes::float8 as "sizeBytes"`,
    [...keyOf(scope), json(mails)],
  );
}

async function quarantineUnread(sql: Sql, channel: { id: string; flowId: string }, row: FailingRow, reason: ErrorView): Promise<void> {
  await sql.query(`update ledger set state = 'quarantined' where id = $1`, [row.id]);
  await sql.query('insert into quarantine (channel_id, flow_id, ledger_id, reason, size_bytes) values ($1, $2, $3, $4, $5)', [
    channel.id,
    channel.flowId,
    row.id,
    json(reason),
    row.sizeBytes,
  ]);
}
