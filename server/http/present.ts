import type { SessionView, TokenView } from '../../shared/api/access.ts';
import type { CertificateFactsView, CertificateView, KeyPairView } from '../../shared/api/certificates.ts';
import type { CredentialView } from '../../shared/api/credentials.ts';
import type { ChannelView, DeploymentView, FlowSummary, FlowView, KeptDraftView, VersionView } from '../../shared/api/flows.ts';
import type { LockReleaseView, LockView } from '../../shared/api/locks.ts';
import type { ErasureView } from '../../shared/api/log-upkeep.ts';
import type { MessageSummary, MessageView, RerunView, RunStepView, SeveralAnswers } from '../../shared/api/messages.ts';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import type { IntakePauseView, PollView } from '../../shared/api/polls.ts';
import type { PracticeView } from '../../shared/api/practice.ts';
import type { ProcessView } from '../../shared/api/processes.ts';
import type { QuarantineView } from '../../shared/api/quarantine.ts';
import type { ErrorView } from '../../shared/errors.ts';
import { scheduleText } from '../../shared/schedule-text.ts';
import { scheduleSchema } from '../../shared/schedule.ts';
import type { MessageStatus } from '../../shared/status.ts';
import type { LockRow } from '../ports/engine.ts';
import type { ErasureCounts } from '../ports/erasure.ts';
import type { LockRelease } from '../ports/lock-releases.ts';
import type { ChannelRow, DeploymentRow, FlowRow, KeptDraftRow, VersionRow } from '../ports/flows.ts';
import type { MessageRow, Offers, PollRow, QuarantineRow, RunStepRow } from '../ports/logs.ts';
import type { OAuth2CredentialRow } from '../ports/oauth2.ts';
import type { IntakePause } from '../ports/pressure.ts';
import type { PracticeMailbox } from '../ports/practice.ts';
import type { Answered, Rerun } from '../ports/reruns.ts';
import type { ProcessRow } from '../ports/processes.ts';
import type { KeptPayloads } from '../ports/trace.ts';
import type { CertificateRow, CredentialRow, DeployedCertificate, KeyPairRow, TokenRow, Visitor } from '../ports/security.ts';
import { placePrefix } from '../runtime/hold.ts';
import { isLate } from '../runtime/lateness.ts';
import type { MailboxFacts } from './parse-message.ts';
import { credentialStanding } from './present-material.ts';

/** What may leave the server: one function per thing, each naming every field it lets out. */

const iso = (time: Date) => time.toISOString();
const isoOrNull = (time: Date | null) => time?.toISOString() ?? null;

function errorView({ code, message, remedy, retryable, details }: ErrorView): ErrorView {
  return { code, message, remedy, retryable, ...(details === undefined ? {} : { details }) };
}

const errorOrNull = (error: ErrorView | null) => error && errorView(error);

export function presentPoll(poll: PollRow): PollView {
  return {
    id: poll.id,
    flowId: poll.flowId,
    nodeId: poll.nodeId,
    startedAt: iso(poll.startedAt),
    endedAt: isoOrNull(poll.endedAt),
    result: poll.result,
    listed: poll.listed,
    known: poll.known,
    taken: poll.taken,
    quarantined: poll.quarantined,
    postProcessed: poll.postProcessed,
    readElsewhere: poll.readElsewhere,
    unreadAgain: poll.unreadAgain,
    skippedBySearch: poll.skippedBySearch,
    beforeStart: poll.beforeStart,
    bytes: poll.bytes,
    error: errorOrNull(poll.error),
    notes: poll.notes,
    worker: poll.worker,
  };
}

function presentChannel(channel: ChannelRow, deployedAt: Date, { latestPolls, offers, now }: DeploymentFacts): ChannelView {
  const schedule = scheduleSchema.safeParse(channel.config['schedule']);
  const lastPoll = latestPolls.get(channel.id);
  return {
    id: channel.id,
    nodeId: channel.nodeId,
    name: channel.name,
    health: isLate(channel, lastPoll, deployedAt, now) ? 'late' : channel.health,
    lastPoll: lastPoll ? presentPoll(lastPoll) : null,
    lastSuccessAt: isoOrNull(channel.lastSuccessAt),
    schedule: schedule.success ? scheduleText(schedule.data) : '',
    nextPollAt: isoOrNull(channel.nextPollAt),
    failuresInRow: channel.failuresInRow,
    serverSaid:
      channel.serverSaid === null || channel.serverSaidAt === null ? null : { text: channel.serverSaid, at: iso(channel.serverSaidAt) },
    offers: offers.get(channel.id) ?? { readElsewhere: 0, unreadAgain: 0 },
  };
}

/** What a deployment is shown with; read once for a whole list. */
export interface DeploymentFacts {
  channels: ChannelRow[];
  latestPolls: Map<string, PollRow>;
  offers: Offers;
  counts: Map<string, Partial<Record<MessageStatus, number>>>;
  now: Date;
}

export function presentDeployment(deployment: DeploymentRow, facts: DeploymentFacts): DeploymentView {
  return {
    flowId: deployment.flowId,
    flowName: deployment.flowName,
    version: deployment.version,
    state: deployment.state,
    deployedAt: iso(deployment.deployedAt),
    deployedBy: deployment.deployedBy,
    error: errorOrNull(deployment.error),
    channels: facts.channels
      .filter((channel) => channel.flowId === deployment.flowId)
      .map((channel) => presentChannel(channel, deployment.deployedAt, facts)),
    counts: facts.counts.get(deployment.flowId) ?? {},
  };
}

export function presentFlowSummary(flow: FlowRow, deployment: DeploymentRow | undefined, isCurrent: boolean): FlowSummary {
  return {
    id: flow.id,
    name: flow.name,
    description: flow.description,
    createdAt: iso(flow.createdAt),
    updatedAt: iso(flow.updatedAt),
    nodeCount: flow.draft.nodes.length,
    deployment: deployment ? { version: deployment.version, state: deployment.state, isCurrent } : null,
  };
}

export function presentFlow(flow: FlowRow, deployment: DeploymentView | null, version: VersionRow | undefined): FlowView {
  return {
    id: flow.id,
    name: flow.name,
    description: flow.description,
    createdAt: iso(flow.createdAt),
    updatedAt: iso(flow.updatedAt),
    revision: flow.revision,
    draft: flow.draft,
    parameterValues: flow.parameterValues,
    deployment,
    deployedDocument: version?.document ?? null,
  };
}

export function presentVersion({ version, deployedAt, deployedBy, note }: Omit<VersionRow, 'document'>): VersionView {
  return { version, deployedAt: iso(deployedAt), deployedBy, note };
}

export function presentKeptDraft({ id, draft, keptAt, keptBy }: KeptDraftRow): KeptDraftView {
  return { id, draft, keptAt: iso(keptAt), keptBy };
}

export function presentMessageSummary(message: MessageRow): MessageSummary {
  return {
    id: message.id,
    flowId: message.flowId,
    flowName: message.flowName,
    version: message.version,
    status: message.status,
    subject: message.subject,
    from: message.from,
    mailMessageId: message.mailMessageId,
    sizeBytes: message.sizeBytes,
    receivedAt: iso(message.receivedAt),
    endedAt: isoOrNull(message.endedAt),
    attempts: message.attempts,
    nextAttemptAt: isoOrNull(message.nextAttemptAt),
    isHeld: message.isHeld,
    error: errorOrNull(message.error),
  };
}

function presentRunStep(step: RunStepRow): RunStepView {
  return {
    attempt: step.attempt,
    position: step.position,
    nodeId: step.nodeId,
    name: step.name,
    type: step.type,
    outcome: step.outcome,
    startedAt: iso(step.startedAt),
    endedAt: isoOrNull(step.endedAt),
    error: errorOrNull(step.error),
    summary: step.summary,
    idempotencyKey: step.idempotencyKey,
    edgeId: step.edgeId,
    port: step.port,
  };
}

export function presentAnswered({ id, refusal }: Answered): SeveralAnswers['results'][number] {
  return { id, error: refusal ? errorView(refusal.view()) : null };
}

function presentRerun({ attempt, at, by, from, nodeId, version, previousVersion }: Rerun): RerunView {
  return { attempt, at: iso(new Date(at)), by, from, nodeId: nodeId ?? null, version, previousVersion };
}

export function presentMessage(
  message: MessageRow,
  { steps, kept, mailbox }: { steps: RunStepRow[]; kept: Map<number, KeptPayloads>; mailbox: MailboxFacts },
): MessageView {
  const { action, state, error } = message.postProcessing;
  return {
    ...presentMessageSummary(message),
    nodeId: message.nodeId,
    to: message.to,
    sentAt: message.sentAt,
    isWaiting: message.isWaiting,
    isUnreadAgain: message.isUnreadAgain,
    reruns: message.reruns.map(presentRerun),
    repeatOf: message.repeatOf,
    repeatedBy: message.repeatedBy,
    postProcessing: { action, state, error: errorOrNull(error) },
    steps: steps.map(presentRunStep),
    custom: message.custom ?? {},
    payloads: [...kept].map(([attempt, { level, until }]) => ({ attempt, level, until: iso(until) })),
    origin: message.origin && presentOrigin(message.origin, mailbox),
  };
}

/** User and folder may both hold slashes (`shared/orders`, `INBOX/2026`): only the version's folder tells where one ends. */
function presentOrigin(
  { mailbox, epoch, uid }: NonNullable<MessageRow['origin']>,
  { hasUidValidity, folder }: MailboxFacts,
): MessageView['origin'] {
  const [host = '', ...rest] = mailbox.split('/');
  const path = rest.join('/');
  const userLength = folder !== undefined && path.endsWith(`/${folder}`) ? path.length - folder.length - 1 : path.search(/\/|$/);
  return { host, user: path.slice(0, userLength), folder: path.slice(userLength + 1), uidValidity: hasUidValidity ? epoch : null, uid };
}
export function presentQuarantined(mail: QuarantineRow): QuarantineView {
  return {
    id: mail.id,
    flowId: mail.flowId,
    flowName: mail.flowName,
    messageId: mail.messageId,
    reason: errorView(mail.reason),
    subject: mail.subject,
    from: mail.from,
    sizeBytes: mail.sizeBytes,
    sentAt: mail.sentAt,
    since: iso(mail.since),
    hasRaw: mail.rawHash !== null,
  };
}

export function presentErasure({ messages, open, quarantined, mails, mailBytes, unreadable }: ErasureCounts): ErasureView {
  return { messages, open, quarantined, mails, mailBytes, unreadable };
}

export function presentCredential(credential: CredentialRow): CredentialView {
  return {
    name: credential.name,
    description: credential.description,
    user: credential.user,
    allowedHosts: credential.allowedHosts,
    deployedAt: iso(credential.deployedAt),
    deployedBy: credential.deployedBy,
    ...credentialStanding(credential),
    usedBy: credential.usedBy,
  };
}

export function presentOAuth2Credential(credential: OAuth2CredentialRow): OAuth2CredentialView {
  return {
    name: credential.name,
    description: credential.description,
    provider: credential.provider,
    tenant: credential.tenant,
    authorizationUrl: credential.authorizationUrl,
    tokenUrl: credential.tokenUrl,
    clientId: credential.clientId,
    hasClientSecret: credential.hasClientSecret,
    sendAs: credential.sendAs,
    user: credential.user,
    scope: credential.scope,
    allowedHosts: credential.allowedHosts,
    state: credential.state,
    error: errorOrNull(credential.error),
    authorizedAt: isoOrNull(credential.authorizedAt),
    authorizedBy: credential.authorizedBy,
    accessTokenUntil: isoOrNull(credential.accessTokenUntil),
    refreshTokenUntil: isoOrNull(credential.refreshTokenUntil),
    deployedAt: iso(credential.deployedAt),
    deployedBy: credential.deployedBy,
    usedBy: credential.usedBy,
  };
}

function presentCertificateFacts(facts: DeployedCertificate): CertificateFactsView {
  return {
    subject: facts.subject,
    issuer: facts.issuer,
    names: facts.names,
    fingerprint256: facts.fingerprint256,
    key: facts.key,
    validFrom: facts.validFrom,
    validTo: facts.validTo,
    isSelfSigned: facts.isSelfSigned,
    isAuthority: facts.isAuthority,
  };
}

export function presentCertificate(certificate: CertificateRow): CertificateView {
  return {
    name: certificate.name,
    description: certificate.description,
    certificates: certificate.certificates.map(presentCertificateFacts),
    deployedAt: iso(certificate.deployedAt),
    deployedBy: certificate.deployedBy,
    usedBy: certificate.usedBy,
  };
}

export function presentKeyPair(keyPair: KeyPairRow): KeyPairView {
  return { ...presentCertificate(keyPair), sshPublicKey: keyPair.sshPublicKey, error: errorOrNull(keyPair.error) };
}

export function presentToken(token: TokenRow, now: Date): TokenView {
  return {
    id: token.id,
    name: token.name,
    start: token.start,
    role: token.role,
    owner: token.owner && { id: token.owner.id, name: token.owner.name },
    createdAt: iso(token.createdAt),
    lastUsedAt: isoOrNull(token.lastUsedAt),
    expiresAt: isoOrNull(token.expiresAt),
    isExpired: token.expiresAt !== null && token.expiresAt <= now,
  };
}

export function presentIntakePause({ flowId, worker, reason, since }: IntakePause): IntakePauseView {
  return { flowId, worker, reason: errorView(reason), since: iso(since) };
}

export function presentLock(lock: LockRow): LockView {
  return {
    key: lock.key,
    kind: lock.key.startsWith(placePrefix) ? 'connection' : 'mailbox',
    channel: lock.channel,
    holder: lock.holder,
    token: lock.token.toString(),
    acquiredAt: iso(lock.acquiredAt),
    expiresAt: iso(lock.expiresAt),
  };
}

export function presentProcess(process: ProcessRow): ProcessView {
  return {
    id: process.id,
    host: process.host,
    pid: process.pid,
    role: process.role,
    version: process.version,
    blobs: process.blobs,
    startedAt: iso(process.startedAt),
    seenAt: iso(process.seenAt),
    state: process.state,
    polls: process.polls,
    standing: process.standing,
    exchanges: process.exchanges,
  };
}

export function presentLockRelease(release: LockRelease): LockReleaseView {
  return {
    id: release.id,
    key: release.key,
    holder: release.holder,
    token: release.token.toString(),
    flowName: release.flowName,
    channelName: release.channelName,
    acquiredAt: iso(release.acquiredAt),
    releasedAt: iso(release.releasedAt),
    releasedBy: release.releasedBy,
    reason: release.reason,
  };
}

/** @param credential name of the artifact that signs in to it; the password stays here */
export function presentPractice(practice: PracticeMailbox | undefined, credential: string): PracticeView {
  if (!practice) return { isAvailable: false, address: '', user: '', credential, total: 0, unread: 0 };
  return { isAvailable: true, address: practice.address, user: practice.user, credential, ...practice.counts() };
}

export function presentSession(facts: { isSetUpNeeded: boolean; visitor: Visitor | null; version: string }): SessionView {
  const { isSetUpNeeded, visitor, version } = facts;
  if (!visitor) return { isSetUpNeeded, user: null, version };
  const { id, name, email, role, may } = visitor;
  return { isSetUpNeeded, user: { id, name, email, role, may: [...may] }, version };
}
