import { useReactFlow, useStore as useFlowStore, type Viewport } from '@xyflow/react';
import { useCallback, useEffect, useRef } from 'react';
import { findNode, nodeSize } from './document.ts';
import { useEditor, useEditorStore } from './store.ts';

const marginPx = 32;

/**
 * Pans, never zooms, until the node whose properties are open is seen: the panel must not cover it.
 * Closing the panel brings back the view from before, unless a person has moved it meanwhile or the node is gone: undo never moves the view.
 *
 * @returns to be called when a person moves the view
 */
export function useOpenNodeInView(): (event: MouseEvent | TouchEvent | null) => void {
  const store = useEditorStore();
  const openNodeId = useEditor((state) => state.openNodeId);
  const width = useFlowStore((state) => state.width);
  const height = useFlowStore((state) => state.height);
  const { getViewport, setViewport } = useReactFlow();
  const isFirst = useRef(true);
  const before = useRef<Viewport | null>(null);
  /** Shown last. */
  const shownId = useRef<string | null>(null);

  useEffect(() => {
    // The first sizes are those of the canvas appearing; fitView looks after them.
    if (isFirst.current) {
      isFirst.current = width === 0;
      return;
    }
    const { x, y, zoom } = getViewport();
    if (openNodeId === null) {
      // A node that is gone was taken back or deleted: what a person looks at then is the place where it was.
      const isThere = shownId.current !== null && findNode(store.getState().document, shownId.current) !== undefined;
      if (isThere && before.current?.zoom === zoom) void setViewport(before.current);
      before.current = null;
      shownId.current = null;
      return;
    }
    shownId.current = openNodeId;
    const node = findNode(store.getState().document, openNodeId);
    if (!node || width === 0) return;
    const dx = shift(node.position.x * zoom + x, nodeSize.width * zoom, width);
    const dy = shift(node.position.y * zoom + y, nodeSize.height * zoom, height);
    if (dx === 0 && dy === 0) return;
    before.current ??= { x, y, zoom };
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    void setViewport({ x: x + dx, y: y + dy, zoom }, { duration: isCalm ? 0 : 180 });
  }, [store, openNodeId, width, height, getViewport, setViewport]);

  return useCallback((event) => {
    // Moves without an event are our own.
    if (event) before.current = null;
  }, []);
}

/** How far a node has to move along one side to lie inside what is seen, in px. */
function shift(start: number, length: number, available: number): number {
  if (start + length > available - marginPx) return available - marginPx - start - length;
  return start < marginPx ? marginPx - start : 0;
}
