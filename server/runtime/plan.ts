import { checkConfig, nodeName } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import type { SenderAdapter } from '../ports/mailbox.ts';
import type { Receiver, Step } from '../ports/steps.ts';
import type { Behaviours, BoundConfig } from './behaviours.ts';

/** A deployed drawing, ready to run: every node with its checked configuration and its behaviour. */
export interface Plan {
  sender: SenderNode;
}

interface NodeFacts {
  id: string;
  name: string;
  type: string;
  config: BoundConfig;
}

export type SenderNode = NodeFacts & { adapter: SenderAdapter; next: PlanNode[] };
export type PlanNode =
  (NodeFacts & { kind: 'step'; step: Step; next: PlanNode[] }) | (NodeFacts & { kind: 'receiver'; receiver: Receiver });

/** @throws FlowError FLOW_HAS_PROBLEMS when the drawing can't be run with the adapters of this process */
export function makePlan(document: FlowDocument, behaviours: Behaviours): Plan {
  const sender = document.nodes.find((node) => describeType(node.type)?.role === 'sender');
  const adapter = sender && behaviours.senders.get(sender.type);
  if (!sender || !adapter) throw notRunnable('it has no sender');
  return { sender: { ...bind(sender), adapter, next: nextOf(document, sender.id, behaviours, [sender.id]) } };
}

function nextOf(document: FlowDocument, id: string, behaviours: Behaviours, trail: string[]): PlanNode[] {
  return document.edges.flatMap((edge) => {
    const node = edge.from === id ? document.nodes.find((candidate) => candidate.id === edge.to) : undefined;
    if (!node) return [];
    if (trail.includes(node.id)) throw notRunnable('it has a circle');
    return [planNode(document, node, behaviours, [...trail, node.id])];
  });
}

function planNode(document: FlowDocument, node: FlowNode, behaviours: Behaviours, trail: string[]): PlanNode {
  const step = behaviours.steps.get(node.type);
  if (step) return { ...bind(node), kind: 'step', step, next: nextOf(document, node.id, behaviours, trail) };
  const receiver = behaviours.receivers.get(node.type);
  if (receiver) return { ...bind(node), kind: 'receiver', receiver };
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
