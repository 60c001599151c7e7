import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../shared/roles.ts';
import { alertChannels, probers, receivers, senders } from '../adapters/index.ts';
import { mailSenderAdapter } from '../adapters/mail-sender.ts';
import { openQueue } from '../engine/queue.ts';
import type { HttpParts } from '../http/parts.ts';
import { startHttpServer } from '../http/server.ts';
import { oauth2Provider } from '../oauth2/provider.ts';
import type { Clock } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import { behavioursOf } from '../runtime/behaviours.ts';
import { steps } from '../steps/index.ts';
import { createAccounts } from '../storage/accounts.ts';
import { openAlertRules } from '../storage/alert-rule-store.ts';
import { openAlertStore } from '../storage/alert-store.ts';
import { openArtifactUses } from '../storage/artifact-uses.ts';
import { openAlertTargets } from '../storage/alert-target-store.ts';
import { openAuditLog } from '../storage/audit-store.ts';
import { openFsBlobs } from '../storage/blobs/fs.ts';
import { openCertificates } from '../storage/certificates.ts';
import { openCredentials, openSecureParameters } from '../storage/credentials.ts';
import { openDeploymentStore } from '../storage/deployment-store.ts';
import { openErasure } from '../storage/erasure.ts';
import { openEvents } from '../storage/events.ts';
import { openFlowStore } from '../storage/flow-store.ts';
import { openKeyPairs } from '../storage/key-pairs.ts';
import { openKnownHosts } from '../storage/known-hosts.ts';
import { scanHostKeys } from '../adapters/ssh/scan.ts';
import { openLockReleases } from '../storage/lock-releases.ts';
import { openLocks } from '../storage/locks.ts';
import { openPressureStore } from '../storage/pressure-store.ts';
import { openMessageLog } from '../storage/message-log-store.ts';
import { openBulks } from '../storage/bulk-store.ts';
import { openViews } from '../storage/view-store.ts';
import { openDoneRequests } from '../storage/request-store.ts';
import { openRenumberings } from '../storage/renumbering-store.ts';
import { openReruns } from '../storage/rerun-store.ts';
import { openOAuth2Clients } from '../storage/oauth2-clients.ts';
import { openOAuth2Credentials } from '../storage/oauth2-credentials.ts';
import { openOverviewStore } from '../storage/overview-store.ts';
import { openPollLog } from '../storage/poll-log-store.ts';
import { openSecrets } from '../storage/secrets.ts';
import { openRetention } from '../storage/retention-store.ts';
import { openQuarantineStore } from '../storage/quarantine-store.ts';
import { openUsers } from '../storage/users.ts';
import { openTraceStore } from '../storage/trace-store.ts';
import { openWatchStore } from '../storage/watch-store.ts';
import { testDatabase } from './database.ts';
import { httpClient } from './http-client.ts';
import { silentLog } from './silent-log.ts';

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

export const administrator = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };

/**
 * The HTTP server as `main.ts` builds it, on a free port, with stores on a fresh database; without workers, so that nothing
 * happens but what a test asks for.
 */
export async function startTestServer(change: Partial<HttpParts> = {}) {
  const { database, close: dropDatabase } = await testDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-http-'));
  const masterKey = randomBytes(32);
  const keys = { current: masterKey, others: [] };
  const clock: Clock = { now: () => new Date() };
  const log = silentLog;
  const { pool } = database;
  const queue = await openQueue({ database, log });
  const events = await openEvents({ database, log });
  const accounts = createAccounts({ database, masterKey, publicUrl: change.publicUrl, clock, log });
  const publish: Events['publish'] = (event) => events.publish(event);
  const credentials = openCredentials({ database, keys, publish });
  const secureParameters = openSecureParameters({ database, keys, publish });
  const oauth2Credentials = openOAuth2Credentials({ database, keys, provider: oauth2Provider, publish, log });
  const oauth2Clients = openOAuth2Clients({ database, keys, provider: oauth2Provider, publish, log });
  const certificates = openCertificates({ database, publish });
  const keyPairs = openKeyPairs({ database, keys, publish });
  const knownHosts = openKnownHosts({ database, publish });
  const blobs = await openFsBlobs({ directory: join(directory, 'blobs'), log });
  const parts: HttpParts = {
    flows: openFlowStore(pool),
    deployments: openDeploymentStore(pool),
    messages: openMessageLog(pool, queue),
    reruns: openReruns(pool, queue),
    bulks: openBulks(pool),
    views: openViews(pool),
    traces: openTraceStore(pool),
    polls: openPollLog(pool),
    overview: openOverviewStore(pool),
    quarantine: openQuarantineStore(pool, queue),
    renumberings: openRenumberings(pool),
    retention: openRetention(pool),
    credentials,
    oauth2Credentials,
    oauth2Clients,
    secureParameters,
    certificates,
    keyPairs,
    knownHosts,
    scanHostKeys,
    artifactUses: openArtifactUses(pool),
    secrets: openSecrets({ credentials, secureParameters, oauth2Credentials, oauth2Clients, certificates, keyPairs, knownHosts }),
    locks: openLocks(database),
    lockReleases: openLockReleases(pool),
    intakePressure: openPressureStore(pool),
    alerts: openAlertStore(pool),
    audit: openAuditLog(pool),
    doneRequests: openDoneRequests(pool),
    alertTargets: openAlertTargets(pool),
    alertRules: openAlertRules(pool),
    alertChannels,
    watch: openWatchStore(pool),
    queue,
    blobs,
    erasure: openErasure({ pool, blobs, masterKey }),
    senders: [mailSenderAdapter],
    probers,
    behaviours: behavioursOf(senders, steps, receivers),
    outboxDirectory: join(directory, 'outbox'),
    isReady: async () => (await pool.query('select 1')).rowCount === 1,
    processes: { list: () => Promise.resolve([]) },
    practice: undefined,
    version: '0.0.0-test',
    clientDirectory: undefined,
    host: '127.0.0.1',
    publicUrl: undefined,
    tls: undefined,
    trustedProxies: undefined,
    accounts,
    users: openUsers(pool),
    events,
    clock,
    log,
    ...change,
  };
  const server = await startHttpServer(parts, 0);

  return {
    url: server.url,
    port: server.port,
    database,
    directory,
    parts,
    accounts,
    stopHttp: () => server.close(),

    /** A client that may do everything. */
    async program() {
      const { token } = await accounts.createToken({ name: 'test', role: 'administrator', userId: null, expiresAt: null }, 'test');
      return httpClient(server.url, { token });
    },

    /** A client that may do what a role may. */
    async as(role: Role) {
      const { token } = await accounts.createToken({ name: `test ${role}`, role, userId: null, expiresAt: null }, 'test');
      return httpClient(server.url, { token });
    },

    async close() {
      await server.close();
      await events.close();
      await queue.close(0);
      await dropDatabase();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
