import { useStoreApi } from '@xyflow/react';
import { useMemo } from 'react';
import type { Position } from '../../shared/flow.ts';
import { moveNodes } from './document.ts';
import { useEditorStore, type EditorStore } from './store.ts';

export interface NodesUnderWay {
  /** Draws nodes elsewhere; the drawing does not hear of it yet. */
  hold: (positions: ReadonlyMap<string, Position>) => void;
  /** Hands what was held to the drawing, as one change in the gesture that is open. */
  settle: () => void;
  /** Draws all as the drawing has it; what is dragged on until `settle` counts for nothing. */
  cancel: () => void;
  isHolding: () => boolean;
}

/**
 * Where nodes are while they are dragged. Only React Flow knows it: the drawing, and all that is found from it (problems, marks, the draft on
 * the server), changes once, when the gesture ends.
 */
export function useNodesUnderWay(): NodesUnderWay {
  const store = useEditorStore();
  const flowStore = useStoreApi();
  return useMemo(() => nodesUnderWay(store, flowStore), [store, flowStore]);
}

function nodesUnderWay(store: EditorStore, flowStore: ReturnType<typeof useStoreApi>): NodesUnderWay {
  const held = new Map<string, Position>();
  let isCancelled = false;
  const draw = (at: ReadonlyMap<string, Position>) => {
    const { nodes, setNodes } = flowStore.getState();
    setNodes(
      nodes.map((node) => {
        const position = at.get(node.id);
        if (!position || (position.x === node.position.x && position.y === node.position.y)) return node;
        return { ...node, position };
      }),
    );
  };
  return {
    hold: (positions) => {
      if (isCancelled) return;
      for (const [id, position] of positions) held.set(id, position);
      draw(held);
    },
    settle: () => {
      isCancelled = false;
      if (held.size === 0) return;
      const positions = new Map(held);
      held.clear();
      store.getState().changeInGesture((document) => moveNodes(document, positions));
    },
    cancel: () => {
      isCancelled = true;
      const { nodes, notes = [] } = store.getState().document;
      draw(new Map([...nodes, ...notes].filter(({ id }) => held.has(id)).map(({ id, position }) => [id, position])));
      held.clear();
    },
    isHolding: () => held.size > 0 || isCancelled,
  };
}
