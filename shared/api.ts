import type { z } from 'zod';
import { accessRoutes } from './api/access.ts';
import { alertsRoutes } from './api/alerts.ts';
import { auditRoutes } from './api/audit.ts';
import { bulksRoutes } from './api/bulks.ts';
import { certificatesRoutes } from './api/certificates.ts';
import { credentialsRoutes } from './api/credentials.ts';
import { descriptionStreams } from './api/description.ts';
import { eventsStreams } from './api/events.ts';
import { flowFilesRoutes } from './api/flow-files.ts';
import { flowsRoutes } from './api/flows.ts';
import { liveRoutes } from './api/live.ts';
import { locksRoutes } from './api/locks.ts';
import { logLevelRoutes } from './api/log-levels.ts';
import { logUpkeepRoutes } from './api/log-upkeep.ts';
import { mailboxRoutes, mailboxStreams } from './api/mailbox.ts';
import { materialRoutes, materialStreams } from './api/material.ts';
import { messageContentRoutes, messageContentStreams } from './api/message-content.ts';
import { messagesRoutes, messagesStreams } from './api/messages.ts';
import { knownHostsRoutes } from './api/known-hosts.ts';
import { oauth2ClientRoutes } from './api/oauth2-clients.ts';
import { oauth2CredentialsRoutes, oauth2Streams } from './api/oauth2-credentials.ts';
import { overviewRoutes } from './api/overview.ts';
import { pollsRoutes } from './api/polls.ts';
import { practiceRoutes } from './api/practice.ts';
import { processesRoutes } from './api/processes.ts';
import { quarantineRoutes, quarantineStreams } from './api/quarantine.ts';
import { renumberingsRoutes } from './api/renumberings.ts';
import { secureParametersRoutes } from './api/secure-parameters.ts';
import { simulationsRoutes, simulationsStreams } from './api/simulations.ts';
import { viewsRoutes } from './api/views.ts';
import { userRoutes } from './api/users.ts';

/** Every route of `/api/v1`: what goes in and what comes out. Server, client and the OpenAPI document read this one table. */
export const routes = {
  ...accessRoutes,
  ...userRoutes,
  ...flowsRoutes,
  ...flowFilesRoutes,
  ...liveRoutes,
  ...simulationsRoutes,
  ...overviewRoutes,
  ...pollsRoutes,
  ...locksRoutes,
  ...processesRoutes,
  ...messagesRoutes,
  ...bulksRoutes,
  ...viewsRoutes,
  ...messageContentRoutes,
  ...logLevelRoutes,
  ...logUpkeepRoutes,
  ...quarantineRoutes,
  ...renumberingsRoutes,
  ...alertsRoutes,
  ...auditRoutes,
  ...credentialsRoutes,
  ...materialRoutes,
  ...secureParametersRoutes,
  ...oauth2CredentialsRoutes,
  ...oauth2ClientRoutes,
  ...knownHostsRoutes,
  ...certificatesRoutes,
  ...practiceRoutes,
  ...mailboxRoutes,
};

/** What answers no JSON document: streams and files. */
export const streamRoutes = {
  ...eventsStreams,
  ...mailboxStreams,
  ...materialStreams,
  ...simulationsStreams,
  ...messagesStreams,
  ...messageContentStreams,
  ...quarantineStreams,
  ...oauth2Streams,
  ...descriptionStreams,
};

export type StreamName = keyof typeof streamRoutes;

export type RouteName = keyof typeof routes;
export type RouteParams<N extends RouteName> = z.input<(typeof routes)[N]['params']>;
export type RouteQuery<N extends RouteName> = z.input<(typeof routes)[N]['query']>;
export type RouteBody<N extends RouteName> = z.input<(typeof routes)[N]['body']>;
export type RouteAnswer<N extends RouteName> = z.output<(typeof routes)[N]['answer']>;
