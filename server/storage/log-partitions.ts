import type { Pool } from 'pg';
import type { Logger } from '../ports/common.ts';
import { firstFormerId, lowestIdAt } from './message-ids.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/**
 * The days that the message processing log is cut into: one partition per UTC day of `message_log` and of what belongs to its messages.
 * What no day covers, such as after the clock has jumped, is kept in the partition `…_default` until its day is made; so a missing day
 * never stops intake. Ids that tell no time are in `…_former`.
 */

export const dayMs = 24 * 60 * 60 * 1000;
/** A process that makes days may be away for a weekend. */
const daysAhead = 3;
/** Each takes a short lock that intake waits for. */
const mostDaysFromDefault = 20;
/** Whoever waits for a lock holds up those behind it. */
export const lockWait = '2s';

/** Tables, with the column that is the id of a message. Messages first: what belongs to them is dropped after them. */
export const dailyTables = { message_log: 'id', message_search: 'id', run_step: 'message_id', effect: 'message_id' } as const;
export type DailyTable = keyof typeof dailyTables;

export const tablesOfDays: DailyTable[] = ['message_log', 'message_search', 'run_step', 'effect'];

/**
 * Makes the days from `since` (yesterday) to some days ahead, and those of what has been put aside for want of a day.
 * Any number may do so at once.
 */
export async function makeDays(pool: Pool, log: Logger, since?: Date): Promise<void> {
  const sql = sqlOn(pool);
  const [now] = await sql.query<{ at: Date }>('select now() as at');
  if (!now) return;
  const first = dayOf(since ?? new Date(now.at.getTime() - dayMs));
  const count = (Number(dayOf(now.at)) - Number(first)) / dayMs + 1 + daysAhead;
  const wanted = Array.from({ length: count }, (_, index) => new Date(first.getTime() + index * dayMs));
  for (const table of tablesOfDays) {
    const existing = new Set((await daysOf(sql, table)).map(Number));
    const missing = [...wanted, ...(await daysInDefault(sql, table))].filter((day) => !existing.has(Number(day)));
    for (const day of missing) {
      try {
        await transaction(pool, (tx) => makeDay(tx, table, day));
      } catch (error) {
        // Nothing is lost meanwhile: its rows go to the default partition.
        log.warn({ table, day: day.toISOString(), error: String(error) }, 'a day of the log could not be made; trying again later');
      }
    }
  }
}

/** The days that a table has, oldest first. */
export async function daysOf(sql: Sql, table: DailyTable): Promise<Date[]> {
  const rows = await sql.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass order by 1`,
    [table],
  );
  return rows
    .map(({ name }) => /_(\d{4})(\d\d)(\d\d)$/.exec(name))
    .flatMap((match) => (match ? [new Date(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`)] : []));
}

export function dayOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / dayMs) * dayMs);
}

export function partitionOf(table: DailyTable, day: Date): string {
  return `${table}_${day.toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The ids of a day: from `first` up to, but without, `end`. */
export function idsOfDay(day: Date): { first: string; end: string } {
  return { first: lowestIdAt(day), end: lowestIdAt(new Date(day.getTime() + dayMs)) };
}

async function makeDay(sql: Sql, table: DailyTable, day: Date): Promise<void> {
  await sql.query(`set local lock_timeout = '${lockWait}'`);
  await sql.query(`select pg_advisory_xact_lock(hashtext('days of the log'))`);
  const partition = partitionOf(table, day);
  const [found] = await sql.query(`select 1 from pg_class where oid = to_regclass($1)`, [partition]);
  if (found) return;
  const { first, end } = idsOfDay(day);
  const key = dailyTables[table];
  // Attached rather than made as a partition, which would lock the whole table.
  await sql.query(`create table ${partition} (like ${table} including all)`);
  await sql.query(`lock table only ${table} in share update exclusive mode`);
  await sql.query(`lock table ${table}_default in access exclusive mode`);
  await sql.query(
    `with moved as (delete from ${table}_default where ${key} >= '${first}' and ${key} < '${end}' returning *) insert into ${partition} select * from moved`,
  );
  await sql.query(`alter table ${table} attach partition ${partition} for values from ('${first}') to ('${end}')`);
}

async function daysInDefault(sql: Sql, table: DailyTable): Promise<Date[]> {
  const key = dailyTables[table];
  const days: Date[] = [];
  for (let from = '00000000-0000-0000-0000-000000000000'; days.length < mostDaysFromDefault;) {
    const [next] = await sql.query<{ id: string }>(
      `select ${key} as id from ${table}_default where ${key} >= $1 and ${key} < '${firstFormerId}' order by 1 limit 1`,
      [from],
    );
    if (!next) break;
    const day = dayOf(new Date(Number.parseInt(next.id.replaceAll('-', '').slice(0, 12), 16)));
    days.push(day);
    from = idsOfDay(day).end;
  }
  return days;
}
