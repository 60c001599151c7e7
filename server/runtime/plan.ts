import { checkConfig, configView, nodeName, shownFields } from '../../shared/catalog/define.ts';
import { settingsOf, type FlowSettings } from '../../shared/catalog/flow-settings.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { receiverCallsAtOnce, receiverRetry } from '../../shared/catalog/retry-fields.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { fromTheEnd, maxWays, waysFrom } from '../../shared/graph.ts';
import type { RetryPlan } from '../../shared/retry.ts';
import type { SenderAdapter } from '../ports/mailbox.ts';
import type { Receiver, Step } from '../ports/steps.ts';
import type { Behaviours, BoundConfig } from './behaviours.ts';

/** A deployed drawing, ready to run: every node with its checked configuration and its behaviour. */
export interface Plan {
  sender: SenderNode;
  settings: FlowSettings;
}

interface NodeFacts {
  id: string;
  name: string;
  type: string;
  config: BoundConfig;
}

/** A connection that leaves a node. */
export interface PlanEdge {
  id: string;
  /** The output it leaves by; `''` for the only one. */
  port: string;
  /** The same object for each edge that leads to it. */
  node: PlanNode;
}

export type SenderNode = NodeFacts & { adapter: SenderAdapter; next: PlanEdge[] };
export type PlanNode = StepNode | ReceiverNode;
export type StepNode = NodeFacts & { kind: 'step'; step: Step; next: PlanEdge[] };
export type ReceiverNode = NodeFacts & {
  kind: 'receiver';
  receiver: Receiver;
  retry: RetryPlan;
  /** Calls at once in this worker; 0 for no limit. */
  callsAtOnce: number;
};

/** @throws FlowError FLOW_HAS_PROBLEMS when the drawing can't be run with the adapters of this process */
export function makePlan(document: FlowDocument, behaviours: Behaviours): Plan {
  return planWith({ sender: bind, node: planNode }, document, behaviours);
}

/**
 * The plan of a drawing that is still being worked on: a node that is not ready fails when a message comes to it, and not before.
 * Its sender is not asked to poll, so it may lack what only that needs.
 *
 * @throws FlowError FLOW_HAS_PROBLEMS for a drawing without a sender, or with a circle
 */
export function makeDraftPlan(document: FlowDocument, behaviours: Behaviours): Plan {
  return planWith({ sender: bindUnready, node: planUnready }, document, behaviours);
}

interface Planning {
  sender: (node: FlowNode) => NodeFacts;
  node: (node: FlowNode, next: PlanEdge[], behaviours: Behaviours, settings: FlowSettings) => PlanNode;
}

function planWith(planning: Planning, document: FlowDocument, behaviours: Behaviours): Plan {
  const sender = document.nodes.find((node) => describeType(node.type)?.role === 'sender');
  const adapter = sender && behaviours.senders.get(sender.type);
  if (!sender || !adapter) throw notRunnable('it has no sender');
  const settings = settingsOf(document);
  const drawn = new Map(document.nodes.map((node) => [node.id, node]));
  const edges = document.edges.filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  const groups = fromTheEnd([sender.id], edges);
  if (groups.some(({ isCircle }) => isCircle)) throw notRunnable('it has a circle');
  const ids = groups.flatMap((group) => group.ids);
  if ((waysFrom(ids, edges).get(sender.id) ?? 0) > maxWays) throw notRunnable(`it has more than ${maxWays} ways`);
  const edgesFrom = Map.groupBy(edges, (edge) => edge.from);
  const made = new Map<string, PlanNode>();
  const nextOf = (id: string) =>
    (edgesFrom.get(id) ?? []).flatMap((edge): PlanEdge[] => {
      const node = made.get(edge.to);
      return node ? [{ id: edge.id, port: edge.port ?? '', node }] : [];
    });
  for (const id of ids) {
    const node = drawn.get(id);
    if (node && node !== sender) made.set(id, planning.node(node, nextOf(id), behaviours, settings));
  }
  return { sender: { ...planning.sender(sender), adapter, next: nextOf(sender.id) }, settings };
}

function planUnready(node: FlowNode, next: PlanEdge[], behaviours: Behaviours, settings: FlowSettings): PlanNode {
  try {
    return planNode(node, next, behaviours, settings);
  } catch (error) {
    const description = describeType(node.type);
    const name = description ? nodeName(node, description) : node.type;
    const fail = () => {
      throw error;
    };
    return { id: node.id, name, type: node.type, config: {} as BoundConfig, kind: 'step', step: { type: node.type, run: fail }, next };
  }
}

function bindUnready(node: FlowNode): NodeFacts {
  const description = describeType(node.type);
  if (!description) return bind(node);
  const { config } = checkConfig(description, node.config);
  const known =
    config ?? configView(description, Object.fromEntries(shownFields(description, node.config).map(({ key }) => [key, node.config[key]])));
  return { id: node.id, name: nodeName(node, description), type: node.type, config: known as BoundConfig };
}

function planNode(node: FlowNode, next: PlanEdge[], behaviours: Behaviours, settings: FlowSettings): PlanNode {
  const step = behaviours.steps.get(node.type);
  if (step) return { ...bind(node), kind: 'step', step, next };
  const receiver = behaviours.receivers.get(node.type);
  if (receiver) {
    const bound = bind(node);
    const retry = receiverRetry(bound.config, settings.retry);
    return { ...bound, kind: 'receiver', receiver, retry, callsAtOnce: receiverCallsAtOnce(bound.config) };
  }
  throw notRunnable(`nothing here can run '${node.type}'`);
}

function bind(node: FlowNode): NodeFacts {
  const description = describeType(node.type);
  if (!description) throw notRunnable(`nothing here can run '${node.type}'`);
  const { config, problems } = checkConfig(description, node.config);
  if (!config) throw notRunnable(problems[0]?.message ?? 'its configuration is not valid');
  return { id: node.id, name: nodeName(node, description), type: node.type, config: config as BoundConfig };
}

function notRunnable(why: string): FlowError {
  return new FlowError('FLOW_HAS_PROBLEMS', { count: 1, first: why });
}

/** Plans by flow and version. A version never changes, so a plan stays right; the oldest is dropped beyond `limit`. */
export function planCache(
  load: (flowId: string, version: number) => Promise<FlowDocument | undefined>,
  behaviours: Behaviours,
  limit = 200,
) {
  const plans = new Map<string, Promise<Plan>>();
  return (flowId: string, version: number): Promise<Plan> => {
    const key = `${flowId}/${version}`;
    const cached = plans.get(key);
    if (cached) return cached;
    const plan = load(flowId, version).then((document) => {
      if (!document) throw new FlowError('NOT_FOUND', { what: 'version', id: key });
      return makePlan(document, behaviours);
    });
    plans.set(key, plan);
    plan.catch(() => plans.delete(key));
    const [oldest] = plans.keys();
    if (plans.size > limit && oldest !== undefined) plans.delete(oldest);
    return plan;
  };
}
