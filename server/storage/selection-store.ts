import type { Pool } from 'pg';
import type { ListedMail } from '../ports/mailbox.ts';
import type { Beginning, Fence, FreshMail, Ledger, LedgerScope, Sights } from '../ports/runtime.ts';
import { json, requireLease, sqlOn, transaction, type Sql } from './sql.ts';

/** What the ledger knows of the mails of a listing: which are new, and which are left out, and why. */

type Selection = Pick<
  Ledger,
  'begin' | 'sights' | 'knownOf' | 'wanted' | 'forget' | 'leaveOut' | 'readBefore' | 'rememberRead' | 'rememberUnreadAgain' | 'offers'
>;

/** How many ids one statement takes. */
const chunkIds = 10_000;
/** Asked for one by one beside the listing. */
const maxWanted = 1_000;
/** Of the mails that a person read first, the newest are remembered. */
export const maxRead = 1_000;

const inScope = 'channel_id = $1 and mailbox = $2 and epoch = $3';
export const keyOf = (scope: LedgerScope): string[] => [scope.channelId, scope.mailbox, scope.epoch];

export function openSelection(pool: Pool): Selection {
  const sql = sqlOn(pool);
  return {
    begin: async (scope, first, fence) =>
      (await beginning(sql, scope)) ?? (await transaction(pool, (tx) => begin(tx, scope, first, fence))),

    async sights(scope, mails, beginning, headSearch) {
      if (mails.length === 0) return sightsOf([], new Map(), beginning, headSearch);
      const rows = await sql.query<LedgerSight>(
        `select uid, state, fetch_tries as tries, allowed_bytes::float8 as "allowedBytes", skipped_by as "skippedBy"
           from ledger where ${inScope} and uid = any($4)`,
        [...keyOf(scope), mails.map((mail) => mail.uid)],
      );
      return sightsOf(mails, new Map(rows.map((row) => [row.uid, row])), beginning, headSearch);
    },

    async knownOf(scope, uids) {
      const rows = await sql.query<{ uid: string }>(
        `select uid from ledger where ${inScope} and uid = any($4) and state not in ('failing', 'read', 'skipped')`,
        [...keyOf(scope), uids],
      );
      return new Set(rows.map((row) => row.uid));
    },

    async wanted(scope) {
      const rows = await sql.query<{ uid: string }>(
        `select uid from ledger where ${inScope} and state = 'failing' order by id limit ${maxWanted}`,
        keyOf(scope),
      );
      return rows.map((row) => row.uid);
    },

    async forget(scope, uids, fence) {
      await transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        await tx.query(`delete from ledger where ${inScope} and state = 'failing' and uid = any($4)`, [...keyOf(scope), uids]);
      });
    },

    async leaveOut(scope, mails, why, fence) {
      if (mails.length === 0) return;
      await transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        await insertLeftOut(tx, scope, mails, why.state, why.state === 'skipped' ? why.by : null);
      });
    },

    async readBefore(scope) {
      const [row] = await sql.query<{ fromUid: number; uids: string[] }>(
        `select coalesce(looked_at_uid, first_uid, 1)::float8 as "fromUid",
                array(select uid from ledger where ${inScope} and state = 'read') as uids
           from numbering where ${inScope}`,
        keyOf(scope),
      );
      return row ?? { fromUid: 1, uids: [] };
    },

    rememberRead: (scope, uids, lookedAtUid, fence) =>
      transaction(pool, async (tx) => {
        await requireLease(tx, fence);
        return await rememberRead(tx, scope, uids, lookedAtUid);
      }),

    async rememberUnreadAgain(scope, unread, fence) {
      const isUnreadAgain = `uid = any($4) and state in ('taken', 'known') and settled_action = 'mark-read' and settled_at is not null and message_id is not null`;
      const rows = await sql.query<{ id: string; isNow: boolean; wasBefore: boolean }>(
        `select id, coalesce(${isUnreadAgain}, false) as "isNow", unread_again_at is not null as "wasBefore"
           from ledger where ${inScope} and (unread_again_at is not null or (${isUnreadAgain}))`,
        [...keyOf(scope), unread],
      );
      const changed = rows.filter((row) => row.isNow !== row.wasBefore);
      if (changed.length > 0) {
        await transaction(pool, async (tx) => {
          await requireLease(tx, fence);
          await tx.query(
            'update ledger set unread_again_at = case when unread_again_at is null then now() end where id = any($1::bigint[])',
            [changed.map((row) => row.id)],
          );
        });
      }
      return rows.filter((row) => row.isNow).length;
    },

    async offers(scope) {
      const [row] = await sql.query<{ readElsewhere: number; unreadAgain: number }>(
        `select (select count(*)::int from ledger where ${inScope} and state = 'read') as "readElsewhere",
                (select count(*)::int from ledger where ${inScope} and unread_again_at is not null) as "unreadAgain"`,
        keyOf(scope),
      );
      return row ?? { readElsewhere: 0, unreadAgain: 0 };
    },
  };
}

async function beginning(sql: Sql, scope: LedgerScope): Promise<Beginning | undefined> {
  const [row] = await sql.query<Beginning>(
    `select c.started_at as "startedAt", c.leaves_out_before as "leavesOutBefore", n.is_first as "isFirst", n.first_uid::float8 as "firstUid"
       from numbering n join channel c on c.id = n.channel_id
      where n.channel_id = $1 and n.mailbox = $2 and n.epoch = $3 and c.started_at is not null`,
    keyOf(scope),
  );
  return row;
}

/** One transaction: a channel that ends in the middle of it has not begun. */
async function begin(sql: Sql, scope: LedgerScope, first: Parameters<Ledger['begin']>[1], fence: Fence): Promise<Beginning> {
  await requireLease(sql, fence);
  // A channel that has a ledger began under a version that did not write it down: it goes on where it was.
  const started = await sql.query<{ leavesOutBefore: boolean }>(
    `update channel c set started_at = now(), leaves_out_before = $2 = 'new' and not exists (select 1 from ledger l where l.channel_id = c.id)
      where id = $1 and started_at is null returning leaves_out_before as "leavesOutBefore"`,
    [scope.channelId, first.startWith],
  );
  await sql.query(
    `insert into numbering (channel_id, mailbox, epoch, is_first, first_uid, looked_at_uid) values ($1, $2, $3, $4, $5, $5) on conflict do nothing`,
    [...keyOf(scope), started.length > 0, first.nextUid],
  );
  if (started[0]?.leavesOutBefore && first.nextUid === null) {
    const uids = first.uids();
    for (let at = 0; at < uids.length; at += chunkIds) {
      const mails = uids.slice(at, at + chunkIds).map((uid) => ({ uid, sizeBytes: 0 }));
      await insertLeftOut(sql, scope, mails, 'before', null);
    }
  }
  const begun = await beginning(sql, scope);
  if (!begun) throw new Error('a numbering that was written is not there');
  return begun;
}

async function insertLeftOut(sql: Sql, scope: LedgerScope, mails: ListedMail[], state: 'before' | 'skipped', skippedBy: string | null) {
  await sql.query(
    `insert into ledger as l (channel_id, mailbox, epoch, uid, state, size_bytes, skipped_by)
     select $1, $2, $3, m.uid, $4, m."sizeBytes", $5 from jsonb_to_recordset($6::jsonb) as m(uid text, "sizeBytes" bigint)
     on conflict (channel_id, mailbox, epoch, uid) do update set state = excluded.state, skipped_by = excluded.skipped_by
       where l.state in ('skipped', 'read')`,
    [...keyOf(scope), state, skippedBy, json(mails.map(({ uid, sizeBytes }) => ({ uid, sizeBytes })))],
  );
}

interface LedgerSight {
  uid: string;
  state: string;
  tries: number;
  allowedBytes: number | null;
  skippedBy: string | null;
}

function sightsOf(mails: ListedMail[], rows: Map<string, LedgerSight>, beginning: Beginning, headSearch: string | null): Sights {
  const { leavesOutBefore, isFirst, firstUid } = beginning;
  const sights: Sights = { fresh: [], known: 0, beforeStart: 0, skippedBySearch: 0 };
  for (const mail of mails) {
    const row = rows.get(mail.uid);
    // Known a moment ago: whatever a person did since is seen at the next listing, with its size.
    if (mail.isKnown && row?.state !== 'before') sights.known += 1;
    else if (row) countSight(sights, mail, row, headSearch);
    else if (leavesOutBefore && isFirst && firstUid !== null && Number(mail.uid) < firstUid) sights.beforeStart += 1;
    else sights.fresh.push({ ...mail, tries: 0, isDecided: headSearch === null });
  }
  return sights;
}

function countSight(sights: Sights, mail: ListedMail, row: LedgerSight, headSearch: string | null): void {
  if (row.state === 'before') sights.beforeStart += 1;
  else if (row.state === 'skipped' && row.skippedBy === headSearch) sights.skippedBySearch += 1;
  else if (row.state === 'skipped') sights.fresh.push({ ...mail, tries: 0, isDecided: headSearch === null });
  else if (row.state === 'failing' || row.state === 'read') sights.fresh.push(wantedMail(mail, row));
  else sights.known += 1;
}

function wantedMail(mail: ListedMail, { tries, allowedBytes }: LedgerSight): FreshMail {
  return { ...mail, tries, isDecided: true, ...(allowedBytes === null ? {} : { allowedBytes }) };
}

async function rememberRead(sql: Sql, scope: LedgerScope, uids: string[], lookedAtUid: number): Promise<number> {
  const unknown = await sql.query<{ uid: string }>(
    `select uid from unnest($4::text[]) as uid
      where not exists (select 1 from ledger l where ${inScope} and l.uid = uid.uid and l.state <> 'read')`,
    [...keyOf(scope), uids],
  );
  const newest = unknown
    .map((row) => row.uid)
    .sort((a, b) => Number(a) - Number(b))
    .slice(-maxRead);
  await sql.query(`delete from ledger where ${inScope} and state = 'read' and uid <> all($4)`, [...keyOf(scope), newest]);
  await sql.query(
    `insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes) select $1, $2, $3, uid, 'read', 0 from unnest($4::text[]) as uid
     on conflict do nothing`,
    [...keyOf(scope), newest],
  );
  await sql.query(`update numbering set looked_at_uid = $4 where ${inScope} and looked_at_uid is distinct from $4`, [
    ...keyOf(scope),
    lookedAtUid,
  ]);
  return newest.length;
}
