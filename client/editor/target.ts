import type { Target } from './commands.ts';
import type { EditorStore } from './store.ts';

/** What a command is about when no menu says it: what is selected, else the node or connection that holds the focus, else the canvas. */
export function currentTarget(store: EditorStore): Target {
  const { nodeIds, edgeIds } = store.getState().selection;
  if (nodeIds.size > 0) return { kind: 'nodes', ids: [...nodeIds], edgeIds: [...edgeIds] };
  if (edgeIds.size > 0) return { kind: 'edges', ids: [...edgeIds] };
  const [node, edge] = [focusedId('node'), focusedId('edge')];
  if (node !== undefined) return { kind: 'nodes', ids: [node] };
  return edge === undefined ? { kind: 'canvas' } : { kind: 'edges', ids: [edge] };
}

/** The node of a target that the keyboard was at last, else its only one. */
export function currentNode(store: EditorStore, target: Target): string | undefined {
  const { rovingId } = store.getState();
  return target.kind === 'nodes' && target.ids.includes(rovingId ?? '') ? (rovingId ?? undefined) : onlyNode(target);
}

/** The one node a target names. */
export function onlyNode(target: Target): string | undefined {
  return target.kind === 'nodes' && target.ids.length === 1 ? target.ids[0] : undefined;
}

function focusedId(kind: 'node' | 'edge'): string | undefined {
  return document.activeElement?.closest(`.react-flow__${kind}`)?.getAttribute('data-id') ?? undefined;
}
