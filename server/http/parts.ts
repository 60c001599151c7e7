import type { ScanHostKeys } from '../ports/ssh.ts';
import type { AlertChannels, AlertRuleStore, AlertStore, AlertTargetStore, WatchStore } from '../ports/alerts.ts';
import type { AuditLog } from '../ports/audit.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { DoneRequests } from '../ports/done-requests.ts';
import type { Events, Locks, Queue } from '../ports/engine.ts';
import type { LockReleases } from '../ports/lock-releases.ts';
import type { Erasure } from '../ports/erasure.ts';
import type { DeploymentStore, FlowStore } from '../ports/flows.ts';
import type { MessageLog, PollLog, QuarantineStore } from '../ports/logs.ts';
import type { SenderAdapter } from '../ports/mailbox.ts';
import type { ArtifactUses } from '../ports/material.ts';
import type { OAuth2ClientStore, OAuth2CredentialStore } from '../ports/oauth2.ts';
import type { IntakePressure } from '../ports/pressure.ts';
import type { OverviewStore } from '../ports/overview.ts';
import type { Probers } from '../ports/probers.ts';
import type { PracticeMailbox } from '../ports/practice.ts';
import type { BulkStore } from '../ports/bulks.ts';
import type { ViewStore } from '../ports/views.ts';
import type { Renumberings } from '../ports/renumberings.ts';
import type { Reruns } from '../ports/reruns.ts';
import type { RetentionStore } from '../ports/retention.ts';
import type { Processes } from '../ports/processes.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { TraceStore } from '../ports/trace.ts';
import type { Rates } from './rates.ts';
import type { TlsFiles } from './tls-files.ts';
import type { TrustedProxies } from './trusted-proxy.ts';
import type { Behaviours } from '../runtime/behaviours.ts';
import type { Users } from '../ports/users.ts';
import type {
  Accounts,
  CertificateStore,
  CredentialStore,
  KeyPairStore,
  KnownHostsStore,
  SecureParameterStore,
} from '../ports/security.ts';

/** What the API shows and starts. `main.ts` puts it together. */
export interface HttpParts {
  flows: FlowStore;
  deployments: DeploymentStore;
  messages: MessageLog;
  reruns: Reruns;
  bulks: BulkStore;
  views: ViewStore;
  traces: TraceStore;
  polls: PollLog;
  overview: OverviewStore;
  quarantine: QuarantineStore;
  renumberings: Renumberings;
  retention: RetentionStore;
  erasure: Erasure;
  credentials: CredentialStore;
  oauth2Credentials: OAuth2CredentialStore;
  oauth2Clients: OAuth2ClientStore;
  secureParameters: SecureParameterStore;
  certificates: CertificateStore;
  keyPairs: KeyPairStore;
  knownHosts: KnownHostsStore;
  scanHostKeys: ScanHostKeys;
  artifactUses: ArtifactUses;
  /** For the connection test and for reading mails; hands out nothing that may leave the server. */
  secrets: Secrets;
  locks: Locks;
  processes: Processes;
  lockReleases: LockReleases;
  intakePressure: IntakePressure;
  alerts: AlertStore;
  audit: AuditLog;
  doneRequests: DoneRequests;
  /** Other limits, for tests. */
  rates?: Rates;
  alertTargets: AlertTargetStore;
  alertRules: AlertRuleStore;
  /** For the test button of targets. */
  alertChannels: AlertChannels;
  /** For `/metrics`. */
  watch: Pick<WatchStore, 'look' | 'counts'>;
  queue: Pick<Queue, 'oldestWaiting'>;
  events: Events;
  blobs: BlobStore;
  accounts: Accounts;
  users: Users;
  /** For the connection test and for reading the content of mails. */
  senders: SenderAdapter[];
  /** For connection tests without a channel. */
  probers: Probers;
  /** For simulations. */
  behaviours: Behaviours;
  outboxDirectory: string;
  practice: PracticeMailbox | undefined;
  clock: Clock;
  log: Logger;
  version: string;
  /** Whether the database answers, for `/readyz`. */
  isReady: () => Promise<boolean>;
  /** The built client; undefined where something else serves it. */
  clientDirectory: string | undefined;
  /** The address the server listens on, as configured. */
  host: string;
  /** Where browsers find us behind a proxy. */
  publicUrl: string | undefined;
  /** Certificate and key of the web server; undefined for plain HTTP. */
  tls: TlsFiles | undefined;
  trustedProxies: TrustedProxies | undefined;
}
