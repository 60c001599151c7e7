import { useReactFlow } from '@xyflow/react';
import { useEffect, useMemo, useRef, type RefObject } from 'react';
import type { Position } from '../../shared/flow.ts';
import type { CommandTools } from './commands.ts';
import { useEditorStore } from './store.ts';
import { usePlace } from './use-place.ts';

/** Makes the tools of the open editor. */
export function useNewCommandTools(canvas: RefObject<HTMLElement | null>, actions: Pick<CommandTools, 'save' | 'deploy'>): CommandTools {
  const store = useEditorStore();
  const place = usePlace();
  const { fitView, zoomIn, zoomOut, screenToFlowPosition } = useReactFlow();
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
        zoomIn: () => void zoomIn(),
        zoomOut: () => void zoomOut(),
        toDrawing: (at) => screenToFlowPosition(at, { snapToGrid: false }),
      },
    }),
    [store, canvas, place, fitView, zoomIn, zoomOut, screenToFlowPosition],
  );
}
