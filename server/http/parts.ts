import type {
  Accounts,
  BlobStore,
  Clock,
  CredentialStore,
  DeploymentStore,
  Events,
  FlowStore,
  Locks,
  Logger,
  MessageLog,
  PollLog,
  PracticeMailbox,
  QuarantineStore,
  SenderAdapter,
} from '../ports.ts';

/** What the API shows and starts. `main.ts` puts it together. */
export interface HttpParts {
  flows: FlowStore;
  deployments: DeploymentStore;
  messages: MessageLog;
  polls: PollLog;
  quarantine: QuarantineStore;
  credentials: CredentialStore;
  locks: Locks;
  events: Events;
  blobs: BlobStore;
  accounts: Accounts;
  /** For the connection test and for reading the content of mails. */
  senders: SenderAdapter[];
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
}
