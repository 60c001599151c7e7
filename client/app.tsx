import { QueryClientProvider } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  RouterProvider,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { useEffect } from 'react';
import type { SessionView } from '../shared/api/access.ts';
import { mayAny } from '../shared/roles.ts';
import { call } from './api.ts';
import { readAlertsShown } from './alerts/alerts-shown.ts';
import { readPicture } from './versions/picture.ts';
import { readConnectivityChoice } from './monitor/connectivity-choice.ts';
import { readAuditFilters } from './monitor/audit-filters.ts';
import { readMessagesView } from './monitor/messages-view.ts';
import { readOverviewView } from './monitor/overview-view.ts';
import { readPollFilters } from './monitor/poll-filters.ts';
import { parseSearch, stringifySearch } from './search-params.ts';
import { ErrorPanel } from './shell/error-panel.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { queryClient } from './shell/query-client.ts';
import { Shell } from './shell/shell.tsx';
import { SubNav } from './shell/sub-nav.tsx';
import { Toaster } from './ui/toast.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: PageError });

async function session(): Promise<SessionView> {
  return queryClient.ensureQueryData({ queryKey: ['getSession', {}], queryFn: async () => call('getSession') });
}

/** Leads to the page that fits the session; `undefined` for a signed-in person. */
function entrance({ isSetUpNeeded, user }: SessionView): '/set-up' | '/sign-in' | undefined {
  if (isSetUpNeeded) return '/set-up';
  return user ? undefined : '/sign-in';
}

const setUp = createRoute({
  getParentRoute: () => root,
  path: '/set-up',
  component: lazyRouteComponent(async () => import('./sign-in/set-up-page.tsx'), 'SetUpPage'),
  beforeLoad: async () => {
    if (entrance(await session()) !== '/set-up') throw redirect({ to: '/', replace: true });
  },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(async () => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } => (typeof to === 'string' ? { to } : {}),
  beforeLoad: async () => {
    const place = entrance(await session());
    if (place !== '/sign-in') throw redirect({ to: place ?? '/', replace: true });
  },
});

/** Whoever has a link may use it, signed in as somebody else as well. */
const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: lazyRouteComponent(async () => import('./sign-in/welcome-page.tsx'), 'WelcomePage'),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ location }) => {
    const place = entrance(await session());
    if (place === '/set-up') throw redirect({ to: place, hash: location.hash, replace: true });
    if (place) throw redirect({ to: place, search: location.href === '/' ? {} : { to: location.href }, replace: true });
  },
});

/** In the tab of the provider, so without what surrounds the other pages. */
const authorized = createRoute({
  getParentRoute: () => root,
  path: '/oauth2/authorized',
  component: lazyRouteComponent(async () => import('./security/authorized-page.tsx'), 'AuthorizedPage'),
});

const flows = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(async () => import('./flows/flows-page.tsx'), 'FlowsPage'),
});
const flow = createRoute({ getParentRoute: () => inside, path: '/flows/$flowId', component: FlowPage, validateSearch: readPicture });
const FlowEditor = lazyRouteComponent(async () => import('./editor/flow-editor.tsx'), 'FlowEditor');

function FlowPage() {
  const { flowId } = flow.useParams();
  return <FlowEditor key={flowId} flowId={flowId} />;
}

const monitor = createRoute({
  getParentRoute: () => inside,
  path: '/monitor',
  component: () => (
    <SubNav
      label="Monitor"
      items={[
        { to: '/monitor', label: 'Overview', isExact: true },
        { to: '/monitor/alerts', label: 'Alerts' },
        { to: '/monitor/messages', label: 'Messages' },
        { to: '/monitor/bulk', label: 'Bulk actions' },
        { to: '/monitor/content', label: 'Integration content' },
        { to: '/monitor/polls', label: 'Polls' },
        { to: '/monitor/quarantine', label: 'Quarantine' },
        { to: '/monitor/renumberings', label: 'Renumberings' },
        { to: '/monitor/locks', label: 'Locks' },
        { to: '/monitor/processes', label: 'Processes' },
        { to: '/monitor/connectivity', label: 'Connectivity' },
        { to: '/monitor/audit', label: 'Audit log', may: 'administer' },
      ]}
    />
  ),
});
const overview = createRoute({
  getParentRoute: () => monitor,
  path: '/',
  component: lazyRouteComponent(async () => import('./monitor/overview-page.tsx'), 'OverviewPage'),
  validateSearch: readOverviewView,
});
const messages = createRoute({
  getParentRoute: () => monitor,
  path: '/messages',
  component: lazyRouteComponent(async () => import('./monitor/messages-page.tsx'), 'MessagesPage'),
  validateSearch: readMessagesView,
});
const message = createRoute({ getParentRoute: () => messages, path: '/$messageId', component: MessagePage });

const MessagePane = lazyRouteComponent(async () => import('./monitor/message-pane.tsx'), 'MessagePane');

function MessagePage() {
  const { messageId } = message.useParams();
  return <MessagePane key={messageId} messageId={messageId} />;
}

const bulk = createRoute({
  getParentRoute: () => monitor,
  path: '/bulk',
  component: lazyRouteComponent(async () => import('./monitor/bulk-page.tsx'), 'BulkPage'),
});

const content = createRoute({
  getParentRoute: () => monitor,
  path: '/content',
  component: lazyRouteComponent(async () => import('./monitor/content-page.tsx'), 'ContentPage'),
});
const flowContent = createRoute({
  getParentRoute: () => monitor,
  path: '/content/$flowId',
  component: lazyRouteComponent(async () => import('./monitor/flow-content-page.tsx'), 'FlowContentPage'),
});

const polls = createRoute({
  getParentRoute: () => monitor,
  path: '/polls',
  component: lazyRouteComponent(async () => import('./monitor/polls-page.tsx'), 'PollsPage'),
  validateSearch: readPollFilters,
});
const quarantine = createRoute({
  getParentRoute: () => monitor,
  path: '/quarantine',
  component: lazyRouteComponent(async () => import('./monitor/quarantine-page.tsx'), 'QuarantinePage'),
});
const renumberings = createRoute({
  getParentRoute: () => monitor,
  path: '/renumberings',
  component: lazyRouteComponent(async () => import('./monitor/renumberings-page.tsx'), 'RenumberingsPage'),
});
const locks = createRoute({
  getParentRoute: () => monitor,
  path: '/locks',
  component: lazyRouteComponent(async () => import('./monitor/locks-page.tsx'), 'LocksPage'),
});
const audit = createRoute({
  getParentRoute: () => monitor,
  path: '/audit',
  component: lazyRouteComponent(async () => import('./monitor/audit-page.tsx'), 'AuditPage'),
  validateSearch: readAuditFilters,
});
const processes = createRoute({
  getParentRoute: () => monitor,
  path: '/processes',
  component: lazyRouteComponent(async () => import('./monitor/processes-page.tsx'), 'ProcessesPage'),
});

const alerts = createRoute({
  getParentRoute: () => monitor,
  path: '/alerts',
  component: lazyRouteComponent(async () => import('./alerts/alerts-page.tsx'), 'AlertsPage'),
  validateSearch: readAlertsShown,
});

const ConnectivityPage = lazyRouteComponent(async () => import('./monitor/connectivity-page.tsx'), 'ConnectivityPage');
const connectivity = createRoute({
  getParentRoute: () => monitor,
  path: '/connectivity',
  component: ConnectivityPage,
  validateSearch: readConnectivityChoice,
});

const security = createRoute({
  getParentRoute: () => inside,
  path: '/security',
  component: () => (
    <SubNav
      label="Security"
      items={[
        { to: '/security', label: 'All Material', isExact: true },
        { to: '/security/credentials', label: 'User Credentials' },
        { to: '/security/oauth2', label: 'OAuth2' },
        { to: '/security/oauth2-clients', label: 'OAuth2 Clients' },
        { to: '/security/parameters', label: 'Secure Parameters' },
        { to: '/security/certificates', label: 'Certificates' },
        { to: '/security/key-pairs', label: 'Key Pairs' },
        { to: '/security/known-hosts', label: 'Known Hosts' },
      ]}
    />
  ),
});
const material = createRoute({
  getParentRoute: () => security,
  path: '/',
  component: lazyRouteComponent(async () => import('./security/material-page.tsx'), 'MaterialPage'),
});
const credentials = createRoute({
  getParentRoute: () => security,
  path: '/credentials',
  component: lazyRouteComponent(async () => import('./security/credentials-page.tsx'), 'CredentialsPage'),
});
const oauth2 = createRoute({
  getParentRoute: () => security,
  path: '/oauth2',
  component: lazyRouteComponent(async () => import('./security/oauth2-page.tsx'), 'OAuth2Page'),
});
const oauth2Clients = createRoute({
  getParentRoute: () => security,
  path: '/oauth2-clients',
  component: lazyRouteComponent(async () => import('./security/oauth2-clients-page.tsx'), 'OAuth2ClientsPage'),
});
const knownHosts = createRoute({
  getParentRoute: () => security,
  path: '/known-hosts',
  component: lazyRouteComponent(async () => import('./security/known-hosts-page.tsx'), 'KnownHostsPage'),
});
const secureParameters = createRoute({
  getParentRoute: () => security,
  path: '/parameters',
  component: lazyRouteComponent(async () => import('./security/parameters-page.tsx'), 'ParametersPage'),
});
const certificates = createRoute({
  getParentRoute: () => security,
  path: '/certificates',
  component: lazyRouteComponent(async () => import('./security/certificates-page.tsx'), 'CertificatesPage'),
});
const keyPairs = createRoute({
  getParentRoute: () => security,
  path: '/key-pairs',
  component: lazyRouteComponent(async () => import('./security/key-pairs-page.tsx'), 'KeyPairsPage'),
});

const access = createRoute({
  getParentRoute: () => inside,
  path: '/access',
  component: () => (
    <SubNav
      label="Access"
      items={[
        { to: '/access/users', label: 'Users', may: 'administer' },
        { to: '/access/tokens', label: 'API tokens' },
      ]}
    />
  ),
});
const accessStart = createRoute({
  getParentRoute: () => access,
  path: '/',
  beforeLoad: async () => {
    const { user } = await session();
    throw redirect({ to: mayAny(user?.may ?? [], 'administer') ? '/access/users' : '/access/tokens', replace: true });
  },
});
const users = createRoute({
  getParentRoute: () => access,
  path: '/users',
  component: lazyRouteComponent(async () => import('./access/users-page.tsx'), 'UsersPage'),
});
const tokens = createRoute({
  getParentRoute: () => access,
  path: '/tokens',
  component: lazyRouteComponent(async () => import('./access/tokens-page.tsx'), 'TokensPage'),
});
const account = createRoute({
  getParentRoute: () => inside,
  path: '/account',
  component: lazyRouteComponent(async () => import('./access/account-page.tsx'), 'AccountPage'),
});

const router = createRouter({
  routeTree: root.addChildren([
    setUp,
    signIn,
    welcome,
    authorized,
    inside.addChildren([
      flows,
      flow,
      monitor.addChildren([
        audit,
        overview,
        alerts,
        messages.addChildren([message]),
        bulk,
        content,
        flowContent,
        polls,
        quarantine,
        renumberings,
        locks,
        processes,
        connectivity,
      ]),
      security.addChildren([material, credentials, oauth2, oauth2Clients, secureParameters, certificates, keyPairs, knownHosts]),
      access.addChildren([accessStart, users, tokens]),
      account,
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: PageError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function PageError({ error }: ErrorComponentProps) {
  return <ErrorPanel error={error} onRetry={() => void queryClient.resetQueries().then(() => router.invalidate())} />;
}

export function App() {
  useEffect(() => queryClient.getQueryCache().subscribe(followSession), []);
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>
  );
}

/** When a session has ended (see query-client.ts), the guards of the routes decide again. */
function followSession({
  type,
  query,
}: {
  type: string;
  query: { queryKey: readonly unknown[]; state: { data?: unknown; status: string } };
}): void {
  if (type !== 'updated' || query.queryKey[0] !== 'getSession' || query.state.status !== 'success') return;
  const isInside = router.state.matches.some((match) => match.routeId === '/inside');
  const seen = query.state.data as SessionView | undefined;
  if (isInside && seen && !seen.user) void router.invalidate();
}
