import type { Express, Request } from 'express';
import { FlowError } from '../../shared/errors.ts';
import { channelHealths, messageStatuses, pollResults } from '../../shared/status.ts';
import { alertKinds, alertTable } from '../../shared/alerts.ts';
import type { WatchCounts, WatchFacts } from '../ports/alerts.ts';
import { isLate } from '../runtime/lateness.ts';
import type { HttpParts } from './parts.ts';
import { webHeaders } from './visitor.ts';

type MetricsParts = Pick<HttpParts, 'watch' | 'queue' | 'accounts' | 'version'>;

/**
 * `/metrics` in the text format of Prometheus 0.0.4, for whoever has an API token or a session, and without one for programs on this
 * machine that come without a proxy.
 */
export function mountMetrics(app: Express, { watch, queue, accounts, version }: MetricsParts): void {
  app.get('/metrics', async (request, response) => {
    if (!isLocal(request) && !(await accounts.visitor(webHeaders(request)))) throw new FlowError('NOT_SIGNED_IN', {});
    const [facts, counts, oldest] = await Promise.all([watch.look(), watch.counts(), queue.oldestWaiting()]);
    response
      .set('Cache-Control', 'no-store')
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(metricsText(facts, counts, oldest, version));
  });
}

/** A proxy on this machine speaks for strangers; those add a header that says so. */
function isLocal({ socket, headers }: Request): boolean {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers['x-real-ip'] !== undefined;
  return !isProxied && /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}

type Sample = [labels: Record<string, string>, value: number];

export function metricsText(facts: WatchFacts, counts: WatchCounts, oldestWaiting: { since: Date } | undefined, version: string): string {
  const { now, channels, deployments } = facts;
  const deployedAt = new Map(deployments.map((deployment) => [deployment.flowId, deployment.deployedAt]));
  const healths = channels.map((channel) =>
    isLate(channel, facts.lastPolls.get(channel.id), deployedAt.get(channel.flowId) ?? now, now) ? 'late' : channel.health,
  );
  const secondsSince = (time: Date | null | undefined) => (time ? Math.max(0, (now.getTime() - time.getTime()) / 1_000) : undefined);
  const each = <T extends string>(values: readonly T[], label: string, count: (value: T) => number): Sample[] =>
    values.map((value) => [{ [label]: value }, count(value)]);
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [[{}, value]]);
  return [
    gauge('mailroom_info', 'Version of the process that answers.', [[{ version }, 1]]),
    gauge(
      'mailroom_alerts_open',
      'Open alerts.',
      alertKinds.map((kind) => [{ kind, severity: alertTable[kind].severity }, counts.openAlerts[kind] ?? 0]),
    ),
    gauge('mailroom_watch_age_seconds', 'Time since the watchdog last looked at everything.', one(secondsSince(counts.checkedAt))),
    gauge('mailroom_worker_age_seconds', 'Time since the last sign of life of any worker.', one(secondsSince(facts.workerSeenAt))),
    gauge(
      'mailroom_channels',
      'Channels of started flows.',
      each(channelHealths, 'health', (health) => healths.filter((one) => one === health).length),
    ),
    gauge(
      'mailroom_polls_last_5m',
      'Polls that began in the last 5 minutes.',
      each(pollResults, 'result', (result) => counts.polls[result] ?? 0),
    ),
    gauge(
      'mailroom_messages_open',
      'Messages that are queued, running, waiting for an attempt or failed; counted up to 10000 each.',
      each(['PROCESSING', 'RETRY', 'FAILED'] as const, 'status', (status) => counts.messages[status] ?? 0),
    ),
    gauge(
      'mailroom_messages_received_last_5m',
      'Messages taken in during the last 5 minutes, by what became of them.',
      each(messageStatuses, 'status', (status) => counts.received[status] ?? 0),
    ),
    gauge('mailroom_quarantine', 'Mails set aside.', one(facts.setAside.reduce((sum, { count }) => sum + count, 0))),
    gauge('mailroom_backlog_age_seconds', 'How long the oldest job waits for a worker.', one(secondsSince(oldestWaiting?.since) ?? 0)),
  ].join('');
}

function gauge(name: string, help: string, samples: Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
