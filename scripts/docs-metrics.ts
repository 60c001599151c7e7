import type { WatchCounts, WatchFacts } from '../server/ports/alerts.ts';
import { metricsText } from '../server/http/metrics.ts';

/** `docs/metrics.md`, from what `/metrics` says where there is nothing to count. */

const now = new Date(0);
const facts: WatchFacts = {
  now,
  watchingSince: now,
  workerSeenAt: now,
  deployments: [],
  channels: [],
  lastPolls: new Map(),
  failed: [],
  setAside: [],
  credentials: [],
  certificates: [],
  stuckTargets: [],
  rules: [],
  lastMailAt: new Map(),
  traced: [],
  lockedAccounts: [],
};
const counts: WatchCounts = { openAlerts: {}, checkedAt: now, polls: {}, messages: {}, received: {} };

export function metricsPage(): string {
  const text = metricsText(facts, counts, undefined, '');
  const rows = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n((?:(?!#).*\n)*)/gm)].map(
    ([, name = '', help = '', type = '', samples = '']) => {
      const labels = [...samples.matchAll(/(\w+)="([^"]*)"/g)];
      const names = [...new Set(labels.map(([, label = '']) => label))];
      const valuesOf = (label: string) =>
        [...new Set(labels.filter(([, one]) => one === label).map(([, , value]) => value))].filter(Boolean);
      const shown = names.map((label) => `\`${label}\`${valuesOf(label).length > 0 ? `: ${valuesOf(label).join(', ')}` : ''}`);
      return `| \`${name}\` | ${type} | ${help} | ${shown.join('; ')} |`;
    },
  );
  return [
    '# Metrics',
    '',
    '<!-- Generated from server/http/metrics.ts by `npm run docs`. Do not edit. -->',
    '',
    'What `GET /metrics` tells, in the text format of Prometheus 0.0.4. It answers programs on the same machine that come without a proxy, and others with an API token as `Authorization: Bearer …`; the role Viewer is enough. Names and labels stay the same over versions.',
    '',
    '| Metric | Type | What it is | Labels |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
