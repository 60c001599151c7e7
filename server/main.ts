import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import type { FlowError } from '../shared/errors.ts';
import { alertChannels, probers, receivers, senders } from './adapters/index.ts';
import type { Config } from './config.ts';
import { openQueue } from './engine/queue.ts';
import { startHealthServer } from './http/health.ts';
import { startHttpServer } from './http/server.ts';
import { oauth2Provider } from './oauth2/provider.ts';
import type { Clock, Logger } from './ports/common.ts';
import type { Events } from './ports/engine.ts';
import type { PracticeMailbox } from './ports/practice.ts';
import { startPracticeMailbox } from './practice/practice-mailbox.ts';
import { behavioursOf } from './runtime/behaviours.ts';
import { planCache } from './runtime/plan.ts';
import { startWatchdog, watchRules, type WatchRules } from './runtime/watchdog.ts';
import { startWorker } from './runtime/worker.ts';
import { steps } from './steps/index.ts';
import { createAccounts } from './storage/accounts.ts';
import { openAlertRules } from './storage/alert-rule-store.ts';
import { openAlertStore } from './storage/alert-store.ts';
import { openAlertDeliveries, openAlertTargets } from './storage/alert-target-store.ts';
import { openAuditLog } from './storage/audit-store.ts';
import { startBlobCollector } from './storage/blobs/collector.ts';
import { withFresh } from './storage/blobs/fresh.ts';
import { openArtifactUses } from './storage/artifact-uses.ts';
import { openBlobs } from './storage/blobs/open-blobs.ts';
import { openCertificates } from './storage/certificates.ts';
import { openCredentials, openSecureParameters } from './storage/credentials.ts';
import { openDataDirectory, type DataDirectory } from './storage/data-directory.ts';
import { openDatabase } from './storage/database.ts';
import { openDatabaseClock } from './storage/database-clock.ts';
import { openDeploymentStore } from './storage/deployment-store.ts';
import { startEmbeddedPostgres } from './storage/embedded/embedded-postgres.ts';
import { openErasure } from './storage/erasure.ts';
import { openEvents } from './storage/events.ts';
import { openExchangeStore } from './storage/exchange-store.ts';
import { openFlowStore } from './storage/flow-store.ts';
import { openLedger } from './storage/intake-store.ts';
import { openKeyPairs } from './storage/key-pairs.ts';
import { openKnownHosts } from './storage/known-hosts.ts';
import { scanHostKeys } from './adapters/ssh/scan.ts';
import { startLogKeeper } from './storage/log-keeper.ts';
import { openLockReleases } from './storage/lock-releases.ts';
import { openLocks } from './storage/locks.ts';
import { loadKeyRing } from './storage/key-ring.ts';
import { openMessageLog } from './storage/message-log-store.ts';
import { openOAuth2Clients } from './storage/oauth2-clients.ts';
import { openOAuth2Credentials } from './storage/oauth2-credentials.ts';
import { diskSpaces } from './storage/free-space.ts';
import { openOverviewStore } from './storage/overview-store.ts';
import { openPollLog } from './storage/poll-log-store.ts';
import { enterProcess } from './storage/processes.ts';
import { openPressureStore } from './storage/pressure-store.ts';
import { openQuarantineStore } from './storage/quarantine-store.ts';
import { openBulks, openBulkWork } from './storage/bulk-store.ts';
import { openViews } from './storage/view-store.ts';
import { openDoneRequests } from './storage/request-store.ts';
import { openRenumberings } from './storage/renumbering-store.ts';
import { openReruns } from './storage/rerun-store.ts';
import { openRetention } from './storage/retention-store.ts';
import { openSecrets } from './storage/secrets.ts';
import { openScheduleStore, openSignInPauses } from './storage/schedule-store.ts';
import { openSuspectStore } from './storage/suspect-store.ts';
import { openUsers } from './storage/users.ts';
import { openTraceStore } from './storage/trace-store.ts';
import { openWatchStore } from './storage/watch-store.ts';

/** Puts the rooms together, from the data directory up; stops them in reverse. */

export interface Mailroom {
  /** Absent in a process without a web server. */
  url?: string;
  /** What the first visitor must type; absent once an administrator exists. */
  setUpToken?: string;
  close(): Promise<void>;
}

export interface MailroomOptions {
  config: Config;
  log: Logger;
  /** The built client; undefined where something else serves it. */
  clientDirectory?: string | undefined;
  /** Other periods and limits of the watchdog, for tests. */
  watchRules?: Partial<WatchRules> | undefined;
  /** Something everything depends on has ended, such as the database server. */
  onFatal: (error: FlowError) => void;
}

const behaviours = behavioursOf(senders, steps, receivers);
const processName = `${hostname()}/${process.pid}`;
const clock: Clock = { now: () => new Date() };
/** How long running exchanges may take to end at a stop; longer ones are handed back and resumed. */
const stopGraceMs = 10_000;
export const builtClient = fileURLToPath(new URL('../dist/client', import.meta.url));

export async function startMailroom(options: MailroomOptions): Promise<Mailroom> {
  await using opening = new AsyncDisposableStack();
  const ground = await openGround(options, opening);
  const stores = await openStores(options, ground, opening);
  const practice = options.config.role === 'all' ? await openPractice(options, ground.directory, opening) : undefined;
  if (options.config.role !== 'web') await startRuntime(options, ground, stores, opening);
  startWatch(options, stores, opening);
  if (options.config.role === 'worker') await startHealth(options, ground, stores, opening);
  const web = options.config.role === 'worker' ? {} : await startWeb(options, ground, stores, practice, opening);
  // First of all at a stop: the others take over what this process lets go of.
  opening.defer(() => ground.processes.stopping());
  const running = opening.move();
  return { ...web, close: () => running.disposeAsync() };
}

/** Data directory, key and database: what everything stands on. */
async function openGround({ config, log, onFatal }: MailroomOptions, opening: AsyncDisposableStack) {
  const directory = await openDataDirectory(config.dataDirectory, { isShared: config.role !== 'all' });
  opening.defer(() => directory.release());
  const keys = await loadKeyRing(config);
  if (keys.others.length > 0) log.warn({}, 'there are two master keys: "npm run rotate-key" leaves the former behind');
  let url = config.databaseUrl;
  if (url === undefined) {
    const embedded = await startEmbeddedPostgres({ dataDirectory: config.dataDirectory, log, onCrash: onFatal });
    opening.defer(() => embedded.stop());
    url = embedded.url;
  }
  const database = await openDatabase({ url, log, maxConnections: 20 });
  opening.defer(() => database.close());
  const processes = await enterProcess({
    pool: database.pool,
    blobsDirectory: directory.blobs,
    keys,
    self: { role: config.role, version: packageJson.version, blobs: config.blobs },
    isAlone: config.databaseUrl === undefined,
    log,
    onRefused: onFatal,
  });
  opening.defer(() => processes.leave());
  const accounts = createAccounts({
    database,
    masterKey: keys.current,
    publicUrl: config.publicUrl ?? (config.tls && `https://${config.host}`),
    clock,
    log,
  });
  // A worker lets nobody in, and its environment must not take away what that of the web processes gives.
  if (config.role !== 'worker') {
    if (config.administrator) await accounts.ensureAdministrator({ name: 'Administrator', ...config.administrator });
    await accounts.ensureToken(config.apiToken);
  }
  return { directory, keys, database, processes, accounts };
}
type Ground = Awaited<ReturnType<typeof openGround>>;

async function openStores(
  { config, log }: MailroomOptions,
  { directory, keys, database, processes }: Ground,
  opening: AsyncDisposableStack,
) {
  const { pool } = database;
  const events: Events = opening.adopt(await openEvents({ database, log }), (opened) => opened.close());
  const queue = await openQueue({ database, log });
  opening.defer(() => queue.close(0));
  const kept = opening.adopt(await openBlobs({ driver: config.blobs, directory: directory.blobs, pool, log }), (opened) => opened.close());
  const blobs = withFresh(kept.blobs);
  const databaseClock = opening.adopt(await openDatabaseClock(pool), (opened) => opened.close());
  const publish: Events['publish'] = (event) => events.publish(event);
  const credentials = openCredentials({ database, keys, publish });
  const secureParameters = openSecureParameters({ database, keys, publish });
  const oauth2Credentials = openOAuth2Credentials({ database, keys, provider: oauth2Provider, publish, log });
  const oauth2Clients = openOAuth2Clients({ database, keys, provider: oauth2Provider, publish, log });
  const certificates = openCertificates({ database, publish });
  const keyPairs = openKeyPairs({ database, keys, publish });
  const knownHosts = openKnownHosts({ database, publish });
  return {
    processes,
    databaseClock,
    events,
    queue,
    blobs,
    locks: openLocks(database),
    lockReleases: openLockReleases(pool),
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
    flows: openFlowStore(pool),
    deployments: openDeploymentStore(pool),
    messages: openMessageLog(pool, queue),
    reruns: openReruns(pool, queue),
    bulks: openBulks(pool),
    bulkWork: openBulkWork(pool, queue, log),
    views: openViews(pool),
    traces: openTraceStore(pool),
    polls: openPollLog(pool),
    overview: openOverviewStore(pool),
    quarantine: openQuarantineStore(pool, queue),
    renumberings: openRenumberings(pool),
    erasure: openErasure({ pool, blobs, masterKey: keys.current }),
    retention: openRetention(pool),
    intakePressure: openPressureStore(pool),
    schedule: openScheduleStore(pool),
    pauses: openSignInPauses(pool),
    ledger: openLedger(pool, queue),
    exchanges: openExchangeStore(pool, queue),
    suspects: openSuspectStore(pool),
    watch: openWatchStore(pool),
    users: openUsers(pool),
    alerts: openAlertStore(pool),
    audit: openAuditLog(pool),
    doneRequests: openDoneRequests(pool),
    alertTargets: openAlertTargets(pool),
    alertRules: openAlertRules(pool),
    alertDeliveries: openAlertDeliveries(pool),
  };
}
type Stores = Awaited<ReturnType<typeof openStores>>;

async function openPractice(
  { config, log }: MailroomOptions,
  directory: DataDirectory,
  opening: AsyncDisposableStack,
): Promise<PracticeMailbox> {
  const practice = await startPracticeMailbox({ directory: path.join(directory.path, 'practice'), port: config.practicePort, log });
  return opening.adopt(practice, (started) => started.close());
}

async function startRuntime(
  { config, log }: MailroomOptions,
  { directory, database }: Ground,
  stores: Stores,
  opening: AsyncDisposableStack,
): Promise<void> {
  opening.adopt(await startLogKeeper({ database, log }), (keeper) => keeper.close());
  const disks = [directory.blobs, ...(config.databaseUrl === undefined ? [path.join(directory.path, 'postgres')] : [])];
  const worker = startWorker({
    ...stores,
    behaviours,
    planOf: planCache((flowId, version) => stores.exchanges.version(flowId, version), behaviours),
    outboxDirectory: directory.outbox,
    pressure: { store: stores.intakePressure, spaces: () => diskSpaces(disks), limits: config.pressure },
    worker: processName,
    clock: stores.databaseClock,
    log,
  });
  stores.processes.report(() => worker.load());
  opening.defer(() => worker.close(stopGraceMs));
  const collector = startBlobCollector({ database, blobs: stores.blobs, clock: stores.databaseClock, log });
  opening.defer(() => collector.close());
}

/** In web processes as well: they are the ones that see that no worker lives. */
function startWatch({ config, log, watchRules: changed }: MailroomOptions, stores: Stores, opening: AsyncDisposableStack): void {
  const watchdog = startWatchdog({
    ...stores,
    deliveries: stores.alertDeliveries,
    channels: alertChannels,
    publicUrl: config.publicUrl,
    process: { name: processName, role: config.role },
    rules: { ...watchRules, ...changed },
    log,
  });
  opening.defer(() => watchdog.close());
}

/** For the supervisor of a process without a web server. */
async function startHealth(
  { config, log }: MailroomOptions,
  { database }: Ground,
  { events }: Stores,
  opening: AsyncDisposableStack,
): Promise<void> {
  if (config.healthPort === undefined) return;
  const server = await startHealthServer({ isReady: () => answers(database), events, log }, config.healthPort);
  opening.defer(() => server.close());
}

function answers({ pool }: Ground['database']): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  );
}

async function startWeb(
  { config, log, clientDirectory }: MailroomOptions,
  { directory, database, accounts }: Ground,
  stores: Stores,
  practice: PracticeMailbox | undefined,
  opening: AsyncDisposableStack,
): Promise<Pick<Mailroom, 'url' | 'setUpToken'>> {
  const server = await startHttpServer(
    {
      ...stores,
      accounts,
      senders,
      probers,
      behaviours,
      outboxDirectory: directory.outbox,
      alertChannels,
      practice,
      clock: stores.databaseClock,
      log,
      isReady: () => answers(database),
      clientDirectory,
      version: packageJson.version,
      host: config.host,
      publicUrl: config.publicUrl,
      tls: config.tls,
      trustedProxies: config.trustedProxies,
    },
    config.port,
  );
  opening.defer(() => server.close());
  const isSetUpNeeded = await accounts.isSetUpNeeded();
  return { url: config.publicUrl ?? server.url, ...(isSetUpNeeded ? { setUpToken: accounts.setUpToken } : {}) };
}
