import { FlowError } from '../../shared/errors.ts';
import type { Page, Paged } from '../ports/common.ts';

/** Keyset paging by a time and an id, newest first: a page stays where it is while rows are added before it. */

export interface Cursor {
  at: Date;
  id: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function readCursor(page: Page): Cursor | undefined {
  if (!page.cursor) return undefined;
  const [at, id] = page.cursor.split('~');
  const time = new Date(at ?? '');
  if (!id || !uuid.test(id) || Number.isNaN(time.getTime()))
    throw new FlowError('BAD_REQUEST', { problems: [{ path: 'cursor', message: 'is not one this server gave out' }] });
  return { at: time, id };
}

/** @param rows one more than the page holds, so that a following page is known without counting */
export function toPage<Row, T>(rows: Row[], limit: number, cursorOf: (row: Row) => Cursor, view: (row: Row) => T): Paged<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? cursorOf(last) : undefined;
  return { items: shown.map(view), nextCursor: next ? `${next.at.toISOString()}~${next.id}` : null };
}
