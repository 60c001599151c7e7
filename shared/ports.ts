import { configView, type Output } from './catalog/define.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument, FlowEdge, FlowNode } from './flow.ts';

/** Where messages come into a node and leave it. Canvas, checks and runtime ask this, and never what kind of node it is. */

export interface NodePorts {
  hasInput: boolean;
  /** In the order in which they are drawn. */
  outputs: Output[];
}

const onlyOutput: Output = { port: '', label: '', unconnected: 'error' };

/** Found once for each state of a node's fields: a canvas asks for all nodes again and again. */
const known = new WeakMap<FlowNode['config'], { type: string; ports: NodePorts }>();

export function portsOf(node: FlowNode): NodePorts {
  const before = known.get(node.config);
  if (before?.type === node.type) return before.ports;
  const ports = findPorts(node);
  known.set(node.config, { type: node.type, ports });
  return ports;
}

function findPorts(node: FlowNode): NodePorts {
  const description = describeType(node.type);
  const { hasInput = description?.role !== 'sender', outputs } = description?.ports ?? {};
  if (description && outputs) return { hasInput, outputs: outputs(configView(description, node.config)) };
  return { hasInput, outputs: description?.role === 'receiver' ? [] : [onlyOutput] };
}

/** The output an edge leaves by; undefined when its node has it no more. */
export function outputOf(edge: FlowEdge, outputs: Output[]): Output | undefined {
  return outputs.find(({ port }) => port === (edge.port ?? ''));
}

/**
 * Why this connection must not be drawn, in words for the pointer; undefined when it may.
 *
 * @param options.port the output of `from`; absent: the first
 * @param options.without an edge that this one is to replace
 */
export function whyNotConnect(
  flow: FlowDocument,
  from: string,
  to: string,
  { port, without }: { port?: string | undefined; without?: string | undefined } = {},
): string | undefined {
  const source = flow.nodes.find((node) => node.id === from);
  const target = flow.nodes.find((node) => node.id === to);
  if (!source || !target) return 'Nothing to connect here';
  if (from === to) return "A step can't be connected to itself";
  const { outputs } = portsOf(source);
  const output = port === undefined ? outputs[0] : outputs.find((candidate) => candidate.port === port);
  if (outputs.length === 0) return describeType(source.type)?.role === 'receiver' ? 'A receiver ends the flow' : 'This step ends the flow';
  if (!output) return 'It has no such output any more';
  if (!portsOf(target).hasInput) return 'A sender starts the flow';
  const edges = flow.edges.filter((edge) => edge.id !== without);
  if (edges.some((edge) => edge.from === from && edge.to === to && (edge.port ?? '') === output.port)) return 'These are connected already';
  if (reachable([to], edges).has(from)) return 'This would make a circle';
  return undefined;
}

/** Ids of the nodes that messages from these can come to, these included. */
export function reachable(from: string[], edges: FlowEdge[]): Set<string> {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const reached = new Set(from);
  const queue = [...from];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const edge of next.get(id) ?? []) {
      if (reached.has(edge.to)) continue;
      reached.add(edge.to);
      queue.push(edge.to);
    }
  }
  return reached;
}
