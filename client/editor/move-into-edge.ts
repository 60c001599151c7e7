import type { FlowDocument, FlowEdge, Position } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import { findNode, remove, splice, splicePosition, whyNotSplice } from './document.ts';

/**
 * Takes a step out of where it is, as a delete would, and puts it into another connection; the drawing comes back unchanged where
 * that is not allowed.
 *
 * @param dropped where its upper left corner was let go; absent: between the two ends
 */
export function moveIntoEdge(document: FlowDocument, nodeId: string, edgeId: string, dropped?: Position): FlowDocument {
  const node = findNode(document, nodeId);
  if (!node || !mayMoveIntoEdge(document, nodeId)) return document;
  const healed = remove(document, { nodeIds: new Set([nodeId]), edgeIds: new Set() });
  // A connection of the step itself is gone now: the step is there already.
  const edge = healed.edges.find((candidate) => candidate.id === edgeId);
  return edge ? splice(healed, edgeId, { ...node, position: splicePosition(healed, edge, dropped) }) : document;
}

/** Not for a step with several outputs: its branches would have no one to start from. */
export function mayMoveIntoEdge(document: FlowDocument, nodeId: string): boolean {
  const node = findNode(document, nodeId);
  return node !== undefined && whyNotSplice(node.type) === undefined && portsOf(node).outputs.length === 1;
}

/** The connections that a step may be taken into. */
export function placesFor(document: FlowDocument, nodeId: string): FlowEdge[] {
  const node = findNode(document, nodeId);
  if (!node || whyNotSplice(node.type) !== undefined || portsOf(node).outputs.length !== 1) return [];
  return document.edges.filter((edge) => edge.from !== nodeId && edge.to !== nodeId);
}
