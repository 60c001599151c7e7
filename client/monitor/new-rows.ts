/**
 * Splits a fresh list into what is shown and what waits behind the "n new" pill, so that no row moves under the pointer.
 *
 * New are the rows before the first one seen already. Rows further down that were not seen either were loaded on request and are shown.
 *
 * @param rows newest first
 * @param seen ids of the rows on the screen; empty before the first list
 */
export function splitNewRows<Row extends { id: string }>(
  rows: readonly Row[],
  seen: ReadonlySet<string>,
): { shown: Row[]; waiting: Row[] } {
  const firstSeen = rows.findIndex((row) => seen.has(row.id));
  if (firstSeen <= 0) return { shown: [...rows], waiting: [] };
  return { shown: rows.slice(firstSeen), waiting: rows.slice(0, firstSeen) };
}
