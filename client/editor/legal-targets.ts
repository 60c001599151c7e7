import { reachable, portsOf } from '../../shared/ports.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { openPort } from './document.ts';

/** Where a wire begins: at an output (`source`) or at an input (`target`) of a node. */
export interface WireStart {
  nodeId: string;
  side: 'source' | 'target';
  port: string;
}

/** A wire while it is drawn. */
export interface Wire extends WireStart {
  /** Nodes it may end at. */
  legal: ReadonlySet<string>;
}

/**
 * The nodes that a wire may end at; the same that `whyNotConnect` allows, found for all of them at once.
 *
 * @param without a connection that the wire is to replace
 */
export function legalTargets(document: FlowDocument, { nodeId, side, port }: WireStart, without?: string): Set<string> {
  const start = document.nodes.find((node) => node.id === nodeId);
  if (!start) return new Set();
  const edges = document.edges.filter((edge) => edge.id !== without);
  const isForward = side === 'source';
  const ports = portsOf(start);
  if (isForward ? !ports.outputs.some((output) => output.port === port) : !ports.hasInput) return new Set();

  // What would make a circle: all that comes before an output, or behind an input.
  const backwards = edges.map((edge) => ({ ...edge, from: edge.to, to: edge.from }));
  const illegal = reachable([nodeId], isForward ? backwards : edges);
  if (isForward) {
    for (const edge of edges) if (edge.from === nodeId && (edge.port ?? '') === port) illegal.add(edge.to);
  } else {
    for (const edge of edges) if (edge.to === nodeId && (edge.port ?? '') === openPort(document, edge.from)) illegal.add(edge.from);
  }
  const candidates = document.nodes.filter((node) => {
    const { hasInput, outputs } = portsOf(node);
    return (isForward ? hasInput : outputs.length > 0) && !illegal.has(node.id);
  });
  return new Set(candidates.map(({ id }) => id));
}
