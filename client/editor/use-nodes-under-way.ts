import { useStoreApi } from '@xyflow/react';
import { useMemo } from 'react';
import type { Position } from '../../shared/flow.ts';
import { moveNodes } from './document.ts';
import { useEditorStore } from './store.ts';

export interface NodesUnderWay {
  /** Draws nodes elsewhere; the drawing does not hear of it yet. */
  hold: (positions: ReadonlyMap<string, Position>) => void;
  /** Hands what was held to the drawing, as one change in the gesture that is open. */
  settle: () => void;
  isHolding: () => boolean;
}

/**
 * Where nodes are while they are dragged. Only React Flow knows it: the drawing, and all that is found from it (problems, marks, the draft on
 * the server), changes once, when the gesture ends.
 */
export function useNodesUnderWay(): NodesUnderWay {
  const store = useEditorStore();
  const flowStore = useStoreApi();
  return useMemo(() => {
    const held = new Map<string, Position>();
    return {
      hold: (positions) => {
        for (const [id, position] of positions) held.set(id, position);
        const { nodes, setNodes } = flowStore.getState();
        setNodes(
          nodes.map((node) => {
            const position = held.get(node.id);
            if (!position || (position.x === node.position.x && position.y === node.position.y)) return node;
            return { ...node, position };
          }),
        );
      },
      settle: () => {
        if (held.size === 0) return;
        const positions = new Map(held);
        held.clear();
        store.getState().changeInGesture((document) => moveNodes(document, positions));
      },
      isHolding: () => held.size > 0,
    };
  }, [store, flowStore]);
}
