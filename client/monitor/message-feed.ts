import type { MessageSummary } from '../../shared/api/messages.ts';
import { asApiError, type ApiError } from '../api.ts';
import { firstRows, letGo, withChanged, withHead, withPage, type Page, type Rows } from './message-rows.ts';

/** Reads the list of messages and follows it: pages on request, and of what changes live only what has changed. */

export interface FeedState {
  /** Undefined until the first page is there. */
  rows: Rows<MessageSummary> | undefined;
  /** Why the first page could not be read. */
  error: ApiError | undefined;
  isLoadingMore: boolean;
  /** Why the following page could not be read. */
  moreError: ApiError | undefined;
}

export interface FeedSource {
  page(cursor: string | undefined, limit: number, signal: AbortSignal): Promise<Page<MessageSummary>>;
  /** Those of `ids` that the filter lets through. */
  byId(ids: string[], signal: AbortSignal): Promise<MessageSummary[]>;
}

export interface MessageFeed {
  get: () => FeedState;
  subscribe: (listener: () => void) => () => void;
  loadMore: () => void;
  /** Reads the first page anew. */
  reload: () => void;
  /** From now on no row moves: new ones wait. */
  hold: () => void;
  /** Shows what waits, and follows again. */
  release: () => void;
  /** Shows what waits, and holds the rows still that are there then. */
  showWaiting: () => void;
  changed: (ids: string[]) => void;
  /** Changes may have been missed. */
  missed: () => void;
  /** Reads the first page, and what changes until the returned function is called. */
  follow: () => () => void;
}

const firstLimit = 50;
const moreLimit = 100;
/** The most that a page has. */
const headLimit = 200;
/** Of an address that proxies let pass. */
const idsPerRead = 100;
/** More changes at a time are not read one by one. */
const mostRenewed = 500;
const everyMs = 700;

/**
 * @param given.rows shown until the first page is read
 * @param given.every ms between two readings of what has changed
 */
export function openMessageFeed(source: FeedSource, given: { rows?: Rows<MessageSummary> | undefined; every?: number } = {}): MessageFeed {
  const every = given.every ?? everyMs;
  const listeners = new Set<() => void>();
  let signal = AbortSignal.abort();
  let state: FeedState = { rows: given.rows, error: undefined, isLoadingMore: false, moreError: undefined };
  let isHeld = false;
  /** Of the changes that are still to be read. */
  const ids = new Set<string>();
  let isHeadStale = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isReading = false;
  let readAt = -Infinity;
  /** Counted up with each reading from the start, which what was asked for before is no part of. */
  let generation = 0;

  const set = (change: Partial<FeedState>) => {
    if (signal.aborted) return;
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  async function readFirst(): Promise<void> {
    generation += 1;
    const own = generation;
    try {
      const page = await source.page(undefined, firstLimit, signal);
      if (own === generation) set({ rows: firstRows(page), error: undefined, isLoadingMore: false, moreError: undefined });
    } catch (error) {
      // With rows on the screen they stay: the next change reads them again.
      if (own === generation && !state.rows) set({ error: asApiError(error) });
    }
  }

  async function readMore(): Promise<void> {
    const cursor = state.rows?.nextCursor;
    if (!cursor || state.isLoadingMore) return;
    const own = generation;
    set({ isLoadingMore: true, moreError: undefined });
    try {
      const page = await source.page(cursor, moreLimit, signal);
      if (own === generation && state.rows) set({ rows: withPage(state.rows, page), isLoadingMore: false });
    } catch (error) {
      if (own === generation) set({ isLoadingMore: false, moreError: asApiError(error) });
    }
  }

  function wake(): void {
    if (timer !== undefined || isReading || signal.aborted) return;
    timer = setTimeout(() => void readChanges(), Math.max(0, readAt + every - Date.now()));
  }

  async function readChanges(): Promise<void> {
    timer = undefined;
    isReading = true;
    readAt = Date.now();
    const asked = [...ids];
    const wantsHead = isHeadStale;
    ids.clear();
    isHeadStale = false;
    try {
      if (state.rows) await renew(asked, wantsHead);
      else await readFirst();
    } catch {
      // The page says that the server can't be reached; with the next change the list catches up.
      isHeadStale = true;
    }
    isReading = false;
    if (ids.size > 0) wake();
  }

  async function renew(asked: string[], wantsHead: boolean): Promise<void> {
    const own = generation;
    const shown = new Set(state.rows?.shown.map(({ id }) => id));
    const isMuch = asked.length > mostRenewed;
    const each = isMuch ? asked.filter((id) => shown.has(id)).slice(0, mostRenewed) : asked;
    for (let from = 0; from < each.length; from += idsPerRead) {
      const part = each.slice(from, from + idsPerRead);
      const found = await source.byId(part, signal);
      if (own !== generation || !state.rows) return;
      set({ rows: withChanged(state.rows, part, found, isHeld) });
    }
    if (!isMuch && !wantsHead) return;
    const head = await source.page(undefined, headLimit, signal);
    if (own === generation && state.rows) set({ rows: withHead(state.rows, head, isHeld) });
  }

  function show(): void {
    if (!state.rows) return;
    if (state.rows.hasHole) void readFirst();
    else set({ rows: letGo(state.rows) });
  }

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    loadMore: () => void readMore(),
    reload() {
      set({ error: undefined });
      void readFirst();
    },
    hold: () => void (isHeld = true),
    release() {
      if (!isHeld) return;
      isHeld = false;
      show();
    },
    showWaiting: show,
    changed(changed) {
      for (const id of changed) ids.add(id);
      wake();
    },
    missed() {
      isHeadStale = true;
      // Those that are most likely looked at.
      for (const { id } of state.rows?.shown.slice(0, mostRenewed) ?? []) ids.add(id);
      wake();
    },
    follow() {
      const ended = new AbortController();
      ({ signal } = ended);
      void readFirst();
      return () => {
        clearTimeout(timer);
        timer = undefined;
        ended.abort();
      };
    },
  };
}
