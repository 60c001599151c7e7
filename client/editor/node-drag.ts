import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { GuideLine } from './guides.ts';

/** What shows while nodes are dragged. */
export interface NodeDrag {
  guides: GuideLine[];
  /** Connection under the pointer that the dragged step would go into. */
  edgeId?: string;
}

// Beside the state of the editor: it changes with each step of a drag, and every node of the drawing listens to that.
// One for all, as there is one pointer.
const dragStore = createStore<{ drag: NodeDrag | null }>(() => ({ drag: null }));

export function nodeDrag(): NodeDrag | null {
  return dragStore.getState().drag;
}

export function setNodeDrag(drag: NodeDrag | null): void {
  dragStore.setState({ drag });
}

export function useNodeDrag<T>(select: (drag: NodeDrag | null) => T): T {
  return useStore(dragStore, ({ drag }) => select(drag));
}
