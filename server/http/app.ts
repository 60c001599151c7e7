import express, { type Express, Router } from 'express';
import { FlowError } from '../../shared/errors.ts';
import { alertRoutes } from './alerts.ts';
import { createAuditTrail } from './audit-trail.ts';
import { auditRoutes } from './audit.ts';
import { catalogRoutes } from './catalog.ts';
import { bulkRoutes } from './bulks.ts';
import { certificateRoutes } from './certificates.ts';
import { mountClient } from './client-files.ts';
import { credentialRoutes } from './credentials.ts';
import { deploymentRoutes } from './deployments.ts';
import { knownHostsRoutes } from './known-hosts.ts';
import { liveRoutes } from './live.ts';
import { lockRoutes } from './locks.ts';
import { descriptionStreams } from './description.ts';
import { downloadStreams } from './downloads.ts';
import { answerErrors, numberRequests } from './errors.ts';
import { createEventStreams, type EventStreams } from './events.ts';
import { exportStreams } from './export.ts';
import { flowFileRoutes } from './flow-files.ts';
import { flowRoutes } from './flows.ts';
import { mountHealth } from './health.ts';
import { createGuard } from './guard.ts';
import { checkHost } from './host-check.ts';
import { keyPairRoutes } from './key-pairs.ts';
import { erasureRoutes } from './erasure.ts';
import { contentRoutes, contentStreams } from './message-content.ts';
import { logLevelRoutes } from './log-levels.ts';
import { messageRoutes } from './messages.ts';
import { oauth2ClientRoutes } from './oauth2-clients.ts';
import { oauth2ReturnStreams, oauth2Routes } from './oauth2.ts';
import { mountMetrics } from './metrics.ts';
import { overviewRoutes } from './overview.ts';
import type { HttpParts } from './parts.ts';
import { pollRoutes } from './polls.ts';
import { practiceRoutes } from './practice.ts';
import { processRoutes } from './processes.ts';
import { mailboxRoutes, probeStreams } from './mailbox.ts';
import { materialRoutes, materialStreams } from './material.ts';
import { quarantineRoutes } from './quarantine.ts';
import { renumberingRoutes } from './renumberings.ts';
import { mountRoutes, mountStreams } from './route.ts';
import { refuseOtherOrigins } from './same-origin.ts';
import { secureParameterRoutes } from './secure-parameters.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { settingRoutes } from './settings.ts';
import { simulationRoutes, simulationStreams } from './simulations.ts';
import { viewRoutes } from './views.ts';
import { ownAccountRoutes, sessionRoutes } from './session.ts';
import { trustProxies } from './trusted-proxy.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { requireVisitor } from './visitor.ts';

export interface HttpApp {
  app: Express;
  /** Says that it is stopping, and ends the event streams, which would otherwise keep their connections open for ever. */
  close(): void;
}

/** Health, API and client, in the order in which a request meets them. */
export function createHttpApp(parts: HttpParts): HttpApp {
  const app = express();
  const streams = createEventStreams(parts);
  app.disable('x-powered-by').disable('etag');
  app.use(numberRequests, setSecurityHeaders);
  const health = mountHealth(app, parts);
  if (parts.trustedProxies) app.use(trustProxies(app, parts.trustedProxies));
  // Behind a proxy on this machine the visitor's address is the one the proxy names.
  else if (parts.publicUrl !== undefined) app.set('trust proxy', 'loopback');
  app.use(checkHost(parts));
  mountMetrics(app, parts);
  app.use('/api/v1', createApi(parts, streams));
  mountClient(app, parts.clientDirectory);
  app.use(answerErrors(parts.log));
  return {
    app,
    close() {
      health.stopping();
      streams.close();
    },
  };
}

function createApi(parts: HttpParts, streams: EventStreams): Router {
  const api = Router();
  const trail = createAuditTrail(parts);
  const ways = { guard: createGuard(parts, trail), trail, doneRequests: parts.doneRequests };

  api.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  }, refuseOtherOrigins);
  mountRoutes(
    api,
    {
      ...sessionRoutes(parts, streams),
      ...ownAccountRoutes(parts),
      ...userRoutes(parts),
      ...flowRoutes(parts),
      ...flowFileRoutes(parts),
      ...liveRoutes(parts),
      ...simulationRoutes(parts),
      ...deploymentRoutes(parts),
      ...overviewRoutes(parts),
      ...lockRoutes(parts),
      ...pollRoutes(parts),
      ...messageRoutes(parts),
      ...bulkRoutes(parts),
      ...viewRoutes(parts),
      ...contentRoutes(parts),
      ...logLevelRoutes(parts),
      ...quarantineRoutes(parts),
      ...renumberingRoutes(parts),
      ...erasureRoutes(parts),
      ...settingRoutes(parts),
      ...alertRoutes(parts),
      ...auditRoutes(parts),
      ...credentialRoutes(parts),
      ...materialRoutes(parts),
      ...secureParameterRoutes(parts),
      ...oauth2Routes(parts),
      ...oauth2ClientRoutes(parts),
      ...knownHostsRoutes(parts),
      ...certificateRoutes(parts),
      ...keyPairRoutes(parts),
      ...tokenRoutes(parts),
      ...practiceRoutes(parts),
      ...processRoutes(parts),
      ...mailboxRoutes(parts),
      ...catalogRoutes(),
    },
    ways,
  );
  mountStreams(
    api,
    {
      ...streams.handlers,
      ...probeStreams(parts),
      ...materialStreams(parts),
      ...simulationStreams(parts),
      ...downloadStreams(parts),
      ...exportStreams(parts),
      ...contentStreams(parts),
      ...oauth2ReturnStreams,
      ...descriptionStreams(parts),
    },
    ways,
  );
  api.use(requireVisitor(parts.accounts), (request) => {
    throw new FlowError('NOT_FOUND', { what: 'API route', id: `${request.method} ${request.path.slice(0, 200)}` });
  });
  return api;
}
