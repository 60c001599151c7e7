/** The rows of the list and what live events make of them: no row moves while they are held still. */

export interface Row {
  id: string;
  /** ISO 8601. */
  receivedAt: string;
}

export interface Rows<R extends Row> {
  /** Newest first. */
  shown: R[];
  /** What came in while the rows were held still, newest first. */
  waiting: R[];
  /** Shown rows that the filter lets through no more; they go when the rows are let go. */
  gone: ReadonlySet<string>;
  /** More came in than was read: only reading the list anew shows it without a hole. */
  hasHole: boolean;
  nextCursor: string | null;
}

/** So many new rows wait at most; then the list is read anew instead. */
const mostWaiting = 2_000;

export interface Page<R> {
  items: R[];
  nextCursor: string | null;
}

export function firstRows<R extends Row>({ items, nextCursor }: Page<R>): Rows<R> {
  return { shown: items, waiting: [], gone: new Set(), hasHole: false, nextCursor };
}

/** Adds the page that follows. */
export function withPage<R extends Row>(rows: Rows<R>, { items, nextCursor }: Page<R>): Rows<R> {
  const known = idsOf(rows);
  return { ...rows, shown: [...rows.shown, ...items.filter(({ id }) => !known.has(id))], nextCursor };
}

/**
 * Takes in the newest form of some messages.
 *
 * @param asked all that were asked for
 * @param found those of them that the filter lets through
 */
export function withChanged<R extends Row>(rows: Rows<R>, asked: readonly string[], found: readonly R[], isHeld: boolean): Rows<R> {
  const newest = new Map(found.map((row) => [row.id, row]));
  const known = idsOf(rows);
  const gone = new Set(rows.gone);
  for (const id of asked) {
    if (newest.has(id)) gone.delete(id);
    else if (known.has(id)) gone.add(id);
  }
  const renew = (row: R) => newest.get(row.id) ?? row;
  const renewed = { ...rows, gone, shown: rows.shown.map(renew), waiting: rows.waiting.map(renew) };
  return withNew(
    renewed,
    found.filter(({ id }) => !known.has(id)),
    isHeld,
  );
}

/** Takes in the newest page, after changes that were not told one by one. */
export function withHead<R extends Row>(rows: Rows<R>, head: Page<R>, isHeld: boolean): Rows<R> {
  const known = idsOf(rows);
  const reachesBack = head.nextCursor === null || head.items.some(({ id }) => known.has(id));
  if (!reachesBack) return isHeld ? { ...rows, waiting: head.items, hasHole: true } : firstRows(head);
  const ids = head.items.map(({ id }) => id);
  return withChanged(rows, ids, head.items, isHeld);
}

/** Shows what waits; what has gone goes. The caller reads the list anew where there is a hole. */
export function letGo<R extends Row>(rows: Rows<R>): Rows<R> {
  if (rows.waiting.length === 0 && rows.gone.size === 0) return rows;
  const shown = [...rows.waiting, ...rows.shown].filter(({ id }) => !rows.gone.has(id)).sort(newestFirst);
  return { ...rows, shown, waiting: [], gone: new Set() };
}

function withNew<R extends Row>(rows: Rows<R>, fresh: R[], isHeld: boolean): Rows<R> {
  const last = rows.shown.at(-1);
  // What is older than the last row comes with its page.
  const within = rows.nextCursor === null || !last ? fresh : fresh.filter((row) => newestFirst(row, last) < 0);
  const waiting = [...within, ...rows.waiting].sort(newestFirst);
  const tooMany = waiting.length > mostWaiting;
  const next = { ...rows, waiting: tooMany ? waiting.slice(0, mostWaiting) : waiting, hasHole: rows.hasHole || tooMany };
  return isHeld ? next : letGo(next);
}

function idsOf<R extends Row>({ shown, waiting }: Rows<R>): Set<string> {
  return new Set([...shown, ...waiting].map(({ id }) => id));
}

/** As the server orders them. */
function newestFirst(a: Row, b: Row): number {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt < b.receivedAt ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}
