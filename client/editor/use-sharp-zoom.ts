import { useStoreApi, type OnMoveEnd } from '@xyflow/react';
import { useCallback, useRef } from 'react';

/**
 * From afar the drawing is a layer that the browser painted once and moves as a whole (`will-change` in canvas.css); zoomed, that picture is only
 * scaled. After a zoom it is given up for a frame, so that it is painted anew.
 */
export function useSharpZoom(): OnMoveEnd {
  const flowStore = useStoreApi();
  const painted = useRef<number>(undefined);
  return useCallback(
    (_event, { zoom }) => {
      if (painted.current === zoom) return;
      painted.current = zoom;
      const layer = flowStore.getState().domNode?.querySelector<HTMLElement>('.react-flow__viewport');
      if (!layer) return;
      layer.style.willChange = 'auto';
      // The first frame callback still comes before the painting.
      requestAnimationFrame(() => requestAnimationFrame(() => (layer.style.willChange = '')));
    },
    [flowStore],
  );
}
