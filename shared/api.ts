import { z } from 'zod';
import { alertSchema, alertSettingsSchema, alertTargetInputSchema, alertTargetSchema } from './alert-schemas.ts';
import { errorSchema } from './errors/view.ts';
import { mailProposalSchema } from './mail-proposal.ts';
import { clientSecretPlaces, oauth2Presets, oauth2ProviderNames, whyNotEndpoint } from './oauth2.ts';
import { mailFolderSchema } from './probe.ts';
import { retentionSchema } from './retention.ts';
import { channelHealths, deploymentStates, messageStatuses, oauth2States, pollResults, runStepOutcomes } from './status.ts';

/** Every route of `/api/v1`: what goes in and what comes out. Server, client and the OpenAPI document read this one table. */

const time = z.iso.datetime();
const id = z.uuid();

export const errorAnswerSchema = errorSchema.extend({
  requestId: z.string(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

// ---- flows

export const nodeSchema = z.object({
  id: z.string().min(1).max(100),
  type: z.string().min(1).max(100),
  position: z.object({ x: z.number(), y: z.number() }),
  config: z.record(z.string(), z.unknown()),
});
export const edgeSchema = z.object({ id: z.string().min(1).max(200), from: z.string().min(1).max(100), to: z.string().min(1).max(100) });
export const documentSchema = z.object({
  nodes: z.array(nodeSchema).max(1_000),
  edges: z.array(edgeSchema).max(5_000),
  settings: z.record(z.string().max(100), z.unknown()).optional(),
});

export const problemSchema = z.object({
  nodeId: z.string().optional(),
  field: z.string().optional(),
  level: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
});

export const pollSchema = z.object({
  id,
  flowId: id,
  nodeId: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  result: z.enum(pollResults),
  /** Mails the server listed, those of them known already, taken in now, and set aside. */
  listed: z.int(),
  known: z.int(),
  taken: z.int(),
  quarantined: z.int(),
  /** Mails marked, moved or deleted on the server during this poll. */
  postProcessed: z.int(),
  /** Mails that a person read before they were taken, and mails that were marked unread again after they were done. */
  readElsewhere: z.int(),
  unreadAgain: z.int(),
  /** Left out: by Search, and because they were there before the start (Start With). */
  skippedBySearch: z.int(),
  beforeStart: z.int(),
  bytes: z.int(),
  error: errorSchema.nullable(),
  /** What else people should know: renumbered mails, a capability the server lacks. */
  notes: z.array(z.string()),
  worker: z.string(),
});
export type PollView = z.output<typeof pollSchema>;

export const channelSchema = z.object({
  id,
  nodeId: z.string(),
  name: z.string(),
  health: z.enum(channelHealths),
  lastPoll: pollSchema.nullable(),
  /** The last poll that completed. */
  lastSuccessAt: time.nullable(),
  /** When it is polled, in words that follow "Polled". */
  schedule: z.string(),
  /** Null where the schedule has no run left. */
  nextPollAt: time.nullable(),
  failuresInRow: z.int(),
  /** What a person may decide: take mails that somebody read first, process mails again that were marked unread. */
  offers: z.object({ readElsewhere: z.int(), unreadAgain: z.int() }),
});
export type ChannelView = z.output<typeof channelSchema>;

export const deploymentSchema = z.object({
  flowId: id,
  flowName: z.string(),
  version: z.int(),
  state: z.enum(deploymentStates),
  deployedAt: time,
  deployedBy: z.string(),
  error: errorSchema.nullable(),
  channels: z.array(channelSchema),
  /** Messages by status, all time within retention. */
  counts: z.partialRecord(z.enum(messageStatuses), z.int()),
});
export type DeploymentView = z.output<typeof deploymentSchema>;

export const flowSummarySchema = z.object({
  id,
  name: z.string(),
  description: z.string(),
  createdAt: time,
  updatedAt: time,
  nodeCount: z.int(),
  deployment: z.object({ version: z.int(), state: z.enum(deploymentStates), isCurrent: z.boolean() }).nullable(),
});
export type FlowSummary = z.output<typeof flowSummarySchema>;

export const flowSchema = flowSummarySchema.omit({ nodeCount: true, deployment: true }).extend({
  /** Grows with each save; a save names the one it started from. */
  revision: z.int(),
  draft: documentSchema,
  deployment: deploymentSchema.nullable(),
  /** What runs now, to compare the draft with. */
  deployedDocument: documentSchema.nullable(),
});
export type FlowView = z.output<typeof flowSchema>;

/** A drawing as it was deployed once; it never changes. */
export const versionSchema = z.object({
  version: z.int(),
  /** When it was deployed for the first time. */
  deployedAt: time,
  deployedBy: z.string(),
  note: z.string(),
});
export type VersionView = z.output<typeof versionSchema>;

const flowName = z.string().trim().min(1, 'must not be empty').max(200);

// ---- messages

export const messageSummarySchema = z.object({
  id,
  flowId: id,
  flowName: z.string(),
  version: z.int(),
  status: z.enum(messageStatuses),
  subject: z.string(),
  from: z.string(),
  /** Message-ID of the mail. */
  mailMessageId: z.string(),
  sizeBytes: z.int(),
  /** When intake was committed. */
  receivedAt: time,
  endedAt: time.nullable(),
  attempts: z.int(),
  nextAttemptAt: time.nullable(),
  /** Open, but its flow is not deployed: it goes on when the flow is deployed again. */
  isHeld: z.boolean(),
  error: errorSchema.nullable(),
});
export type MessageSummary = z.output<typeof messageSummarySchema>;

/** Steps without messages are left out. */
export const messageChartSchema = z.object({
  from: time,
  to: time,
  stepHours: z.int(),
  steps: z.array(z.object({ at: time, counts: z.partialRecord(z.enum(messageStatuses), z.int()) })),
});
export type MessageChartView = z.output<typeof messageChartSchema>;

export const runStepSchema = z.object({
  attempt: z.int(),
  /** Order within the attempt, from 0. */
  position: z.int(),
  nodeId: z.string(),
  name: z.string(),
  type: z.string(),
  outcome: z.enum(runStepOutcomes),
  startedAt: time,
  endedAt: time.nullable(),
  error: errorSchema.nullable(),
  /** What the step or receiver says it did, one line. */
  summary: z.string(),
  /** The Idempotency-Key that a receiver was handed; null for other steps. */
  idempotencyKey: z.string().nullable(),
});
export type RunStepView = z.output<typeof runStepSchema>;

/** Where a message runs from when a person runs it again: `start`, every receiver gets it once more; `failed`, only those that don't have it yet. */
export const rerunFroms = ['start', 'failed'] as const;
/** On the version it ran with, or on the one that is deployed now (the last that was, where none is). */
export const rerunVersions = ['same', 'newest'] as const;

export const rerunSchema = z.object({
  /** The first attempt of this run. */
  attempt: z.int(),
  at: time,
  by: z.string(),
  from: z.enum(rerunFroms),
  version: z.int(),
  /** The version of the attempts before. */
  previousVersion: z.int(),
});
export type RerunView = z.output<typeof rerunSchema>;

export const messageSchema = messageSummarySchema.extend({
  nodeId: z.string(),
  to: z.string(),
  sentAt: z.string().nullable(),
  /** Behind another message of its channel (Processing Order: In Order). */
  isWaiting: z.boolean(),
  /** Its mail was marked unread again after it was done. */
  isUnreadAgain: z.boolean(),
  /** Runs that a person asked for, oldest first. */
  reruns: z.array(rerunSchema),
  /** The message of the same mail that a person had processed again, and the one that did. */
  repeatOf: id.nullable(),
  repeatedBy: id.nullable(),
  /** What the mail server still has to be told, and what it was told. */
  postProcessing: z.object({ action: z.string(), state: z.enum(['owed', 'done', 'none', 'failed']), error: errorSchema.nullable() }),
  steps: z.array(runStepSchema),
  /** Read from the raw mail on request; null with `contentError` where that fails. */
  content: z
    .object({
      headers: z.array(z.object({ name: z.string(), value: z.string() })),
      bodyContentType: z.string(),
      /** At most 256 KiB of it. */
      body: z.string(),
      isBodyCut: z.boolean(),
      attachments: z.array(z.object({ index: z.int(), name: z.string(), contentType: z.string(), sizeBytes: z.int() })),
    })
    .nullable(),
  contentError: errorSchema.nullable(),
});
export type MessageView = z.output<typeof messageSchema>;

export const erasureSchema = z.object({
  /** Lines of the log, and those of them that have not ended: nothing is erased while there are any. */
  messages: z.int(),
  open: z.int(),
  quarantined: z.int(),
  /** Raw mails. */
  mails: z.int(),
  mailBytes: z.number(),
  /** Raw mails that could not be read, so that nobody can say whose they are. */
  unreadable: z.int(),
});
export type ErasureView = z.output<typeof erasureSchema>;

export const quarantineSchema = z.object({
  id,
  flowId: id,
  flowName: z.string(),
  messageId: id.nullable(),
  reason: errorSchema,
  subject: z.string(),
  from: z.string(),
  sizeBytes: z.int(),
  /** The date of the mail, where it is known. */
  sentAt: z.string().nullable(),
  since: time,
  /** Whether the raw bytes are here; otherwise the mail is still on the server only. */
  hasRaw: z.boolean(),
});
export type QuarantineView = z.output<typeof quarantineSchema>;

// ---- security

const credentialName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100)
  .regex(/^[\w.@-]+$/, 'letters, digits, ".", "_", "@" and "-" only');
const allowedHosts = z.array(z.string().trim().min(1).max(300)).max(100);

export const credentialSchema = z.object({
  name: z.string(),
  description: z.string(),
  user: z.string(),
  allowedHosts: z.array(z.string()),
  deployedAt: time,
  deployedBy: z.string(),
  /** Names of the flows whose draft or deployed version names it. */
  usedBy: z.array(z.string()),
});
export type CredentialView = z.output<typeof credentialSchema>;

export const oauth2CredentialSchema = z.object({
  name: z.string(),
  description: z.string(),
  provider: z.enum(oauth2ProviderNames),
  tenant: z.string(),
  /** Empty where the provider's own is used. */
  authorizationUrl: z.string(),
  tokenUrl: z.string(),
  clientId: z.string(),
  hasClientSecret: z.boolean(),
  sendAs: z.enum(clientSecretPlaces),
  user: z.string(),
  scope: z.string(),
  allowedHosts: z.array(z.string()),
  state: z.enum(oauth2States),
  /** Why it is not Deployed, or why the last try to refresh its token failed. */
  error: errorSchema.nullable(),
  authorizedAt: time.nullable(),
  authorizedBy: z.string().nullable(),
  accessTokenUntil: time.nullable(),
  /** Null where the provider does not tell. */
  refreshTokenUntil: time.nullable(),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy: z.array(z.string()),
});
export type OAuth2CredentialView = z.output<typeof oauth2CredentialSchema>;

const oauth2Settings = z.object({
  description: z.string().max(2_000).default(''),
  provider: z.enum(oauth2ProviderNames),
  tenant: z
    .string()
    .trim()
    .max(200)
    .regex(/^[A-Za-z0-9.-]*$/, 'letters, digits, "." and "-" only')
    .default(''),
  authorizationUrl: z.string().trim().max(2_000).default(''),
  tokenUrl: z.string().trim().max(2_000).default(''),
  clientId: z.string().trim().min(1, 'must not be empty').max(500),
  /** Left out: the present one stays. Empty: the client has none. */
  clientSecret: z.string().max(2_000).optional(),
  sendAs: z.enum(clientSecretPlaces).default('body'),
  user: z.string().trim().min(1, 'must not be empty').max(300),
  scope: z.string().trim().max(2_000).default(''),
  allowedHosts,
});

/** Addresses are typed only where the provider has no preset, and tokens must not travel readable. */
function checkEndpoints({ issues, value }: { issues: z.core.$ZodRawIssue[]; value: z.output<typeof oauth2Settings> }): void {
  const wrong = (path: string, message: string) => issues.push({ code: 'custom', path: [path], message, input: value });
  const preset = oauth2Presets[value.provider];
  if (preset.tokenUrl?.includes('{tenant}') && value.tenant === '') wrong('tenant', 'must not be empty');
  if (preset.tokenUrl !== undefined) return;
  for (const key of ['authorizationUrl', 'tokenUrl'] as const) {
    const reason = whyNotEndpoint(value[key]);
    if (reason !== undefined) wrong(key, reason);
  }
}

/** PEM texts and files, in characters. */
const maxPemLength = 200_000;
const pem = z.string().min(1, 'must not be empty').max(maxPemLength);
const passphrase = z.string().max(1_000).default('');
const artifactDescription = z.string().max(2_000).default('');

export const certificateFactsSchema = z.object({
  /** `CN=mail.example.com, O=Example` */
  subject: z.string(),
  issuer: z.string(),
  /** Host names and mail addresses it is made for. */
  names: z.array(z.string()),
  /** SHA-256, upper-case hex in pairs with colons between them. */
  fingerprint256: z.string(),
  /** `RSA 2048 bit` */
  key: z.string(),
  validFrom: time,
  validTo: time,
  isSelfSigned: z.boolean(),
  isAuthority: z.boolean(),
});
export type CertificateFactsView = z.output<typeof certificateFactsSchema>;

export const certificateSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** As they were deployed; at least one. */
  certificates: z.array(certificateFactsSchema),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy: z.array(z.string()),
});
export type CertificateView = z.output<typeof certificateSchema>;

/** The certificate of the private key comes first. Every mail channel may use every key pair. */
export const keyPairSchema = certificateSchema.omit({ usedBy: true });
export type KeyPairView = z.output<typeof keyPairSchema>;

const keyPairMaterial = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pem'), certificate: pem, privateKey: pem, passphrase }),
  z.object({ kind: z.literal('pkcs12'), file: z.base64('must be base64').min(1).max(maxPemLength), passphrase }),
]);

export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  start: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
});
export type TokenView = z.output<typeof tokenSchema>;

// ---- other

export const lockSchema = z.object({
  /** host/user/folder, or `connection 1 of host/user`. */
  key: z.string(),
  /** `connection`: a place among the connections that an account may have; it goes with the lock on its mailbox. */
  kind: z.enum(['mailbox', 'connection']),
  /** Null where the channel was deleted. */
  channel: z.object({ id, name: z.string(), flowId: id, flowName: z.string() }).nullable(),
  holder: z.string(),
  /** Fencing token: grows with each change of holder. */
  token: z.string(),
  acquiredAt: time,
  expiresAt: time,
});
export type LockView = z.output<typeof lockSchema>;

export const processStates = ['running', 'stopping', 'lost'] as const;
export const processSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  role: z.string(),
  version: z.string(),
  /** Where it keeps mails. */
  blobs: z.enum(['fs', 'fs-shared', 'pg']),
  startedAt: time,
  seenAt: time,
  /** `lost`: it gave no sign for 15 seconds. */
  state: z.enum(processStates),
  polls: z.int(),
  /** Connections that wait for new mail. */
  standing: z.int(),
  exchanges: z.int(),
});
export type ProcessView = z.output<typeof processSchema>;
export const lockReleaseSchema = z.object({
  id,
  key: z.string(),
  holder: z.string(),
  token: z.string(),
  /** As they were called then; empty where they were not known. */
  flowName: z.string(),
  channelName: z.string(),
  acquiredAt: time,
  releasedAt: time,
  releasedBy: z.string(),
  reason: z.string(),
});
export type LockReleaseView = z.output<typeof lockReleaseSchema>;

export const intakePauseSchema = z.object({
  /** Null: all flows. */
  flowId: id.nullable(),
  /** Null: all workers. A disk without space stops those that keep their mails on it. */
  worker: z.string().nullable(),
  reason: errorSchema,
  since: time,
});
export type IntakePauseView = z.output<typeof intakePauseSchema>;

export const practiceSchema = z.object({
  isAvailable: z.boolean(),
  address: z.string(),
  user: z.string(),
  credential: z.string(),
  total: z.int(),
  unread: z.int(),
});
export type PracticeView = z.output<typeof practiceSchema>;

export const sessionSchema = z.object({
  /** No administrator exists yet: the set-up page comes first. */
  isSetUpNeeded: z.boolean(),
  user: z.object({ id: z.string(), name: z.string(), email: z.string() }).nullable(),
  version: z.string(),
});
export type SessionView = z.output<typeof sessionSchema>;

const erasureAddress = z.object({ address: z.email('must be an e-mail address').max(320) });

/** A channel as it stands in a form, saved or not. */
const channelConfig = z.object({ type: z.string(), config: z.record(z.string(), z.unknown()) });

const page = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() });
const maxChartSteps = 1_000;
const nothing = z.object({});
const empty = z.null();
const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, parameters as `:name`. */
  path: string;
  summary: string;
  /** Answers without a session or token. */
  isPublic?: boolean;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType;
  answer: z.ZodType;
}

function route<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof empty,
  A extends z.ZodType = typeof empty,
>(r: {
  method: Route['method'];
  path: string;
  summary: string;
  isPublic?: boolean;
  params?: P;
  query?: Q;
  body?: B;
  answer?: A;
}): { method: Route['method']; path: string; summary: string; isPublic?: boolean; params: P; query: Q; body: B; answer: A } {
  return {
    ...r,
    params: (r.params ?? nothing) as P,
    query: (r.query ?? nothing) as Q,
    body: (r.body ?? empty) as B,
    answer: (r.answer ?? empty) as A,
  };
}

/** What one call about several messages may name, and how many of a filter it takes at once. */
export const maxMessagesAtOnce = 200;
/** A higher count is not looked for. */
export const maxCounted = 10_000;

/** As of the list of messages. A field that is not known is refused: without it, more messages would be meant. */
const messageFilter = z.strictObject({
  flowId: id.optional(),
  status: z.enum(messageStatuses).optional(),
  search: z.string().max(200).optional(),
  from: time.optional(),
  to: time.optional(),
});
export type MessageFilterView = z.output<typeof messageFilter>;

/** Several messages: by id, or those that a filter lets through, newest first, a part at a time from `cursor` on. */
const severalMessages = z
  .object({
    ids: z.array(id).min(1).max(maxMessagesAtOnce).optional(),
    filter: messageFilter.optional(),
    cursor: z.string().max(200).optional(),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'give either ids or a filter');

const rerunWish = z.object({ from: z.enum(rerunFroms).default('failed'), version: z.enum(rerunVersions).default('same') });

const severalAnswers = z.object({
  results: z.array(
    z.object({
      id,
      /** Why nothing was done; null where it was. */
      error: errorSchema.nullable(),
    }),
  ),
  /** For the next part of a filter; null at its end. */
  nextCursor: z.string().nullable(),
});
export type SeveralAnswers = z.output<typeof severalAnswers>;

const byId = z.object({ id });
const byName = z.object({ name: z.string().max(100) });

export const routes = {
  getSession: route({
    method: 'GET',
    path: '/session',
    summary: 'Who is signed in, and whether an administrator exists',
    isPublic: true,
    answer: sessionSchema,
  }),
  setUp: route({
    method: 'POST',
    path: '/set-up',
    summary: 'Create the first administrator',
    isPublic: true,
    body: z.object({
      token: z.string().max(200),
      name: z.string().trim().min(1).max(200),
      email: z.email().max(300),
      password: z.string().min(10, 'at least 10 characters').max(200),
    }),
    answer: sessionSchema,
  }),
  signIn: route({
    method: 'POST',
    path: '/sign-in',
    summary: 'Start a session',
    isPublic: true,
    body: z.object({ email: z.email().max(300), password: z.string().min(1).max(200) }),
    answer: sessionSchema,
  }),
  signOut: route({ method: 'POST', path: '/sign-out', summary: 'End the session', answer: sessionSchema }),

  listFlows: route({ method: 'GET', path: '/flows', summary: 'All flows', answer: list(flowSummarySchema) }),
  createFlow: route({
    method: 'POST',
    path: '/flows',
    summary: 'Create a flow',
    body: z.object({
      name: flowName,
      description: z.string().max(2_000).default(''),
      draft: documentSchema.default({ nodes: [], edges: [] }),
    }),
    answer: flowSchema,
  }),
  getFlow: route({ method: 'GET', path: '/flows/:id', summary: 'One flow with its draft', params: byId, answer: flowSchema }),
  saveFlow: route({
    method: 'PUT',
    path: '/flows/:id',
    summary: 'Save the draft',
    params: byId,
    body: z.object({
      revision: z.int(),
      name: flowName.optional(),
      description: z.string().max(2_000).optional(),
      draft: documentSchema.optional(),
    }),
    answer: flowSchema,
  }),
  deleteFlow: route({ method: 'DELETE', path: '/flows/:id', summary: 'Delete a flow that is not deployed', params: byId }),
  checkFlow: route({
    method: 'POST',
    path: '/flows/:id/check',
    summary: 'Problems of the draft',
    params: byId,
    answer: z.object({ problems: z.array(problemSchema) }),
  }),
  deployFlow: route({
    method: 'POST',
    path: '/flows/:id/deploy',
    summary: 'Freeze the draft as a version and start it',
    params: byId,
    body: z.object({ revision: z.int().optional(), note: z.string().max(1_000).default('') }),
    answer: deploymentSchema,
  }),
  undeployFlow: route({ method: 'POST', path: '/flows/:id/undeploy', summary: 'Stop the flow', params: byId }),
  pollNow: route({ method: 'POST', path: '/flows/:id/poll', summary: 'Poll the channels of the flow now', params: byId }),
  getVersion: route({
    method: 'GET',
    path: '/flows/:id/versions/:version',
    summary: 'The drawing of one deployed version',
    params: z.object({ id, version: z.coerce.number().int() }),
    answer: versionSchema.extend({ document: documentSchema }),
  }),
  listVersions: route({
    method: 'GET',
    path: '/flows/:id/versions',
    summary: 'Versions of the flow that were deployed, newest first',
    params: byId,
    query: page.extend({ cursor: z.coerce.number().int().min(1).optional() }),
    answer: list(versionSchema),
  }),
  deployVersion: route({
    method: 'POST',
    path: '/flows/:id/versions/:version/deploy',
    summary: 'Start an earlier version as it was; the draft stays as it is',
    params: z.object({ id, version: z.coerce.number().int() }),
    answer: deploymentSchema,
  }),

  listDeployments: route({
    method: 'GET',
    path: '/deployments',
    summary: 'All deployments with the state of their channels',
    answer: list(deploymentSchema),
  }),
  listPolls: route({
    method: 'GET',
    path: '/polls',
    summary: 'Polls, newest first',
    query: page.extend({ flowId: id.optional(), result: z.enum(pollResults).optional() }),
    answer: list(pollSchema),
  }),
  listIntakePauses: route({
    method: 'GET',
    path: '/intake-pauses',
    summary: 'Why no mails are taken in for now, of all flows or of one; empty when nothing stops intake',
    answer: list(intakePauseSchema),
  }),
  listLocks: route({ method: 'GET', path: '/locks', summary: 'Who polls which mailbox', answer: list(lockSchema) }),
  listProcesses: route({
    method: 'GET',
    path: '/processes',
    summary: 'The processes that work on this database, and those lost within the last hour',
    answer: list(processSchema),
  }),
  releaseLock: route({
    method: 'POST',
    path: '/locks/:token/release',
    summary: 'Take a lock away from its holder, whose poll ends',
    params: z.object({ token: z.string().regex(/^\d{1,18}$/, 'a number') }),
    body: z.object({ reason: z.string().trim().min(1, 'must not be empty').max(500) }),
    answer: lockReleaseSchema,
  }),
  listLockReleases: route({
    method: 'GET',
    path: '/lock-releases',
    summary: 'Locks that people have released, newest first: who, when, why',
    answer: list(lockReleaseSchema),
  }),

  listMessages: route({
    method: 'GET',
    path: '/messages',
    summary: 'The message processing log, newest first',
    query: page.extend({
      flowId: id.optional(),
      status: z.enum(messageStatuses).optional(),
      /** Words or parts of words of subject, from, to or Message-ID; all of them must occur. Text in double quotes is one word. */
      search: z.string().max(200).optional(),
      /** When it was received: from the one, before the other. */
      from: time.optional(),
      to: time.optional(),
      /** Only messages whose mail was marked unread again after it was done. */
      unreadAgain: z.stringbool().optional(),
    }),
    answer: list(messageSummarySchema),
  }),
  countMessages: route({
    method: 'GET',
    path: '/messages/count',
    summary: 'How many messages a filter lets through',
    query: messageFilter,
    answer: z.object({ count: z.int(), isMore: z.boolean() }),
  }),
  getMessageChart: route({
    method: 'GET',
    path: '/messages/chart',
    summary: 'Messages received over time, by the status that they have now',
    query: z
      .object({
        /** Counts are kept per hour: the minutes of `from` are left out. */
        from: time,
        to: time,
        stepHours: z.coerce
          .number()
          .int()
          .min(1)
          .max(24 * 7),
        flowId: id.optional(),
      })
      .refine(({ from, to, stepHours }) => Date.parse(to) - Date.parse(from) <= maxChartSteps * stepHours * 60 * 60 * 1000, {
        message: `must be at most ${maxChartSteps} steps after from`,
        path: ['to'],
      }),
    answer: messageChartSchema,
  }),
  getMessage: route({
    method: 'GET',
    path: '/messages/:id',
    summary: 'One message with steps and content',
    params: byId,
    answer: messageSchema,
  }),
  retryMessage: route({
    method: 'POST',
    path: '/messages/:id/retry',
    summary: 'Run an ended message again, from its start or from the failed step',
    params: byId,
    body: rerunWish,
    answer: messageSummarySchema,
  }),
  retryMessages: route({
    method: 'POST',
    path: '/messages/retry',
    summary: 'Run several ended messages again; each is answered for on its own',
    body: severalMessages.and(rerunWish),
    answer: severalAnswers,
  }),
  cancelMessages: route({
    method: 'POST',
    path: '/messages/cancel',
    summary: 'End several messages that wait or run; each is answered for on its own',
    body: severalMessages,
    answer: severalAnswers,
  }),
  cancelMessage: route({
    method: 'POST',
    path: '/messages/:id/cancel',
    summary: 'End a message that waits or runs',
    params: byId,
    answer: messageSummarySchema,
  }),

  processAgain: route({
    method: 'POST',
    path: '/messages/:id/process-again',
    summary: 'A new message of a mail that was marked unread again after it was done',
    params: byId,
    answer: messageSummarySchema,
  }),
  findPersonsMails: route({
    method: 'POST',
    path: '/erasures/preview',
    summary: 'What is kept of the mails from and to one address; reads the head of every mail',
    body: erasureAddress,
    answer: erasureSchema,
  }),
  erasePersonsMails: route({
    method: 'POST',
    path: '/erasures',
    summary: 'Erase what is kept of the mails from and to one address; the ledger still knows them',
    body: erasureAddress,
    answer: erasureSchema,
  }),
  takeRead: route({
    method: 'POST',
    path: '/channels/:id/take-read',
    summary: 'Take the mails in that a person read before a poll could take them',
    params: byId,
    answer: z.object({ count: z.int() }),
  }),

  getRetention: route({
    method: 'GET',
    path: '/settings/retention',
    summary: 'How long the message processing log is kept',
    answer: retentionSchema,
  }),
  setRetention: route({
    method: 'PUT',
    path: '/settings/retention',
    summary: 'Change how long the message processing log is kept',
    body: retentionSchema,
    answer: retentionSchema,
  }),

  listQuarantine: route({ method: 'GET', path: '/quarantine', summary: 'Mails set aside', answer: list(quarantineSchema) }),
  releaseQuarantined: route({ method: 'POST', path: '/quarantine/:id/release', summary: 'Try a mail again', params: byId }),
  discardQuarantined: route({ method: 'POST', path: '/quarantine/:id/discard', summary: 'Leave a mail out for good', params: byId }),

  settleQuarantined: route({
    method: 'POST',
    path: '/quarantine/settle',
    summary: 'Try several mails again, or leave them out for good',
    body: z.object({ ids: z.array(id).min(1).max(500), action: z.enum(['release', 'discard']) }),
    /** `missed`: another person was faster, or the flow is gone. */
    answer: z.object({ settled: z.array(id), missed: z.array(id) }),
  }),
  listAlerts: route({
    method: 'GET',
    path: '/alerts',
    summary: 'Alerts: open ones, all at once, or those that have cleared, page by page',
    query: page.extend({ state: z.enum(['open', 'cleared']).default('open') }),
    answer: list(alertSchema).extend({
      /** How many are open, also where a page of cleared ones is asked for. */
      open: z.int(),
      /** When the watchdog last looked at everything; null before its first round. */
      checkedAt: time.nullable(),
    }),
  }),
  acknowledgeAlert: route({
    method: 'POST',
    path: '/alerts/:id/acknowledge',
    summary: 'Say that somebody takes care: no more reminders; failed messages count anew from now on',
    params: byId,
    answer: alertSchema,
  }),
  listAlertTargets: route({
    method: 'GET',
    path: '/alert-targets',
    summary: 'Who is told of alerts',
    answer: list(alertTargetSchema),
  }),
  createAlertTarget: route({
    method: 'POST',
    path: '/alert-targets',
    summary: 'Tell somebody else of alerts',
    body: alertTargetInputSchema,
    answer: alertTargetSchema,
  }),
  saveAlertTarget: route({
    method: 'PUT',
    path: '/alert-targets/:id',
    summary: 'Change a target; what waits for it is sent at once',
    params: byId,
    body: alertTargetInputSchema,
    answer: alertTargetSchema,
  }),
  deleteAlertTarget: route({
    method: 'DELETE',
    path: '/alert-targets/:id',
    summary: 'Delete a target, and what waits for it',
    params: byId,
  }),
  testAlertTarget: route({
    method: 'POST',
    path: '/alert-targets/test',
    summary: 'Send a test alert with these settings now; nothing is stored',
    body: z.object({ settings: alertSettingsSchema }),
    answer: z.object({ /** What the other side answered. */ summary: z.string() }),
  }),

  listCredentials: route({
    method: 'GET',
    path: '/credentials',
    summary: 'User Credentials artifacts, without secrets',
    answer: list(credentialSchema),
  }),
  createCredential: route({
    method: 'POST',
    path: '/credentials',
    summary: 'Create and deploy a User Credentials artifact',
    body: z.object({
      name: credentialName,
      description: z.string().max(2_000).default(''),
      user: z.string().min(1, 'must not be empty').max(300),
      password: z.string().min(1, 'must not be empty').max(1_000),
      allowedHosts,
    }),
    answer: credentialSchema,
  }),
  saveCredential: route({
    method: 'PUT',
    path: '/credentials/:name',
    summary: 'Change and redeploy; without password the old one stays',
    params: byName,
    body: z.object({
      description: z.string().max(2_000),
      user: z.string().min(1).max(300),
      password: z.string().min(1).max(1_000).optional(),
      allowedHosts,
    }),
    answer: credentialSchema,
  }),
  deleteCredential: route({
    method: 'DELETE',
    path: '/credentials/:name',
    summary: 'Delete an artifact that no deployed flow uses',
    params: byName,
  }),

  listOAuth2Credentials: route({
    method: 'GET',
    path: '/oauth2-credentials',
    summary: 'OAuth2 Authorization Code artifacts, without secrets and tokens',
    answer: list(oauth2CredentialSchema).extend({
      /** To be registered at the provider. */
      redirectUrl: z.string(),
    }),
  }),
  createOAuth2Credential: route({
    method: 'POST',
    path: '/oauth2-credentials',
    summary: 'Create an OAuth2 Authorization Code artifact, which a person then authorizes',
    body: oauth2Settings.extend({ name: credentialName }).check(checkEndpoints),
    answer: oauth2CredentialSchema,
  }),
  saveOAuth2Credential: route({
    method: 'PUT',
    path: '/oauth2-credentials/:name',
    summary: 'Change and redeploy; another client, user or scope has to be authorized again',
    params: byName,
    body: oauth2Settings.check(checkEndpoints),
    answer: oauth2CredentialSchema,
  }),
  deleteOAuth2Credential: route({
    method: 'DELETE',
    path: '/oauth2-credentials/:name',
    summary: 'Delete an artifact that no deployed flow uses',
    params: byName,
  }),
  authorizeOAuth2Credential: route({
    method: 'POST',
    path: '/oauth2-credentials/:name/authorize',
    summary: 'Begin an authorization: where to send the browser',
    params: byName,
    answer: z.object({ url: z.string() }),
  }),
  completeOAuth2Authorization: route({
    method: 'POST',
    path: '/oauth2/complete',
    summary: 'Finish an authorization with what the provider handed to the redirect URL',
    body: z.object({
      state: z.string().min(1).max(200),
      code: z.string().max(8_000).optional(),
      iss: z.string().max(2_000).optional(),
      error: z.string().max(200).optional(),
      errorDescription: z.string().max(2_000).optional(),
    }),
    answer: oauth2CredentialSchema,
  }),

  listCertificates: route({
    method: 'GET',
    path: '/certificates',
    summary: 'Trusted certificates',
    answer: list(certificateSchema),
  }),
  createCertificate: route({
    method: 'POST',
    path: '/certificates',
    summary: 'Trust one or more certificates under a name',
    body: z.object({ name: credentialName, description: artifactDescription, pem }),
    answer: certificateSchema,
  }),
  saveCertificate: route({
    method: 'PUT',
    path: '/certificates/:name',
    summary: 'Change and redeploy; without PEM the present certificates stay',
    params: byName,
    body: z.object({ description: z.string().max(2_000), pem: pem.optional() }),
    answer: certificateSchema,
  }),
  deleteCertificate: route({
    method: 'DELETE',
    path: '/certificates/:name',
    summary: 'No longer trust certificates that no deployed flow uses',
    params: byName,
  }),

  listKeyPairs: route({
    method: 'GET',
    path: '/key-pairs',
    summary: 'Key pairs, without their private keys',
    answer: list(keyPairSchema),
  }),
  createKeyPair: route({
    method: 'POST',
    path: '/key-pairs',
    summary: 'Deploy a certificate with its private key',
    body: z.object({ name: credentialName, description: artifactDescription, material: keyPairMaterial }),
    answer: keyPairSchema,
  }),
  saveKeyPair: route({
    method: 'PUT',
    path: '/key-pairs/:name',
    summary: 'Change and redeploy; without material the present key stays',
    params: byName,
    body: z.object({ description: z.string().max(2_000), material: keyPairMaterial.optional() }),
    answer: keyPairSchema,
  }),
  deleteKeyPair: route({ method: 'DELETE', path: '/key-pairs/:name', summary: 'Delete a key pair', params: byName }),

  listTokens: route({ method: 'GET', path: '/tokens', summary: 'API tokens, without their secret', answer: list(tokenSchema) }),
  createToken: route({
    method: 'POST',
    path: '/tokens',
    summary: 'Create an API token; its value is shown once',
    body: z.object({ name: z.string().trim().min(1).max(100) }),
    answer: tokenSchema.extend({ token: z.string() }),
  }),
  deleteToken: route({
    method: 'DELETE',
    path: '/tokens/:id',
    summary: 'Revoke an API token',
    params: z.object({ id: z.string().max(200) }),
  }),

  getPractice: route({ method: 'GET', path: '/practice', summary: 'The practice mailbox', answer: practiceSchema }),
  preparePractice: route({
    method: 'POST',
    path: '/practice',
    summary: 'Deploy the credential of the practice mailbox',
    answer: practiceSchema,
  }),
  sendPracticeMail: route({
    method: 'POST',
    path: '/practice/mails',
    summary: 'Put a test mail into the practice mailbox',
    body: z.object({ subject: z.string().max(200).optional(), text: z.string().max(10_000).optional() }),
    answer: practiceSchema,
  }),

  listMailFolders: route({
    method: 'POST',
    path: '/mailbox/folders',
    summary: 'The folders of the mailbox that a channel would read',
    body: channelConfig,
    answer: z.object({ folders: z.array(mailFolderSchema) }),
  }),
  createMailFolder: route({
    method: 'POST',
    path: '/mailbox/folders/create',
    summary: 'Create a folder in the mailbox that a channel would read',
    body: channelConfig.extend({ name: z.string().trim().min(1, 'must not be empty').max(500) }),
    answer: z.object({ path: z.string(), folders: z.array(mailFolderSchema) }),
  }),

  proposeMailSettings: route({
    method: 'POST',
    path: '/mailbox/proposals',
    summary: 'Settings of a channel that were found for an e-mail address, best first',
    body: z.object({ type: z.string(), email: z.string().max(320) }),
    answer: z.object({
      proposals: z.array(mailProposalSchema),
      /** Where could not be looked. */
      notes: z.array(z.string()),
    }),
  }),

  getCatalog: route({
    method: 'GET',
    path: '/catalog',
    summary: 'Adapters and steps with the JSON Schema of their configuration',
    answer: list(
      z.object({ type: z.string(), role: z.string(), title: z.string(), summary: z.string(), config: z.record(z.string(), z.unknown()) }),
    ),
  }),
};

export type RouteName = keyof typeof routes;
export type RouteParams<N extends RouteName> = z.input<(typeof routes)[N]['params']>;
export type RouteQuery<N extends RouteName> = z.input<(typeof routes)[N]['query']>;
export type RouteBody<N extends RouteName> = z.input<(typeof routes)[N]['body']>;
export type RouteAnswer<N extends RouteName> = z.output<(typeof routes)[N]['answer']>;

/**
 * Not JSON, so outside the table: `GET /api/v1/events` (SSE), `POST /api/v1/probe` (body `probeBodySchema`, answers one JSON
 * ProbeStage per line as it happens), `GET /api/v1/messages/:id/raw`, `GET /api/v1/messages/:id/attachments/:index`,
 * `GET /api/v1/quarantine/:id/raw`, `GET /api/v1/oauth2/callback` (redirects the browser), `GET /api/v1/openapi.json`.
 */
export const probeBodySchema = channelConfig;

/** One SSE event: what changed, by id; the browser reads it again. */
export const eventSchema = z.object({
  kind: z.enum(['flow', 'deployment', 'poll', 'message', 'credential', 'quarantine', 'alert']),
  ids: z.array(z.string()),
});
export type ServerEvent = z.output<typeof eventSchema>;
