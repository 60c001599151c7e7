/**
 * Splits a fresh list into what is shown and what waits behind the "n new" pill, so that no row moves under the pointer.
 *
 * Rows held still stay where they are, in their newest form, also when newer ones have pushed them out of the fresh list.
 * A held row that should be in the fresh list but is not has gone, for instance because a filter no longer lets it through.
 * Rows behind the last held one were loaded on request and are shown.
 *
 * @param fresh newest first
 * @param held rows on the screen when they were first held still; empty while none is
 */
export function splitNewRows<Row extends { id: string; receivedAt: string }>(
  fresh: readonly Row[],
  held: readonly Row[],
): { shown: Row[]; waiting: Row[] } {
  if (held.length === 0) return { shown: [...fresh], waiting: [] };
  const heldIds = new Set(held.map(({ id }) => id));
  const newest = new Map(fresh.map((row) => [row.id, row]));
  const end = fresh.at(-1)?.receivedAt ?? '';
  const stays = held.flatMap((row) => newest.get(row.id) ?? (row.receivedAt <= end ? row : []));
  const lastHeld = fresh.findLastIndex(({ id }) => heldIds.has(id));
  const isNew = ({ id }: Row) => !heldIds.has(id);
  if (lastHeld === -1) return { shown: stays, waiting: [...fresh] };
  return { shown: [...stays, ...fresh.slice(lastHeld + 1)], waiting: fresh.slice(0, lastHeld).filter(isNew) };
}
