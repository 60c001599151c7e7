import { ViewportPortal } from '@xyflow/react';
import { useNodeDrag } from './node-drag.ts';

/** Where dragged nodes stand in line with others; drawn one screen pixel thin at every zoom. */
export function GuideLines() {
  const lines = useNodeDrag((drag) => drag?.guides);
  if (!lines || lines.length === 0) return null;
  return (
    <ViewportPortal>
      <svg aria-hidden className="pointer-events-none absolute top-0 left-0 z-10 size-px overflow-visible" data-testid="guides">
        {lines.map(({ axis, at, from, to }) => (
          <line
            key={`${axis} ${at} ${from} ${to}`}
            x1={axis === 'x' ? at : from}
            x2={axis === 'x' ? at : to}
            y1={axis === 'y' ? at : from}
            y2={axis === 'y' ? at : to}
            className="stroke-accent"
            strokeWidth={1}
            strokeDasharray="4 3"
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
    </ViewportPortal>
  );
}
