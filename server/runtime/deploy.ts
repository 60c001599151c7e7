import { artifactFacts } from '../../shared/check-artifacts.ts';
import { checkFlow } from '../../shared/check-flow.ts';
import { asFlowError, FlowError } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ParameterValues } from '../../shared/parameters.ts';
import type { Problem } from '../../shared/problem.ts';
import { firstRun, offsetOf } from '../../shared/schedule-runs.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Events, Queue } from '../ports/engine.ts';
import type { Deploying, DeploymentRow, DeploymentStore, FlowRow, FlowStore } from '../ports/flows.ts';
import type { OAuth2ClientStore, OAuth2CredentialStore } from '../ports/oauth2.ts';
import type { CertificateStore, CredentialStore, KeyPairStore, KnownHostsStore, SecureParameterStore } from '../ports/security.ts';
import type { ChannelSetup, ScheduleStore } from '../ports/runtime.ts';
import type { Behaviours } from './behaviours.ts';
import { makePlan } from './plan.ts';

/** The life cycle of a deployment: Starting (by a person), Started or Error (by a worker), Stopping, gone. */

export interface DeployParts extends ArtifactParts {
  flows: FlowStore;
  deployments: DeploymentStore;
  events: Events;
}

/** What checks know of security material from. */
interface ArtifactParts {
  credentials: Pick<CredentialStore, 'list'>;
  oauth2Credentials: Pick<OAuth2CredentialStore, 'list'>;
  oauth2Clients: Pick<OAuth2ClientStore, 'list'>;
  knownHosts: Pick<KnownHostsStore, 'list'>;
  keyPairs: Pick<KeyPairStore, 'list'>;
  secureParameters: Pick<SecureParameterStore, 'list'>;
  certificates: Pick<CertificateStore, 'list'>;
}

/** What is wrong with the draft, with the server's knowledge of security material. */
export async function checkDraft(parts: ArtifactParts & Pick<DeployParts, 'flows'>, flowId: string): Promise<Problem[]> {
  return problemsOf(parts, (await requireFlow(parts, flowId)).draft);
}

/**
 * Freezes the draft as a version and asks the workers to start it.
 *
 * @param deploying.revision the draft the person saw; a newer one is refused
 * @throws FlowError FLOW_HAS_PROBLEMS, FLOW_CHANGED_ELSEWHERE, NOT_FOUND
 */
export async function deployFlow(
  parts: DeployParts,
  flowId: string,
  { revision, ...deploying }: { revision?: number | undefined } & Deploying,
): Promise<DeploymentRow> {
  const flow = await requireFlow(parts, flowId);
  if (revision !== undefined && revision !== flow.revision) {
    throw new FlowError('FLOW_CHANGED_ELSEWHERE', { revision: flow.revision });
  }
  const errors = await errorsOf(parts, flow.draft, deploying.values);
  if (errors[0]) throw new FlowError('FLOW_HAS_PROBLEMS', { count: errors.length, first: errors[0].message });
  return start(parts, flow, flow.draft, deploying);
}

/**
 * Starts an earlier version as it was deployed then, with the values it was given; the draft stays as it is.
 *
 * @throws FlowError VERSION_HAS_PROBLEMS where it can't run with today's security material, NOT_FOUND
 */
export async function deployVersion(parts: DeployParts, flowId: string, version: number, by: string): Promise<DeploymentRow> {
  const flow = await requireFlow(parts, flowId);
  const found = await parts.flows.version(flowId, version);
  if (!found) throw new FlowError('NOT_FOUND', { what: 'version', id: String(version) });
  const [first] = await errorsOf(parts, found.document, found.parameterValues);
  if (first) throw new FlowError('VERSION_HAS_PROBLEMS', { version, first: first.message });
  return start(parts, flow, found.document, { note: '', by, values: found.parameterValues });
}

async function start(parts: DeployParts, flow: FlowRow, document: FlowDocument, deploying: Deploying): Promise<DeploymentRow> {
  const deployment = await parts.deployments.start(flow, document, deploying);
  parts.events.publish({ kind: 'deployment', id: flow.id });
  return deployment;
}

async function requireFlow({ flows }: Pick<DeployParts, 'flows'>, flowId: string): Promise<FlowRow> {
  const flow = await flows.get(flowId);
  if (!flow) throw new FlowError('NOT_FOUND', { what: 'flow', id: flowId });
  return flow;
}

async function errorsOf(parts: ArtifactParts, document: FlowDocument, values: ParameterValues): Promise<Problem[]> {
  return (await problemsOf(parts, document, values)).filter((problem) => problem.level === 'error');
}

async function problemsOf(parts: ArtifactParts, document: FlowDocument, values?: ParameterValues): Promise<Problem[]> {
  const [credentials, oauth2Credentials, oauth2Clients, secureParameters, certificates, knownHosts, keyPairs] = await Promise.all([
    parts.credentials.list(),
    parts.oauth2Credentials.list(),
    parts.oauth2Clients.list(),
    parts.secureParameters.list(),
    parts.certificates.list(),
    parts.knownHosts.list(),
    parts.keyPairs.list(),
  ]);
  return checkFlow(document, {
    ...artifactFacts({ credentials, oauth2Credentials, oauth2Clients, secureParameters, certificates, knownHosts, keyPairs }, new Date()),
    ...(values ? { values } : {}),
  });
}

export interface StartParts {
  schedule: ScheduleStore;
  queue: Pick<Queue, 'hold' | 'running'>;
  behaviours: Behaviours;
  events: Events;
  clock: Clock;
  log: Logger;
}

/** How long a stopping flow may finish what runs. */
const stopGraceMs = 60_000;
/** By then every worker has heard of it, and begins nothing more of the flow. */
const heardAfterMs = 1_000;

/** One look of a worker at the deployments: starts those that wait, removes those that have stopped, leaves their messages in the queue. */
export async function advanceDeployments(parts: StartParts): Promise<void> {
  const { schedule, queue, behaviours, events, clock, log } = parts;
  for (const { flowId, flowName, version, document } of await schedule.starting()) {
    const setup = channelOf(flowId, document, behaviours, clock.now());
    if (setup instanceof FlowError) {
      const reason = setup.view();
      await schedule.refuse(flowId, version, reason);
      log.warn({ flow: flowName, version, reason }, 'flow could not start');
    } else if (await schedule.activate(flowId, version, [setup])) {
      log.info({ flow: flowName, version }, 'flow started');
    }
    events.publish({ kind: 'deployment', id: flowId });
  }
  await removeStopped(parts);
  queue.hold(await schedule.held());
}

/** Those that are quiet. After a minute what still runs goes back into the queue, where it waits for the flow to be deployed again. */
async function removeStopped({ schedule, queue, events }: StartParts): Promise<void> {
  const stopping = await schedule.stopping();
  const running = await queue.running(stopping.map(({ flowId }) => flowId));
  for (const { flowId, stoppingForMs, isPolled } of stopping) {
    const isQuiet = stoppingForMs > heardAfterMs && !isPolled && !running.has(flowId);
    if ((isQuiet || stoppingForMs > stopGraceMs) && (await schedule.remove(flowId))) events.publish({ kind: 'deployment', id: flowId });
  }
}

/** Only a drawing that can't be run is an Error; a database that is away for a moment is not, the next look starts the flow. */
function channelOf(flowId: string, document: FlowDocument, behaviours: Behaviours, now: Date): ChannelSetup | FlowError {
  try {
    const { id, name, type, config, adapter } = makePlan(document, behaviours).sender;
    const plan = adapter.plan(config);
    const firstPollAt = firstRun(plan.schedule, now, offsetOf({ flowId, nodeId: id })) ?? null;
    return { nodeId: id, name, type, config, firstPollAt, isInOrder: plan.isInOrder };
  } catch (error) {
    return asFlowError(error);
  }
}
