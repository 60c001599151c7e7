import { expect, test } from 'vitest';
import { firstRows, letGo, withChanged, withHead, withPage, type Rows } from './message-rows.ts';

const row = (number: number, status = 'PROCESSING') => ({
  id: `id-${String(number).padStart(5, '0')}`,
  receivedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, number)).toISOString(),
  status,
});
type Row = ReturnType<typeof row>;
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => row(from - index));
const numbers = (rows: Row[]) => rows.map(({ id }) => Number(id.slice(3)));
const ids = (...of: number[]) => of.map((number) => row(number).id);
const start = () => firstRows({ items: down(10, 1), nextCursor: null });
const longer = () => firstRows({ items: down(10, 5), nextCursor: 'more' });

test('new messages are on top at once while the rows are not held', () => {
  const rows = withChanged(start(), ids(11, 12), [row(12), row(11)], false);
  expect(numbers(rows.shown)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(rows.waiting).toEqual([]);
});

test('while the rows are held, new messages wait, also one that arrived before the newest row', () => {
  const late = { ...row(9), id: 'id-00009b' };
  let rows = withChanged(start(), ids(11), [row(11)], true);
  rows = withChanged(rows, [late.id], [late], true);
  expect(numbers(rows.shown)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(rows.waiting.map(({ id }) => id)).toEqual([...ids(11), late.id]);
  expect(
    letGo(rows)
      .shown.map(({ id }) => id)
      .slice(0, 4),
  ).toEqual([...ids(11, 10), late.id, ...ids(9)]);
});

test('a held row has its newest form, and stays when the filter lets it through no more until the rows are let go', () => {
  let rows = withChanged(start(), ids(7, 3), [row(7, 'COMPLETED')], true);
  expect(rows.shown[3]).toEqual(row(7, 'COMPLETED'));
  expect(numbers(rows.shown)).toContain(3);
  expect([...rows.gone]).toEqual(ids(3));
  rows = letGo(rows);
  expect(numbers(rows.shown)).toEqual([10, 9, 8, 7, 6, 5, 4, 2, 1]);
  expect(rows.gone.size).toBe(0);
});

test('a row that comes back before the rows are let go stays', () => {
  let rows = withChanged(start(), ids(3), [], true);
  rows = withChanged(rows, ids(3), [row(3, 'FAILED')], true);
  expect(numbers(letGo(rows).shown)).toContain(3);
});

test('a message that waits and is let through no more is not shown', () => {
  let rows = withChanged(start(), ids(11, 12), [row(11), row(12)], true);
  rows = withChanged(rows, ids(11), [], true);
  expect(numbers(letGo(rows).shown).slice(0, 2)).toEqual([12, 10]);
});

test('what is older than the last row comes with its page, once', () => {
  const rows = withChanged(longer(), ids(2, 11), [row(11), row(2)], false);
  expect(numbers(rows.shown)).toEqual([11, 10, 9, 8, 7, 6, 5]);
  const all = withPage(rows, { items: down(5, 1), nextCursor: null });
  expect(numbers(all.shown)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(all.nextCursor).toBeNull();
});

test('a newest page that reaches a known row is taken in', () => {
  const rows = withHead(longer(), { items: down(13, 9), nextCursor: 'x' }, true);
  expect(numbers(rows.waiting)).toEqual([13, 12, 11]);
  expect(rows.hasHole).toBe(false);
  expect(rows.nextCursor).toBe('more');
});

test('one that does not leaves a hole while the rows are held, and else takes their place', () => {
  const head = { items: down(90, 60), nextCursor: 'x' };
  const held = withHead(longer(), head, true);
  expect(numbers(held.shown)).toEqual([10, 9, 8, 7, 6, 5]);
  expect(held).toMatchObject({ hasHole: true });
  expect(held.waiting).toHaveLength(31);
  expect(withHead(longer(), head, false)).toEqual(firstRows(head));
});

test('rows that wait without end are not all kept', () => {
  let rows: Rows<Row> = longer();
  for (let from = 100; from < 4_000; from += 100)
    rows = withChanged(
      rows,
      down(from + 99, from).map(({ id }) => id),
      down(from + 99, from),
      true,
    );
  expect(rows.waiting).toHaveLength(2_000);
  expect(rows.hasHole).toBe(true);
  expect(numbers(rows.waiting)[0]).toBe(3_999);
});

test('an empty list takes the first message', () => {
  const rows = withChanged(firstRows<Row>({ items: [], nextCursor: null }), ids(1), [row(1)], false);
  expect(numbers(rows.shown)).toEqual([1]);
});
