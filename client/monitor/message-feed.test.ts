import { expect, test, vi } from 'vitest';
import type { MessageSummary } from '../../shared/api/messages.ts';
import { openMessageFeed, type FeedSource } from './message-feed.ts';

/** A log of the server, newest last. */
function logOf(count: number) {
  const rows: MessageSummary[] = [];
  const add = (status: MessageSummary['status'] = 'COMPLETED') => {
    const number = rows.length;
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const receivedAt = new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString();
    const rest = { flowId: '', flowName: '', version: 1, subject: String(number), from: '', mailMessageId: '', sizeBytes: 1, attempts: 1 };
    rows.push({ ...rest, id, receivedAt, status, endedAt: null, nextAttemptAt: null, isHeld: false, error: null });
    return id;
  };
  for (let index = 0; index < count; index += 1) add();
  let isDown = false;
  const asked = { pages: 0, ids: 0 };
  const source: FeedSource = {
    async page(cursor, limit) {
      asked.pages += 1;
      if (isDown) throw new Error('down');
      const all = rows.toReversed();
      const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
      const items = all.slice(from, from + limit);
      return { items, nextCursor: from + limit < all.length ? (items.at(-1)?.id ?? null) : null };
    },
    async byId(ids) {
      asked.ids += ids.length;
      if (isDown) throw new Error('down');
      return rows.filter(({ id }) => ids.includes(id));
    },
  };
  return { rows, add, source, asked, down: (value: boolean) => void (isDown = value) };
}

function followed(count: number) {
  const log = logOf(count);
  const feed = openMessageFeed(log.source, { every: 10 });
  const leave = feed.follow();
  const subjects = () => feed.get().rows?.shown.map(({ subject }) => Number(subject));
  return { ...log, feed, leave, subjects };
}

test('pages follow each other to the end, each asked for once', async () => {
  const { feed, subjects, asked, leave } = followed(270);
  await vi.waitFor(() => expect(subjects()).toHaveLength(50));
  for (const length of [150, 250, 270]) {
    feed.loadMore();
    feed.loadMore();
    await vi.waitFor(() => expect(subjects()).toHaveLength(length));
  }
  feed.loadMore();
  expect(subjects()).toEqual(Array.from({ length: 270 }, (_, index) => 269 - index));
  expect(asked.pages).toBe(4);
  leave();
});

test('of what changes only that is read, and nothing once it is left', async () => {
  const { feed, subjects, asked, add, rows, leave } = followed(120);
  await vi.waitFor(() => expect(subjects()).toHaveLength(50));
  const [added, changed] = [add(), rows[100]?.id ?? ''];
  Object.assign(rows[100] ?? {}, { status: 'FAILED' });
  feed.changed([added]);
  feed.changed([changed, added]);
  await vi.waitFor(() => expect(subjects()?.[0]).toBe(120));
  expect(feed.get().rows?.shown.find(({ id }) => id === changed)?.status).toBe('FAILED');
  expect(asked).toEqual({ pages: 1, ids: 2 });
  leave();
  feed.changed([add()]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked.ids).toBe(2);
});

test('held rows stay, and what waits is shown when it is asked for', async () => {
  const { feed, subjects, add, leave } = followed(3);
  await vi.waitFor(() => expect(subjects()).toHaveLength(3));
  feed.hold();
  feed.changed([add(), add()]);
  await vi.waitFor(() => expect(feed.get().rows?.waiting).toHaveLength(2));
  expect(subjects()).toEqual([2, 1, 0]);
  feed.showWaiting();
  expect(subjects()).toEqual([4, 3, 2, 1, 0]);
  feed.changed([add()]);
  await vi.waitFor(() => expect(feed.get().rows?.waiting).toHaveLength(1));
  feed.release();
  expect(subjects()).toEqual([5, 4, 3, 2, 1, 0]);
  leave();
});

test('thousands of changes at once are a few readings', async () => {
  const { feed, subjects, asked, add, leave } = followed(60);
  await vi.waitFor(() => expect(subjects()).toHaveLength(50));
  feed.changed(Array.from({ length: 5_000 }, () => add()));
  await vi.waitFor(() => expect(subjects()?.[0]).toBe(5_059));
  expect(asked.pages).toBeLessThan(5);
  expect(asked.ids).toBeLessThan(600);
  leave();
});

test('a server that is away for a while is caught up with, and rows stay meanwhile', async () => {
  const { feed, subjects, add, down, leave } = followed(5);
  await vi.waitFor(() => expect(subjects()).toHaveLength(5));
  down(true);
  feed.changed([add()]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(subjects()).toEqual([4, 3, 2, 1, 0]);
  down(false);
  feed.missed();
  await vi.waitFor(() => expect(subjects()?.[0]).toBe(5));
  leave();
});

test('a first page that can not be read is an error, until it can', async () => {
  const log = logOf(2);
  log.down(true);
  const feed = openMessageFeed(log.source, { every: 10 });
  const leave = feed.follow();
  await vi.waitFor(() => expect(feed.get().error?.message).toBe('down'));
  log.down(false);
  feed.reload();
  await vi.waitFor(() => expect(feed.get().rows?.shown).toHaveLength(2));
  expect(feed.get().error).toBeUndefined();
  leave();
});
