import type { FlowDocument } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import { findNode, remove, splice, splicePosition, whyNotSplice } from './document.ts';

/**
 * Takes a step out of where it is, as a delete would, and puts it into another connection; the drawing comes back unchanged where
 * that is not allowed. Not for a step with several outputs: its branches would have no one to start from.
 */
export function moveIntoEdge(document: FlowDocument, nodeId: string, edgeId: string): FlowDocument {
  const node = findNode(document, nodeId);
  if (!node || whyNotSplice(node.type) !== undefined || portsOf(node).outputs.length !== 1) return document;
  const healed = remove(document, { nodeIds: new Set([nodeId]), edgeIds: new Set() });
  // A connection of the step itself is gone now: the step is there already.
  const edge = healed.edges.find((candidate) => candidate.id === edgeId);
  return edge ? splice(healed, edgeId, { ...node, position: splicePosition(healed, edge) }) : document;
}
