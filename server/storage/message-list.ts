import type { Page } from '../ports/common.ts';
import type { MessageFilter } from '../ports/logs.ts';
import { dayMs, dayOf } from './log-partitions.ts';
import { firstFormerId, lowestIdAt } from './message-ids.ts';
import { filterConditions } from './message-conditions.ts';
import { readCursor } from './paging.ts';
import type { Sql } from './sql.ts';

/**
 * Lists the log newest first. It reads the newest days first, and more of them at a time while nothing is found: a page of what is frequent
 * costs one day however many there are, and the search for what is nowhere a few statements.
 */
export async function listIds(sql: Sql, filter: MessageFilter, page: Page, hasParts: boolean): Promise<string[]> {
  const ids: string[] = [];
  // One more than the page holds, so that a following page is known without counting.
  const wanted = page.limit + 1;
  for (const window of windowsBefore(readCursor(page), filter, new Date())) {
    if (ids.length === wanted) break;
    ids.push(...(await idsWithin(sql, window, filter, wanted - ids.length, hasParts)));
  }
  return ids;
}

/** A part of the log. `before`, with `id`, is where the last page has ended; undefined bounds are open. */
interface Window {
  from: Date | undefined;
  before: Date | undefined;
  id?: string;
}

/** The first reaches to the start of a day, the following ones over twice as many days each, the last to the beginning. */
function* windowsBefore(cursor: { at: Date; id: string } | undefined, { from, to }: MessageFilter, now: Date): Generator<Window> {
  let before: Window =
    cursor && !(to && to <= cursor.at) ? { from: undefined, before: cursor.at, id: cursor.id } : { from: undefined, before: to };
  let start = dayOf(new Date(Math.min(Number(before.before ?? now), Number(now))));
  for (let days = 1; days <= 64; days *= 2) {
    if (from && start <= from) break;
    yield { ...before, from: start };
    before = { from: undefined, before: start };
    start = new Date(start.getTime() - days * dayMs);
  }
  yield { ...before, from };
}

async function idsWithin(sql: Sql, window: Window, filter: MessageFilter, limit: number, hasParts: boolean): Promise<string[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const bounds = boundsOf(window, parameter);
  const { both, searched, logged } = filterConditions(filter, hasParts, parameter);
  const conditions = [...bounds, ...both, ...searched];
  if (searched.length === 0) conditions.push(...logged);
  else if (logged.length > 0) {
    const isInLog = `m.id = found.id and ${[...bounds, ...logged].join(' and ')}`;
    conditions.push(`exists (select 1 from (select m.id) found join message_log m on ${isInLog})`);
  }
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const rows = await sql.query<{ id: string }>(
    `select m.id from ${searched.length === 0 ? 'message_log' : 'message_search'} m ${where}
      order by m.received_at desc nulls last, m.id desc nulls last limit ${parameter(limit)}`,
    values,
  );
  return rows.map((row) => row.id);
}

/** Those of `ids` that the filter lets through. */
export async function idsAmong(sql: Sql, ids: string[], filter: MessageFilter, hasParts: boolean): Promise<string[]> {
  const values: unknown[] = [ids];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const { both, searched, logged } = filterConditions(filter, hasParts, parameter);
  const { from, to } = filter;
  const times = [...(from ? [`m.received_at >= ${parameter(from)}`] : []), ...(to ? [`m.received_at < ${parameter(to)}`] : [])];
  const conditions = ['m.id = any($1::uuid[])', ...times, ...both, ...logged];
  if (searched.length > 0)
    conditions.push(`m.id in (select m.id from message_search m where ${['m.id = any($1::uuid[])', ...searched].join(' and ')})`);
  const rows = await sql.query<{ id: string }>(`select m.id from message_log m where ${conditions.join(' and ')}`, values);
  return rows.map((row) => row.id);
}

/** The ids are given beside the times, since the days of the log are told apart by them; ids that tell no time are all in one place. */
function boundsOf({ from, before, id }: Window, parameter: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  if (from) conditions.push(`m.received_at >= ${parameter(from)}`);
  if (before && id !== undefined) conditions.push(`(m.received_at, m.id) < (${parameter(before)}, ${parameter(id)}::uuid)`);
  if (before) conditions.push(`m.received_at ${id === undefined ? '<' : '<='} ${parameter(before)}`);
  const ids = [
    ...(from ? [`m.id >= ${parameter(lowestIdAt(from))}`] : []),
    ...(before ? [`m.id < ${parameter(lowestIdAt(new Date(before.getTime() + (id === undefined ? 0 : 1))))}`] : []),
  ];
  if (ids.length > 0) conditions.push(`((${ids.join(' and ')}) or m.id >= '${firstFormerId}')`);
  return conditions;
}
