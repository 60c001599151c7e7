import { checkConfig, nodeName } from '../../shared/catalog/define.ts';
import { settingsOf, type FlowSettings } from '../../shared/catalog/flow-settings.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { receiverCallsAtOnce, receiverRetry } from '../../shared/catalog/retry-fields.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowDocument, FlowEdge, FlowNode } from '../../shared/flow.ts';
import { fromTheEnd } from '../../shared/graph.ts';
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

/** What follows, by the output that a message leaves by. */
type Outputs = ReadonlyMap<string, PlanEdge[]>;

/** A node that several edges lead to is the same object for all of them. */
export interface PlanEdge {
  id: string;
  to: PlanNode;
}

export type SenderNode = NodeFacts & { adapter: SenderAdapter; outputs: Outputs };
export type PlanNode = StepNode | ReceiverNode;
export type StepNode = NodeFacts & { kind: 'step'; step: Step; outputs: Outputs };
export type ReceiverNode = NodeFacts & {
  kind: 'receiver';
  receiver: Receiver;
  retry: RetryPlan;
  /** Calls at once in this worker; 0 for no limit. */
  callsAtOnce: number;
};

/** @throws FlowError FLOW_HAS_PROBLEMS when the drawing can't be run with the adapters of this process */
export function makePlan(document: FlowDocument, behaviours: Behaviours): Plan {
  const sender = document.nodes.find((node) => describeType(node.type)?.role === 'sender');
  const adapter = sender && behaviours.senders.get(sender.type);
  if (!sender || !adapter) throw notRunnable('it has no sender');
  const settings = settingsOf(document);
  const drawn = new Map(document.nodes.map((node) => [node.id, node]));
  const edges = document.edges.filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  const edgesFrom = Map.groupBy(edges, (edge) => edge.from);
  const bound = new Map<string, PlanNode>();
  const outputsOf = (id: string) => outputs(edgesFrom.get(id) ?? [], bound);
  for (const { ids, isCircle } of fromTheEnd([sender.id], edges)) {
    if (isCircle) throw notRunnable('it has a circle');
    const node = drawn.get(ids[0] ?? '');
    if (node && node !== sender) bound.set(node.id, planNode(node, outputsOf(node.id), behaviours, settings));
  }
  return { sender: { ...bind(sender), adapter, outputs: outputsOf(sender.id) }, settings };
}

function outputs(edges: FlowEdge[], bound: ReadonlyMap<string, PlanNode>): Outputs {
  const leading = edges.flatMap((edge) => {
    const to = bound.get(edge.to);
    return to ? [{ port: edge.port ?? '', id: edge.id, to }] : [];
  });
  return Map.groupBy(leading, ({ port }) => port);
}

function planNode(node: FlowNode, following: Outputs, behaviours: Behaviours, settings: FlowSettings): PlanNode {
  const step = behaviours.steps.get(node.type);
  if (step) return { ...bind(node), kind: 'step', step, outputs: following };
  const receiver = behaviours.receivers.get(node.type);
  if (receiver) {
    const facts = bind(node);
    const retry = receiverRetry(facts.config, settings.retry);
    return { ...facts, kind: 'receiver', receiver, retry, callsAtOnce: receiverCallsAtOnce(facts.config) };
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
