import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import type { FlowError } from '../shared/errors.ts';
import { receivers, senders } from './adapters/index.ts';
import type { Config } from './config.ts';
import { openQueue } from './engine/queue.ts';
import { startHttpServer } from './http/server.ts';
import { oauth2Provider } from './oauth2/provider.ts';
import type { Clock, Logger } from './ports/common.ts';
import type { Events } from './ports/engine.ts';
import type { PracticeMailbox } from './ports/practice.ts';
import { startPracticeMailbox } from './practice/practice-mailbox.ts';
import { behavioursOf } from './runtime/behaviours.ts';
import { planCache } from './runtime/plan.ts';
import { startWorker } from './runtime/worker.ts';
import { steps } from './steps/index.ts';
import { createAccounts } from './storage/accounts.ts';
import { startBlobCollector } from './storage/blobs/collector.ts';
import { openFsBlobs } from './storage/blobs/fs.ts';
import { openCertificates } from './storage/certificates.ts';
import { openCredentials } from './storage/credentials.ts';
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
import { openLocks } from './storage/locks.ts';
import { loadMasterKey } from './storage/master-key.ts';
import { openMessageLog } from './storage/message-log-store.ts';
import { openOAuth2Credentials } from './storage/oauth2-credentials.ts';
import { openPollLog } from './storage/poll-log-store.ts';
import { openQuarantineStore } from './storage/quarantine-store.ts';
import { openSecrets } from './storage/secrets.ts';
import { openScheduleStore, openSignInPauses } from './storage/schedule-store.ts';

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
  /** Something everything depends on has ended, such as the database server. */
  onFatal: (error: FlowError) => void;
}

const clock: Clock = { now: () => new Date() };
/** How long running exchanges may take to end at a stop; longer ones are handed back and resumed. */
const stopGraceMs = 10_000;
export const builtClient = fileURLToPath(new URL('../dist/client', import.meta.url));

export async function startMailroom(options: MailroomOptions): Promise<Mailroom> {
  await using opening = new AsyncDisposableStack();
  const ground = await openGround(options, opening);
  const stores = await openStores(options, ground, opening);
  const practice = options.config.role === 'all' ? await openPractice(options, ground.directory, opening) : undefined;
  if (options.config.role !== 'web') startRuntime(options, ground, stores, opening);
  const web = options.config.role === 'worker' ? {} : await startWeb(options, ground, stores, practice, opening);
  const running = opening.move();
  return { ...web, close: () => running.disposeAsync() };
}

/** Data directory, key and database: what everything stands on. */
async function openGround({ config, log, onFatal }: MailroomOptions, opening: AsyncDisposableStack) {
  const directory = await openDataDirectory(config.dataDirectory, { isShared: config.role !== 'all' });
  opening.defer(() => directory.release());
  const masterKey = config.masterKey ?? (await loadMasterKey(config.dataDirectory));
  let url = config.databaseUrl;
  if (url === undefined) {
    const embedded = await startEmbeddedPostgres({ dataDirectory: config.dataDirectory, log, onCrash: onFatal });
    opening.defer(() => embedded.stop());
    url = embedded.url;
  }
  const database = await openDatabase({ url, log, maxConnections: 20 });
  opening.defer(() => database.close());
  const accounts = createAccounts({ database, masterKey, publicUrl: config.publicUrl, clock, log });
  // A worker lets nobody in, and its environment must not take away what that of the web processes gives.
  if (config.role !== 'worker') {
    if (config.administrator) await accounts.ensureAdministrator({ name: 'Administrator', ...config.administrator });
    await accounts.ensureToken(config.apiToken);
  }
  return { directory, masterKey, database, accounts };
}
type Ground = Awaited<ReturnType<typeof openGround>>;

async function openStores({ log }: MailroomOptions, { directory, masterKey, database }: Ground, opening: AsyncDisposableStack) {
  const { pool } = database;
  const events: Events = opening.adopt(await openEvents({ database, log }), (opened) => opened.close());
  const queue = await openQueue({ database, log });
  opening.defer(() => queue.close(0));
  const blobs = await openFsBlobs({ directory: directory.blobs, log });
  const databaseClock = opening.adopt(await openDatabaseClock(pool), (opened) => opened.close());
  const publish: Events['publish'] = (event) => events.publish(event);
  const credentials = openCredentials({ database, masterKey, publish });
  const oauth2Credentials = openOAuth2Credentials({ database, masterKey, provider: oauth2Provider, publish, log });
  const certificates = openCertificates({ database, publish });
  const keyPairs = openKeyPairs({ database, masterKey, publish });
  return {
    databaseClock,
    events,
    queue,
    blobs,
    locks: openLocks(database),
    credentials,
    oauth2Credentials,
    certificates,
    keyPairs,
    secrets: openSecrets({ credentials, oauth2Credentials, certificates, keyPairs }),
    flows: openFlowStore(pool),
    deployments: openDeploymentStore(pool),
    messages: openMessageLog(pool, queue),
    polls: openPollLog(pool),
    quarantine: openQuarantineStore(pool, queue),
    erasure: openErasure({ pool, blobs, masterKey }),
    schedule: openScheduleStore(pool),
    pauses: openSignInPauses(pool),
    ledger: openLedger(pool, queue),
    exchanges: openExchangeStore(pool, queue),
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

function startRuntime({ log }: MailroomOptions, { directory, database }: Ground, stores: Stores, opening: AsyncDisposableStack): void {
  const behaviours = behavioursOf(senders, steps, receivers);
  const worker = startWorker({
    ...stores,
    behaviours,
    planOf: planCache((flowId, version) => stores.exchanges.version(flowId, version), behaviours),
    outboxDirectory: directory.outbox,
    worker: `${hostname()}/${process.pid}`,
    clock: stores.databaseClock,
    log,
  });
  opening.defer(() => worker.close(stopGraceMs));
  const collector = startBlobCollector({ database, blobs: stores.blobs, clock, log });
  opening.defer(() => collector.close());
}

async function startWeb(
  { config, log, clientDirectory }: MailroomOptions,
  { database, accounts }: Ground,
  stores: Stores,
  practice: PracticeMailbox | undefined,
  opening: AsyncDisposableStack,
): Promise<Pick<Mailroom, 'url' | 'setUpToken'>> {
  const isReady = () =>
    database.pool.query('select 1').then(
      () => true,
      () => false,
    );
  const server = await startHttpServer(
    {
      ...stores,
      accounts,
      senders,
      practice,
      clock: stores.databaseClock,
      log,
      isReady,
      clientDirectory,
      version: packageJson.version,
      host: config.host,
      publicUrl: config.publicUrl,
    },
    config.port,
  );
  opening.defer(() => server.close());
  const isSetUpNeeded = await accounts.isSetUpNeeded();
  return { url: config.publicUrl ?? server.url, ...(isSetUpNeeded ? { setUpToken: accounts.setUpToken } : {}) };
}
