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
  return [
    ...noWorker(seen, limits),
    ...seen.deployments.flatMap(refusedDeployment),
    ...seen.channels.flatMap((channel) => channelTrouble(channel, seen, limits)),
    ...seen.failed.map(({ flowId, flowName, count, error }) =>
      finding('MESSAGES_FAILED', flowId, { flow: flowName, count }, { flowId, count, error }),
    ),
    ...seen.setAside.map(({ flowId, flowName, count, error }) =>
      finding('MAILS_SET_ASIDE', flowId, { flow: flowName, count }, { flowId, count, error }),
    ),
    ...backlog(seen, limits),
    ...seen.credentials.map(({ name, state, error }) =>
      finding(state === 'Unauthorized' ? 'CREDENTIAL_UNAUTHORIZED' : 'CREDENTIAL_ERROR', name, { name }, { name, error }),
    ),
    ...seen.certificates.flatMap((certificate) => expiry(certificate, seen.now, limits)),
    ...seen.stuckTargets
      .filter(({ since }) => ageMs(since, seen) > limits.undeliveredAfterMs)
      .map(({ id, name, since, error }) =>
        finding('ALERTS_UNDELIVERED', id, { target: name, since: since.toISOString() }, { name, error }),
      ),
  ];
}

function noWorker(seen: Seen, { noWorkerAfterMs }: WatchLimits): Finding[] {
  const { workerSeenAt, watchingSince } = seen;
  // Nobody could see a worker before somebody watched.
  const since = workerSeenAt && workerSeenAt > watchingSince ? workerSeenAt : watchingSince;
  return ageMs(since, seen) > noWorkerAfterMs ? [finding('NO_WORKER', 'workers', {})] : [];
}

function refusedDeployment({ flowId, flowName, version, state, error }: WatchFacts['deployments'][number]): Finding[] {
  return state === 'Error' ? [finding('DEPLOYMENT_ERROR', flowId, { flow: flowName, version }, { flowId, error })] : [];
}

function channelTrouble(channel: ChannelRow, seen: Seen, { failingAfterPolls }: WatchLimits): Finding[] {
  const deployment = seen.deployments.find(({ flowId }) => flowId === channel.flowId);
  if (!deployment) return [];
  const lastPoll = seen.lastPolls.get(channel.id);
  const of = { channel: channel.name, flow: deployment.flowName };
  const about = { flowId: channel.flowId, nodeId: channel.nodeId, error: lastPoll?.error ?? null };
  if (isLate(channel, lastPoll, deployment.deployedAt, seen.now)) {
    const since = channel.lastSuccessAt?.toISOString() ?? null;
    return [finding('CHANNEL_LATE', channel.id, { ...of, since }, about)];
  }
  if (channel.health === 'paused') return [finding('CHANNEL_PAUSED', channel.id, of, about)];
  const count = channel.failuresInRow;
  if (count < failingAfterPolls) return [];
  return [finding('CHANNEL_FAILING', channel.id, { ...of, count }, { ...about, count })];
}

function backlog(seen: Seen, { backlogAfterMs }: WatchLimits): Finding[] {
  const { oldestWaiting } = seen;
  if (!oldestWaiting || ageMs(oldestWaiting.since, seen) <= backlogAfterMs) return [];
  const { flowId, since } = oldestWaiting;
  const flow = seen.deployments.find((deployment) => deployment.flowId === flowId)?.flowName ?? 'a flow that is not deployed';
  return [finding('QUEUE_BACKLOG', 'queue', { flow, minutes: Math.floor(ageMs(since, seen) / 60_000) }, { flowId })];
}

function expiry({ kind, name, until }: WatchFacts['certificates'][number], now: Date, { expiresWithinDays }: WatchLimits): Finding[] {
  if (daysUntil(until, now) >= expiresWithinDays) return [];
  const isOver = until <= now;
  const kinds = {
    certificate: ['CERTIFICATE_EXPIRING', 'CERTIFICATE_EXPIRED'],
    keyPair: ['KEY_PAIR_EXPIRING', 'KEY_PAIR_EXPIRED'],
  } as const;
  return [finding(kinds[kind][isOver ? 1 : 0], name, { name, until: until.toISOString() }, { name })];
}

function ageMs(since: Date, { now }: Seen): number {
  return now.getTime() - since.getTime();
}

function finding<K extends AlertKind>(kind: K, subject: string, params: AlertParams<K>, about: Partial<Finding> = {}): Finding {
  return { kind, subject, message: alertMessage(kind, params), error: null, flowId: null, nodeId: null, name: null, count: 1, ...about };
}
