import { useEffect, useState, useSyncExternalStore } from 'react';
import type { MessageSummary } from '../../shared/api/messages.ts';
import { callUntil } from '../api.ts';
import { onEvents } from '../live.ts';
import { messageQuery, type MessageFilters } from './message-filters.ts';
import { openMessageFeed, type FeedSource, type FeedState, type MessageFeed } from './message-feed.ts';
import { filtersKey } from './messages-view.ts';
import type { Rows } from './message-rows.ts';

/** The rows of the last filters, so that back and forward show something at once. */
const kept = new Map<string, Rows<MessageSummary>>();
const mostKept = 20;
const rowsKept = 100;

/** The messages that these filters let through, live, as long as the component is there; it is to be keyed by the filters. */
export function useMessageFeed(filters: MessageFilters): { feed: MessageFeed; state: FeedState } {
  const key = filtersKey(filters);
  const [feed] = useState(() => openMessageFeed(sourceOf(filters), { rows: kept.get(key) }));
  useEffect(() => {
    const leave = feed.follow();
    const stop = onEvents('message', feed.changed, feed.missed);
    return () => {
      stop();
      leave();
      keep(key, feed.get().rows);
    };
  }, [feed, key]);
  return { feed, state: useSyncExternalStore(feed.subscribe, feed.get) };
}

function sourceOf(filters: MessageFilters): FeedSource {
  return {
    page: async (cursor, limit, signal) => callUntil('listMessages', { query: { ...messageQuery(filters), limit, cursor } }, signal),
    async byId(ids, signal) {
      const { items } = await callUntil('listMessagesById', { query: { ...messageQuery(filters), ids: ids.join(',') } }, signal);
      return items;
    },
  };
}

function keep(key: string, rows: Rows<MessageSummary> | undefined): void {
  kept.delete(key);
  if (!rows) return;
  // What follows is asked for when the first page has been read anew.
  kept.set(key, { shown: rows.shown.slice(0, rowsKept), waiting: [], gone: new Set(), hasHole: false, nextCursor: null });
  for (const oldest of [...kept.keys()].slice(0, kept.size - mostKept)) kept.delete(oldest);
}
