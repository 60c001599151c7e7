import type { Pool } from 'pg';
import type { Retention } from '../../shared/retention.ts';
import type { Logger } from '../ports/common.ts';
import { dayMs, daysOf, idsOfDay, lockWait, partitionOf, tablesOfDays } from './log-partitions.ts';
import { firstFormerId, lowestIdAt } from './message-ids.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/**
 * Removes what is older than the retention. Days go as a whole where nothing in them has to stay, else message by message.
 *
 * Never removed: what is open, what the mail server is still owed, what a person still has to decide (quarantine, mails marked unread again).
 * The ledger outlives the log: it is what keeps a mail that is still on the server from being taken in twice.
 */

/** Messages, or rows of another kind, removed in one transaction. */
const pageSize = 1_000;
/** Long enough for a mailbox that comes back from a backup to be recognised. */
const leastLedgerDays = 90;

/** What a pass has removed. */
export interface Removal {
  days: number;
  messages: number;
  ledgerRows: number;
}

export interface RetentionPass {
  pool: Pool;
  retention: Retention;
  now: Date;
  log: Logger;
  /** Ends the pass between two transactions. */
  signal?: AbortSignal;
}

/** One pass over the whole log. Several may run at once; each repeats what a killed one has left. */
export async function removeExpired(pass: RetentionPass): Promise<Removal> {
  const done: Removal = { days: 0, messages: 0, ledgerRows: 0 };
  const sql = sqlOn(pass.pool);
  const ends = endsOf(pass);
  const newest = newestOf(ends);
  if (newest) {
    for (const day of await daysOf(sql, 'message_log')) {
      if (pass.signal?.aborted || day.getTime() + dayMs > newest.getTime()) break;
      if (await dropDay(pass, day, ends)) done.days += 1;
    }
    done.messages = await removeMessagesThatEnded(pass, ends);
    await dropLeftDays(pass, newest);
    await forgetMessageIds(pass, newest);
  }
  if (ends.ended) {
    await repeat(pass, () => forgetSettledQuarantine(sql, ends.ended));
    const ledgerEnd = new Date(Math.min(ends.ended.getTime(), pass.now.getTime() - leastLedgerDays * dayMs));
    done.ledgerRows = await pruneLedger(pass, ledgerEnd);
  }
  return done;
}

/** Before these times; undefined: kept for good. */
interface Ends {
  ended: Date | undefined;
  failed: Date | undefined;
}

function endsOf({ retention, now }: RetentionPass): Ends {
  const before = (days: number | null) => (days === null ? undefined : new Date(now.getTime() - days * dayMs));
  return { ended: before(retention.endedDays), failed: before(retention.failedDays) };
}

function newestOf({ ended, failed }: Ends): Date | undefined {
  const times = [ended, failed].flatMap((end) => (end ? [end.getTime()] : []));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** A condition on `m`, a row of the log; $1 and $2 are the two ends. */
const mayGo = `(
      (   (m.status in ('COMPLETED', 'ESCALATED', 'DISCARDED', 'CANCELLED', 'ABANDONED') and m.ended_at < $1::timestamptz)
       or (m.status = 'FAILED' and m.ended_at < $2::timestamptz))
  and not exists (select 1 from ledger l where l.message_id = m.id and (l.owed is not null or l.unread_again_at is not null))
  and not exists (select 1 from quarantine q where q.message_id = m.id and q.settled_at is null))`;

const valuesOf = ({ ended, failed }: Ends) => [ended ?? null, failed ?? null];

/** @returns whether the day is gone */
async function dropDay({ pool, log }: RetentionPass, day: Date, ends: Ends): Promise<boolean> {
  const partition = partitionOf('message_log', day);
  const mustStay = `select 1 from ${partition} m where (${mayGo}) is not true limit 1`;
  try {
    // First without keeping anybody waiting.
    if ((await sqlOn(pool).query(mustStay, valuesOf(ends))).length > 0) return false;
    const isGone = await transaction(pool, async (sql) => {
      await sql.query(`set local lock_timeout = '${lockWait}'`);
      // From here on nobody runs one of its messages again; the table before the day, as everybody locks them.
      await sql.query('lock table only message_log in access exclusive mode');
      if ((await sql.query(mustStay, valuesOf(ends))).length > 0) return false;
      await sql.query(
        `insert into message_change (flow_id, status, hour, change)
         select flow_id, status, date_bin('1 hour', received_at, 'epoch'), -count(*) from ${partition} group by 1, 2, 3`,
      );
      await sql.query(`drop table ${partition}`);
      return true;
    });
    if (isGone) log.info({ day: day.toISOString().slice(0, 10) }, 'removed a day of the log that is older than the retention');
    return isGone;
  } catch (error) {
    log.warn({ partition, error: String(error) }, 'a day of the log could not be removed; trying again later');
    return false;
  }
}

async function removeMessagesThatEnded(pass: RetentionPass, ends: Ends): Promise<number> {
  // Only an old message ended long ago. Ids from before ids told a time are above this bound, and looked at by their time.
  const newest = newestOf(ends) ?? new Date(0);
  const expired = `select m.id from message_log m
     where (m.id < $3 or m.id >= $4) and m.received_at < $5 and ${mayGo} limit ${pageSize}`;
  const values = [...valuesOf(ends), lowestIdAt(newest), firstFormerId, newest];
  return repeat(pass, () =>
    transaction(pass.pool, async (sql) => {
      const ids = (await sql.query<{ id: string }>(expired, values)).map((row) => row.id);
      // Locked, and looked at again: somebody may be running one of them again.
      const locked = await sql.query<{ id: string }>(
        `select m.id from message_log m where m.id = any($3::uuid[]) and ${mayGo} order by m.id for update skip locked`,
        [...valuesOf(ends), ids],
      );
      await removeMessages(
        sql,
        locked.map((row) => row.id),
      );
      return locked.length;
    }),
  );
}

/**
 * Removes messages with all that belongs to them; their mails stay known to the ledger, and their bytes are the collector's.
 * The caller has locked them, and made sure that nothing is owed or to be decided.
 */
export async function removeMessages(sql: Sql, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const [table, key] of [
    ['effect', 'message_id'],
    ['run_step', 'message_id'],
    ['message_search', 'id'],
    ['message_log', 'id'],
  ])
    await sql.query(`delete from ${table} where ${key} = any($1::uuid[])`, [ids]);
  await sql.query('update quarantine set message_id = null where message_id = any($1::uuid[])', [ids]);
  await sql.query('update ledger set message_id = null where message_id = any($1::uuid[])', [ids]);
}

/** What belongs to the messages of a day that is gone. */
async function dropLeftDays({ pool, log }: RetentionPass, newest: Date): Promise<void> {
  const sql = sqlOn(pool);
  const kept = new Set((await daysOf(sql, 'message_log')).map(Number));
  for (const table of tablesOfDays.filter((name) => name !== 'message_log')) {
    for (const day of await daysOf(sql, table)) {
      if (kept.has(Number(day)) || day.getTime() + dayMs > newest.getTime()) continue;
      await transaction(pool, async (tx) => {
        await tx.query(`set local lock_timeout = '${lockWait}'`);
        const { first, end } = idsOfDay(day);
        const [left] = await tx.query('select 1 from message_log where id >= $1 and id < $2 limit 1', [first, end]);
        if (!left) await tx.query(`drop table ${partitionOf(table, day)}`);
      }).catch((error: unknown) => log.warn({ table, error: String(error) }, 'a day of the log could not be removed; trying again later'));
    }
  }
}

/** So that nobody looks for a message that is gone, and no mail of it is offered for another run. */
async function forgetMessageIds(pass: RetentionPass, newest: Date): Promise<void> {
  const sql = sqlOn(pass.pool);
  for (const table of ['ledger', 'quarantine'])
    await repeat(pass, async () => {
      const rows = await sql.query(
        `update ${table} set message_id = null where id in (
           select t.id from ${table} t
            where t.message_id < $1 and not exists (select 1 from message_log m where m.id = t.message_id) limit ${pageSize}) returning 1`,
        [lowestIdAt(newest)],
      );
      return rows.length;
    });
}

async function forgetSettledQuarantine(sql: Sql, end: Date | undefined): Promise<number> {
  const rows = await sql.query(
    `delete from quarantine where id in (select id from quarantine where settled_at < $1 limit ${pageSize}) returning 1`,
    [end],
  );
  return rows.length;
}

/**
 * Forgets mails that the server has confirmed to have deleted or moved away long ago, and whose message is gone. Of any other mail nobody
 * knows for certain that it has left the server.
 */
async function pruneLedger(pass: RetentionPass, end: Date): Promise<number> {
  const sql = sqlOn(pass.pool);
  let last = '0';
  let pruned = 0;
  for (;;) {
    if (pass.signal?.aborted) return pruned;
    const [page] = await sql.query<{ last: string | null; pruned: number }>(
      `with page as (select id from ledger where id > $1 order by id limit 10000),
            gone as (
              delete from ledger l using page
               where l.id = page.id and l.settled_action in ('delete', 'archive', 'archive-mark-read', 'move-failed') and l.settled_at < $2
                 and l.owed is null and l.message_id is null and l.unread_again_at is null and l.state in ('taken', 'known', 'discarded')
                 and not exists (select 1 from quarantine q where q.ledger_id = l.id)
               returning 1)
       select (select max(id) from page) as last, (select count(*)::int from gone) as pruned`,
      [last, end],
    );
    if (!page || page.last === null) return pruned;
    pruned += page.pruned;
    last = page.last;
  }
}

/** Until nothing is left to do; returns how much was done. */
async function repeat({ signal }: RetentionPass, work: () => Promise<number>): Promise<number> {
  let total = 0;
  while (!signal?.aborted) {
    const done = await work();
    if (done === 0) break;
    total += done;
  }
  return total;
}
