import type { OverviewView } from '../../shared/api/overview.ts';
import { FlowError } from '../../shared/errors.ts';
import { parseAddress } from '../../shared/mail-address.ts';
import { mayAny } from '../../shared/roles.ts';
import { messageStatuses } from '../../shared/status.ts';
import { wantedOf, whyNothing, type WhyFacts } from '../../shared/why-nothing.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { OverviewFacts } from '../ports/overview.ts';
import type { ProcessRow } from '../ports/processes.ts';
import { deploymentView } from './deployments.ts';
import type { HttpParts } from './parts.ts';
import { presentDeployment, presentIntakePause } from './present.ts';
import type { Handlers } from './route.ts';
import { visitorOf } from './visitor.ts';

const hourMs = 60 * 60_000;

export function overviewRoutes(parts: HttpParts): Pick<Handlers, 'getOverview' | 'whyNothing'> {
  const { overview, deployments, polls, processes, queue, clock, intakePressure } = parts;
  return {
    async getOverview({ query, request }) {
      const span = { from: fullHour(query.from), to: fullHour(query.to) };
      const [read, rows, channels, latestPolls, offers, workers, oldest] = await Promise.all([
        overview.read(span),
        deployments.list(),
        deployments.channels(),
        polls.latest(),
        polls.offers(),
        processes.list(),
        queue.oldestWaiting(),
      ]);
      // Whose tokens there are is for administrators.
      const isTold = mayAny(visitorOf(request).may, 'administer');
      const facts = isTold ? read : { ...read, expiring: read.expiring.filter(({ kind }) => kind !== 'token') };
      const flows = rows
        .toSorted((a, b) => a.flowName.localeCompare(b.flowName))
        .map((row) => {
          const { counts, ...state } = stateOf(facts, row.flowId);
          const deployment = presentDeployment(row, {
            channels,
            latestPolls,
            offers,
            counts: new Map([[row.flowId, counts]]),
            now: clock.now(),
          });
          return { ...deployment, ...state };
        });
      return { from: span.from.toISOString(), to: span.to.toISOString(), flows, ...presentFacts(facts, workers, oldest?.since) };
    },

    async whyNothing({ params: { id } }) {
      const channel = (await deployments.channels()).find((one) => one.id === id);
      const deployment = channel && (await deployments.get(channel.flowId));
      if (!deployment) throw new FlowError('NOT_FOUND', { what: 'channel of a deployed flow', id });
      const [view, standing, pauses, workers] = await Promise.all([
        deploymentView(parts, deployment),
        overview.standing(channel, accountOf(channel)),
        intakePressure.state(),
        processes.list(),
      ]);
      const shown = view.channels.find((one) => one.id === id);
      if (!shown) throw new FlowError('NOT_FOUND', { what: 'channel of a deployed flow', id });
      const { signInPause, lastTakenAt, lastLook } = standing;
      const facts: WhyFacts = {
        now: clock.now(),
        deployment: view,
        workers: workersIn(workers, 'running'),
        channel: {
          ...shown,
          lastLook: lastLook && { ...lastLook, startedAt: lastLook.startedAt.toISOString() },
          readElsewhere: shown.offers.readElsewhere,
        },
        pauses: pauses.map(presentIntakePause).filter(({ flowId }) => flowId === null || flowId === channel.flowId),
        signInPause: signInPause && { ...signInPause, until: signInPause.until.toISOString() },
        wanted: wantedOf(channel.config),
        setAside: standing.setAside,
        held: standing.held,
        lastTakenAt: lastTakenAt?.toISOString() ?? null,
      };
      return { reasons: whyNothing(facts) };
    },
  };
}

function fullHour(time: string): Date {
  return new Date(Math.floor(Date.parse(time) / hourMs) * hourMs);
}

function stateOf({ flows }: OverviewFacts, flowId: string) {
  const state = flows.get(flowId) ?? { counts: {}, backlog: { count: 0, oldestAt: null }, quarantined: 0, openAlerts: 0, logLevel: null };
  const { counts, backlog, quarantined, openAlerts, logLevel } = state;
  return {
    counts,
    backlog: { count: backlog.count, oldestAt: backlog.oldestAt?.toISOString() ?? null },
    quarantined,
    openAlerts,
    logLevel: logLevel && { level: logLevel.level, until: logLevel.until.toISOString() },
  };
}

function presentFacts(
  facts: OverviewFacts,
  processes: ProcessRow[],
  oldestAt: Date | undefined,
): Omit<OverviewView, 'from' | 'to' | 'flows'> {
  const counts: OverviewView['counts'] = {};
  for (const state of facts.flows.values()) {
    for (const status of messageStatuses) {
      const count = state.counts[status];
      if (count !== undefined) counts[status] = (counts[status] ?? 0) + count;
    }
  }
  const { processing, retrying } = facts.open;
  // Told with each sign of life, so a moment behind the log.
  const running = Math.min(
    processing,
    processes.reduce((sum, { state, exchanges }) => sum + (state === 'lost' ? 0 : exchanges), 0),
  );
  return {
    counts,
    topErrors: facts.topErrors.map(({ code, message, count, flows, lastAt }) => ({
      code,
      message,
      count,
      flows,
      lastAt: lastAt.toISOString(),
    })),
    isErrorsCut: facts.isErrorsCut,
    workers: { running: workersIn(processes, 'running'), stopping: workersIn(processes, 'stopping'), lost: workersIn(processes, 'lost') },
    queue: { running, waiting: processing - running, retrying, oldestAt: oldestAt?.toISOString() ?? null },
    expiring: facts.expiring.map(({ kind, name, state, until }) => ({ kind, name, state, until: until?.toISOString() ?? null })),
  };
}

function workersIn(processes: ProcessRow[], state: ProcessRow['state']): number {
  return processes.filter((process) => process.state === state && process.role !== 'web').length;
}

/** As the sign-in pauses name it. */
function accountOf({ config }: ChannelRow): { host: string; credential: string } {
  return { host: parseAddress(String(config['address']), 1)?.host ?? '', credential: String(config['credential']) };
}
