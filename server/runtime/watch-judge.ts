import { ruleFor } from '../../shared/alert-rules.ts';
import { alertMessage, type AlertKind, type AlertParams } from '../../shared/alerts.ts';
import { daysUntil } from '../../shared/certificate.ts';
import type { Finding, WatchFacts } from '../ports/alerts.ts';
import type { ChannelRow } from '../ports/flows.ts';
import { isLate } from './lateness.ts';

/** What is wrong, given what the watchdog saw. No clock, no database: the same facts give the same findings. */

export interface WatchLimits {
  /** A worker's silence that counts as none being there. */
  noWorkerAfterMs: number;
  /** Failed polls in a row: one alone is the way of networks. */
  failingAfterPolls: number;
  /** Age of the oldest job that nobody has taken. */
  backlogAfterMs: number;
  /** Before the end of a certificate: time enough to get another one. */
  expiresWithinDays: number;
  /** A target that could not be told for this long. */
  undeliveredAfterMs: number;
}

export const watchLimits: WatchLimits = {
  noWorkerAfterMs: 30_000,
  failingAfterPolls: 3,
  backlogAfterMs: 15 * 60_000,
  expiresWithinDays: 30,
  undeliveredAfterMs: 10 * 60_000,
};

export interface Seen extends WatchFacts {
  oldestWaiting: { flowId: string; since: Date } | undefined;
}

export function judge(seen: Seen, limits: WatchLimits): Finding[] {
  const found = [
    ...noWorker(seen, limits),
    ...seen.deployments.flatMap(refusedDeployment),
    ...seen.channels.flatMap((channel) => channelTrouble(channel, seen, limits)),
    ...seen.deployments.flatMap((deployment) => noMail(deployment, seen)),
    ...seen.failed
      .filter(({ flowId, count }) => count >= (valueOf(seen, 'MESSAGES_FAILED', flowId) ?? 1))
      .map(({ flowId, flowName, count, error }) => finding('MESSAGES_FAILED', flowId, { flow: flowName, count }, { flowId, count, error })),
    ...seen.setAside.map(({ flowId, flowName, count, error }) =>
      finding('MAILS_SET_ASIDE', flowId, { flow: flowName, count }, { flowId, count, error }),
    ),
    ...backlog(seen, limits),
    ...seen.traced.map(({ flowId, flowName, until, by }) =>
      finding('TRACE_ON', flowId, { flow: flowName, until: until.toISOString(), by }, { flowId }),
    ),
    ...seen.credentials.map(({ name, state, error }) =>
      finding(state === 'Unauthorized' ? 'CREDENTIAL_UNAUTHORIZED' : 'CREDENTIAL_ERROR', name, { name }, { name, error }),
    ),
    ...seen.lockedAccounts.map((email) => finding('ACCOUNT_LOCKED', email, { email }, { name: email })),
    ...seen.certificates.flatMap((certificate) => expiry(certificate, seen, limits)),
    ...seen.stuckTargets
      .filter(({ since }) => ageMs(since, seen) > msOf(valueOf(seen, 'ALERTS_UNDELIVERED'), minuteMs, limits.undeliveredAfterMs))
      .map(({ id, name, since, error }) =>
        finding('ALERTS_UNDELIVERED', id, { target: name, since: since.toISOString() }, { name, error }),
      ),
  ];
  return found.filter(({ kind, flowId }) => ruleFor(seen.rules, kind, flowId).isEnabled);
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What a person has set for a kind; undefined where nobody has. */
function valueOf({ rules }: Seen, kind: AlertKind, flowId: string | null = null): number | undefined {
  return ruleFor(rules, kind, flowId).value;
}

function msOf(value: number | undefined, unitMs: number, otherwiseMs: number): number {
  return value === undefined ? otherwiseMs : value * unitMs;
}

function noWorker(seen: Seen, { noWorkerAfterMs }: WatchLimits): Finding[] {
  const { workerSeenAt, watchingSince } = seen;
  // Nobody could see a worker before somebody watched.
  const since = workerSeenAt && workerSeenAt > watchingSince ? workerSeenAt : watchingSince;
  return ageMs(since, seen) > msOf(valueOf(seen, 'NO_WORKER'), 1_000, noWorkerAfterMs) ? [finding('NO_WORKER', 'workers', {})] : [];
}

/** Counts from the deployment at the earliest: a flow can't get mail before it. */
function noMail({ flowId, flowName, deployedAt }: WatchFacts['deployments'][number], seen: Seen): Finding[] {
  const lastAt = seen.lastMailAt.get(flowId);
  if (lastAt === undefined) return [];
  const since = lastAt && lastAt > deployedAt ? lastAt : deployedAt;
  const hours = valueOf(seen, 'NO_MAIL', flowId) ?? 0;
  if (hours === 0 || ageMs(since, seen) <= hours * hourMs) return [];
  const params = { flow: flowName, hours: Math.floor(ageMs(since, seen) / hourMs), since: lastAt?.toISOString() ?? '' };
  return [finding('NO_MAIL', flowId, params, { flowId })];
}

function refusedDeployment({ flowId, flowName, version, state, error }: WatchFacts['deployments'][number]): Finding[] {
  return state === 'Error' ? [finding('DEPLOYMENT_ERROR', flowId, { flow: flowName, version }, { flowId, error })] : [];
}

function channelTrouble(channel: ChannelRow, seen: Seen, limits: WatchLimits): Finding[] {
  const deployment = seen.deployments.find(({ flowId }) => flowId === channel.flowId);
  if (!deployment) return [];
  const lastPoll = seen.lastPolls.get(channel.id);
  const of = { channel: channel.name, flow: deployment.flowName };
  const about = { flowId: channel.flowId, nodeId: channel.nodeId, error: lastPoll?.error ?? null };
  const count = channel.failuresInRow;
  const failingAfterPolls = valueOf(seen, 'CHANNEL_FAILING', channel.flowId) ?? limits.failingAfterPolls;
  // One that has failed a few times is to be tried again soon: otherwise it is late as well.
  const isTried = count < failingAfterPolls;
  if (isLate(isTried ? { ...channel, health: 'ok' } : channel, lastPoll, deployment.deployedAt, seen.now)) {
    const since = channel.lastSuccessAt?.toISOString() ?? null;
    return [finding('CHANNEL_LATE', channel.id, { ...of, since }, about)];
  }
  if (channel.health === 'paused') return [finding('CHANNEL_PAUSED', channel.id, of, about)];
  if (isTried) return [];
  return [finding('CHANNEL_FAILING', channel.id, { ...of, count }, { ...about, count })];
}

function backlog(seen: Seen, limits: WatchLimits): Finding[] {
  const { oldestWaiting } = seen;
  const backlogAfterMs = msOf(valueOf(seen, 'QUEUE_BACKLOG'), minuteMs, limits.backlogAfterMs);
  if (!oldestWaiting || ageMs(oldestWaiting.since, seen) <= backlogAfterMs) return [];
  const { flowId, since } = oldestWaiting;
  const flow = seen.deployments.find((deployment) => deployment.flowId === flowId)?.flowName ?? 'a flow that is not deployed';
  return [finding('QUEUE_BACKLOG', 'queue', { flow, minutes: Math.floor(ageMs(since, seen) / 60_000) }, { flowId })];
}

function expiry({ kind, name, until }: WatchFacts['certificates'][number], seen: Seen, { expiresWithinDays }: WatchLimits): Finding[] {
  const kinds = {
    certificate: ['CERTIFICATE_EXPIRING', 'CERTIFICATE_EXPIRED'],
    keyPair: ['KEY_PAIR_EXPIRING', 'KEY_PAIR_EXPIRED'],
  } as const;
  const [soon, over] = kinds[kind];
  if (daysUntil(until, seen.now) >= (valueOf(seen, soon) ?? expiresWithinDays)) return [];
  return [finding(until <= seen.now ? over : soon, name, { name, until: until.toISOString() }, { name })];
}

function ageMs(since: Date, { now }: Seen): number {
  return now.getTime() - since.getTime();
}

function finding<K extends AlertKind>(kind: K, subject: string, params: AlertParams<K>, about: Partial<Finding> = {}): Finding {
  return { kind, subject, message: alertMessage(kind, params), error: null, flowId: null, nodeId: null, name: null, count: 1, ...about };
}
