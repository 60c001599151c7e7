import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import type { RouteName } from '../shared/api.ts';
import type { ServerEvent } from '../shared/api/events.ts';
import { leadOne } from './leader.ts';

/**
 * One stream of events per browser: a browser opens at most six connections to a server, so that a stream per tab would starve the seventh.
 * The tab that leads reads the stream and tells the others. A hidden tab reads nothing until it is seen again.
 */

export type LiveState = 'connecting' | 'live' | 'reconnecting';

export const useLive = create<{ state: LiveState }>(() => ({ state: 'connecting' }));

const materialLists: RouteName[] = [
  'listMaterial',
  'listCredentials',
  'listOAuth2Credentials',
  'listOAuth2Clients',
  'listSecureParameters',
  'listCertificates',
  'listKeyPairs',
  'listKnownHosts',
];

const stale: Record<ServerEvent['kind'], RouteName[]> = {
  flow: ['listFlows', 'getFlow', 'listKeptDrafts', ...materialLists],
  deployment: [
    'getLogLevel',
    'listDeployments',
    'getOverview',
    'whyNothing',
    'listIntakePauses',
    'listLocks',
    'listLockReleases',
    'listFlows',
    'getFlow',
    'listVersions',
    'getFlowLive',
    ...materialLists,
  ],
  // A sign-in that was refused, or works again, is the state of its artifact.
  poll: [
    'listPolls',
    'listRenumberings',
    'getPollSums',
    'listDeployments',
    'getOverview',
    'whyNothing',
    'listLocks',
    'getFlow',
    'listMaterial',
    'listCredentials',
  ],
  message: ['listMessages', 'getMessageChart', 'getMessage', 'getFlowLive', 'listDeployments', 'getOverview', 'getFlow'],
  credential: ['getOverview', 'whyNothing', ...materialLists],
  quarantine: ['listQuarantine', 'listRenumberings', 'listDeployments', 'getOverview', 'whyNothing'],
  alert: ['listAlerts', 'listAlertRules', 'listAlertTargets', 'getOverview'],
  bulk: ['listBulks', 'getBulk'],
  user: ['getSession', 'listUsers', 'listSessions', 'listUserSessions', 'listTokens'],
};

/** The routes whose answers may have changed. */
export function staleRoutes(kinds: Iterable<ServerEvent['kind']>): Set<RouteName> {
  return new Set([...kinds].flatMap((kind) => stale[kind]));
}

/** At most one reading per route in this time, in ms: a busy flow sends many events. */
const throttleMs = 700;

/** A hidden tab that has missed more than so many changes reads everything again. */
const mostMissed = 2_000;

interface Listener {
  kind: ServerEvent['kind'];
  onIds: (ids: string[]) => void;
  onGap: () => void;
}

const listeners = new Set<Listener>();

/**
 * Tells of each change of a kind, by id, as it happens, while this tab is seen.
 *
 * @param onGap changes may have been missed: everything has to be read again
 * @returns ends it
 */
export function onEvents(kind: ServerEvent['kind'], onIds: (ids: string[]) => void, onGap: () => void = () => undefined): () => void {
  const listener = { kind, onIds, onGap };
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

type Notice = ({ type: 'event' } & ServerEvent) | { type: 'state'; state: LiveState; hasMissed: boolean } | { type: 'hello' };

/** Follows what happens on the server until the returned function is called. */
export function startLive(queryClient: QueryClient): () => void {
  const ended = new AbortController();
  const channel = new BroadcastChannel('mailroom-live');
  const waiting = new Set<ServerEvent['kind']>();
  const missed = createMissed();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const refresh = () => {
    timer = undefined;
    const names = staleRoutes(waiting);
    waiting.clear();
    void queryClient.invalidateQueries({ predicate: ({ queryKey: [name] }) => names.has(name as RouteName) });
  };
  const refreshAll = () => {
    void queryClient.invalidateQueries();
    for (const { onGap } of listeners) onGap();
  };

  const takeEvent = ({ kind, ids }: ServerEvent) => {
    waiting.add(kind);
    timer ??= setTimeout(refresh, throttleMs);
    for (const listener of listeners) if (listener.kind === kind) listener.onIds(ids);
  };
  const catchUp = () => {
    if (document.visibilityState === 'hidden') return;
    const { isAll, events } = missed.take();
    if (isAll) refreshAll();
    else events.forEach(takeEvent);
  };

  const take = (notice: Notice) => {
    const isHidden = document.visibilityState === 'hidden';
    if (notice.type === 'event') {
      if (isHidden) missed.add(notice);
      else takeEvent(notice);
    }
    if (notice.type === 'state') {
      useLive.setState({ state: notice.state });
      // The server also ends the stream of a session that has ended: the guards lead to sign-in.
      if (notice.state === 'reconnecting') void queryClient.invalidateQueries({ queryKey: ['getSession'] });
      // What happened before the stream was open was told to nobody: read everything again.
      if (notice.hasMissed && isHidden) missed.addAll();
      else if (notice.hasMissed) refreshAll();
    }
  };

  const post = (notice: Notice) => {
    // The lock may be granted, and the stream may break, in the moment of the end, when the channel is closed.
    // A channel has no target origin: it reaches this origin only.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (!ended.signal.aborted) channel.postMessage(notice);
  };

  const tell = (notice: Notice) => {
    take(notice);
    post(notice);
  };

  channel.addEventListener('message', ({ data }: MessageEvent<Notice>) => {
    if (data.type === 'hello') {
      if (isLeading) post({ type: 'state', state: useLive.getState().state, hasMissed: false });
    } else take(data);
  });

  let isLeading = false;
  const lead = async (signal: AbortSignal) => {
    isLeading = true;
    await readEvents(tell, signal);
    isLeading = false;
  };
  post({ type: 'hello' });
  document.addEventListener('visibilitychange', catchUp, { signal: ended.signal });
  void leadOne({ name: 'mailroom-live', run: lead, signal: ended.signal });

  return () => {
    ended.abort();
    clearTimeout(timer);
    channel.close();
  };
}

/** What happened while the tab was hidden; each change once. */
export function createMissed(): {
  add: (event: ServerEvent) => void;
  addAll: () => void;
  take: () => { isAll: boolean; events: ServerEvent[] };
} {
  const idsOf = new Map<ServerEvent['kind'], Set<string>>();
  let isAll = false;
  return {
    add({ kind, ids }) {
      const all = idsOf.get(kind) ?? new Set();
      for (const id of ids) all.add(id);
      idsOf.set(kind, all);
      isAll ||= all.size > mostMissed;
      if (isAll) idsOf.clear();
    },
    addAll: () => void (isAll = true),
    take() {
      const events = [...idsOf].map(([kind, ids]) => ({ kind, ids: [...ids] }));
      const taken = { isAll, events: isAll ? [] : events };
      idsOf.clear();
      isAll = false;
      return taken;
    },
  };
}

/** Reads the stream and opens it again, after 1 s to 30 s, when it ends. Settles when `signal` is aborted. */
function readEvents(tell: (notice: Notice) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;

    const open = () => {
      source = new EventSource('/api/v1/events');
      source.addEventListener('open', () => {
        failures = 0;
        tell({ type: 'state', state: 'live', hasMissed: true });
      });
      source.addEventListener('message', ({ data }: MessageEvent<string>) => {
        const { kind, ids } = JSON.parse(data) as ServerEvent;
        // A newer server may tell of more.
        if (Object.hasOwn(stale, kind)) tell({ type: 'event', kind, ids });
      });
      source.addEventListener('error', () => {
        source?.close();
        tell({ type: 'state', state: 'reconnecting', hasMissed: false });
        timer = setTimeout(open, Math.min(30_000, 1_000 * 2 ** failures));
        failures += 1;
      });
    };

    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      source?.close();
      resolve();
    });
    open();
  });
}
