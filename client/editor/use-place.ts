import { useReactFlow, useStoreApi } from '@xyflow/react';
import { useCallback } from 'react';
import { portsOf, whyNotConnect } from '../../shared/ports.ts';
import type { FlowDocument, FlowNode, Position } from '../../shared/flow.ts';
import {
  addNode,
  append,
  columnPx,
  connect,
  findNode,
  freePosition,
  nameOf,
  newNode,
  nodeSize,
  splice,
  splicePosition,
} from './document.ts';
import { useEditorStore } from './store.ts';

/** Where a new node goes. */
export type Place =
  | { kind: 'at'; position: Position }
  /** Into a connection; without a position, between its ends. */
  | { kind: 'edge'; edgeId: string; position?: Position }
  | { kind: 'after'; from: string; port?: string; position?: Position }
  | { kind: 'before'; to: string; position: Position }
  /** Behind the selected or last open end where that is allowed, else into the middle of the view. */
  | { kind: 'next' };

/** Puts a new node onto the canvas, selects it and opens its properties; one entry of the history. */
export function usePlace(): (type: string, place: Place) => void {
  const store = useEditorStore();
  const flowStore = useStoreApi();
  const { screenToFlowPosition } = useReactFlow();

  return useCallback(
    (type, place) => {
      const middle = () => {
        const box = flowStore.getState().domNode?.getBoundingClientRect();
        const isFirst = store.getState().document.nodes.length === 0;
        // The first node leaves room for those that follow it.
        const x = (box?.left ?? 0) + (box?.width ?? 0) * (isFirst ? 0.2 : 0.5);
        const at = screenToFlowPosition({ x, y: (box?.top ?? 0) + (box?.height ?? 0) / 2 });
        return { x: at.x - nodeSize.width / 2, y: at.y - nodeSize.height / 2 };
      };
      const state = store.getState();
      const [document, node] = placed(state.document, type, place, [...state.selection.nodeIds], middle);
      state.change(`Add ${nameOf(node)}`, () => document);
      state.openProperties(node.id);
      state.announce(`Added ${nameOf(node)}`);
    },
    [store, flowStore, screenToFlowPosition],
  );
}

function placed(document: FlowDocument, type: string, place: Place, selected: string[], middle: () => Position): [FlowDocument, FlowNode] {
  if (place.kind === 'edge') {
    const edge = document.edges.find((candidate) => candidate.id === place.edgeId);
    const node = newNode(document, type, edge ? splicePosition(document, edge, place.position) : (place.position ?? middle()));
    return [splice(document, place.edgeId, node), node];
  }
  if (place.kind === 'after') {
    const node = newNode(document, type, place.position ?? positionAfter(document, place.from));
    return [append(document, place.from, node, place.port), node];
  }
  if (place.kind === 'before') {
    const node = newNode(document, type, place.position);
    return [connect(addNode(document, node), node.id, place.to), node];
  }
  if (place.kind === 'next') {
    const end = openEnd(document, type, selected);
    if (end !== undefined) return placed(document, type, { kind: 'after', from: end }, selected, middle);
  }
  const node = newNode(document, type, place.kind === 'at' ? place.position : freePosition(document, middle()));
  return [addNode(document, node), node];
}

function positionAfter(document: FlowDocument, from: string): Position {
  const before = findNode(document, from)?.position ?? { x: 0, y: 0 };
  return freePosition(document, { x: before.x + columnPx, y: before.y });
}

/** An output of it leads nowhere yet. */
function isOpen({ edges }: FlowDocument, node: FlowNode): boolean {
  const used = new Set(edges.filter((edge) => edge.from === node.id).map((edge) => edge.port ?? ''));
  return portsOf(node).outputs.some(({ port }) => !used.has(port));
}

/** The node a new one follows without asking: the selected one, else the only one, that leads nowhere yet. */
function openEnd(document: FlowDocument, type: string, selected: string[]): string | undefined {
  const candidate = newNode(document, type, { x: 0, y: 0 });
  const extended = addNode(document, candidate);
  const open = document.nodes
    .filter((node) => isOpen(document, node) && whyNotConnect(extended, node.id, candidate.id) === undefined)
    .map((node) => node.id);
  const [first] = selected;
  if (selected.length === 1 && first !== undefined && open.includes(first)) return first;
  return open.length === 1 ? open[0] : undefined;
}
