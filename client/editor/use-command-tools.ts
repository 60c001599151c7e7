import { useReactFlow, useStoreApi } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, type RefObject } from 'react';
import type { Position } from '../../shared/flow.ts';
import type { CommandTools } from './commands.ts';
import { findNode } from './document.ts';
import { boxOf, viewOf } from './pan-to.ts';
import { useEditorStore } from './store.ts';
import { usePlace } from './use-place.ts';

/** Makes the tools of the open editor. */
export function useNewCommandTools(canvas: RefObject<HTMLElement | null>, actions: Pick<CommandTools, 'save' | 'deploy'>): CommandTools {
  const store = useEditorStore();
  const place = usePlace();
  const flowStore = useStoreApi();
  const { fitView, zoomIn, zoomOut, screenToFlowPosition, getViewport, setViewport } = useReactFlow();
  const pointer = useRef<Position | undefined>(undefined);
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });

  useEffect(() => {
    const ended = new AbortController();
    window.addEventListener('pointermove', ({ clientX, clientY }) => (pointer.current = { x: clientX, y: clientY }), ended);
    return () => ended.abort();
  }, []);

  const show = useCallback(
    (nodeId: string) => {
      const box = boxOf(store.getState().document, nodeId);
      if (!box) return;
      const view = getViewport();
      const wanted = viewOf(box, view, flowStore.getState());
      if (wanted !== view) void setViewport(wanted);
    },
    [store, flowStore, getViewport, setViewport],
  );

  const focus = useCallback(
    (nodeId: string) => {
      show(nodeId);
      focusElement(canvas, 'node', nodeId);
    },
    [show, canvas],
  );

  return useMemo(
    () => ({
      store,
      canvas,
      pointer,
      place,
      save: () => latest.current.save(),
      deploy: () => latest.current.deploy(),
      view: {
        fit: (nodeIds) => void fitView({ maxZoom: 1, padding: 0.2, ...(nodeIds ? { nodes: nodeIds.map((id) => ({ id })) } : {}) }),
        show,
        focus,
        focusEdge: (edgeId) => focusElement(canvas, 'edge', edgeId),
        goTo: (nodeId) => {
          const { document, openNodeId, openProperties, select } = store.getState();
          // A note has no properties to show instead.
          if (openNodeId === null || !findNode(document, nodeId)) select({ nodeIds: new Set([nodeId]) });
          else openProperties(nodeId);
          focus(nodeId);
        },
        zoomIn: () => void zoomIn(),
        zoomOut: () => void zoomOut(),
        toDrawing: (at) => screenToFlowPosition(at, { snapToGrid: false }),
      },
    }),
    [store, canvas, place, show, focus, fitView, zoomIn, zoomOut, screenToFlowPosition],
  );
}

/** What was out of sight, or drawn as part of a picture from afar, is an element of its own a moment later. */
function focusElement(canvas: RefObject<HTMLElement | null>, kind: 'node' | 'edge', id: string, framesLeft = 10): void {
  const element = canvas.current?.querySelector<HTMLElement | SVGElement>(`.react-flow__${kind}[data-id="${CSS.escape(id)}"]`);
  if (element) element.focus({ preventScroll: true });
  else if (framesLeft > 0) requestAnimationFrame(() => focusElement(canvas, kind, id, framesLeft - 1));
}
