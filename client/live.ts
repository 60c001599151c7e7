import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import type { RouteName } from '../shared/api.ts';
import type { ServerEvent } from '../shared/api/events.ts';

/**
 * One stream of events per browser: a browser opens at most six connections to a server, so that a stream per tab would starve the seventh.
 * The tab that holds the lock reads the stream and tells the others.
 */

export type LiveState = 'connecting' | 'live' | 'reconnecting';

export const useLive = create<{ state: LiveState }>(() => ({ state: 'connecting' }));

const materialLists: RouteName[] = [
  'listMaterial',
  'listCredentials',
  'listOAuth2Credentials',
  'listSecureParameters',
  'listCertificates',
  'listKeyPairs',
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
  user: ['getSession', 'listUsers', 'listSessions', 'listTokens'],
};

/** The routes whose answers may have changed. */
export function staleRoutes(kinds: Iterable<ServerEvent['kind']>): Set<RouteName> {
  return new Set([...kinds].flatMap((kind) => stale[kind]));
}

/** At most one reading per route in this time, in ms: a busy flow sends many events. */
const throttleMs = 700;

type Notice = { type: 'event'; kind: ServerEvent['kind'] } | { type: 'state'; state: LiveState; hasMissed: boolean } | { type: 'hello' };

/** Follows what happens on the server until the returned function is called. */
export function startLive(queryClient: QueryClient): () => void {
  const ended = new AbortController();
  const channel = new BroadcastChannel('mailroom-live');
  const waiting = new Set<ServerEvent['kind']>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const refresh = () => {
    timer = undefined;
    const names = staleRoutes(waiting);
    waiting.clear();
    void queryClient.invalidateQueries({ predicate: ({ queryKey: [name] }) => names.has(name as RouteName) });
  };

  const take = (notice: Notice) => {
    if (notice.type === 'event') {
      waiting.add(notice.kind);
      timer ??= setTimeout(refresh, throttleMs);
    }
    if (notice.type === 'state') {
      useLive.setState({ state: notice.state });
      // The server also ends the stream of a session that has ended: the guards lead to sign-in.
      if (notice.state === 'reconnecting') void queryClient.invalidateQueries({ queryKey: ['getSession'] });
      // What happened before the stream was open was told to nobody: read everything again.
      if (notice.hasMissed) void queryClient.invalidateQueries();
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
  const lead = async () => {
    // The lock may be granted in the moment of the end.
    if (ended.signal.aborted) return;
    isLeading = true;
    await readEvents(tell, ended.signal);
  };
  post({ type: 'hello' });
  // Web Locks exist only in secure contexts: over plain HTTP from another machine each tab reads its own stream.
  const leading = 'locks' in navigator ? navigator.locks.request('mailroom-live', { signal: ended.signal }, lead) : lead();
  leading.catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });

  return () => {
    ended.abort();
    clearTimeout(timer);
    channel.close();
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
        const { kind } = JSON.parse(data) as ServerEvent;
        // A newer server may tell of more.
        if (Object.hasOwn(stale, kind)) tell({ type: 'event', kind });
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
