import { useState, type ChangeEvent, type PointerEvent } from 'react';
import { classNames } from '../ui/class-names.ts';
import { stepText } from './message-chart.ts';
import { allOf, between, moveEdge, type Brush, type Edge } from './time-brush.ts';

/**
 * Lies over the bars: dragging chooses a part of them, a click one, and each of the two edges is a slider for the keyboard. Escape at an
 * edge chooses the whole time again.
 */
export function ChartBrush({
  bars,
  brush,
  onPoint,
  onChoose,
}: {
  bars: { from: Date; to: Date }[];
  /** Undefined: the whole time. */
  brush: Brush | undefined;
  onPoint: (bar: number | undefined) => void;
  onChoose: (brush: Brush | undefined) => void;
}) {
  const [drag, setDrag] = useState<{ anchor: number; at: number }>();
  const shown = drag ? between(drag.anchor, drag.at) : (brush ?? allOf(bars.length));
  const isPart = drag !== undefined || brush !== undefined;
  const barAt = ({ clientX, currentTarget }: PointerEvent<HTMLElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(bars.length - 1, Math.floor(((clientX - left) / width) * bars.length)));
  };
  const percent = (bar: number) => `${((bar / bars.length) * 100).toFixed(3)}%`;
  return (
    <fieldset
      aria-label="Time that the page is narrowed to"
      className="absolute inset-0 min-w-0 cursor-crosshair touch-pan-y select-none"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ anchor: barAt(event), at: barAt(event) });
      }}
      onPointerMove={(event) => {
        onPoint(barAt(event));
        if (drag) setDrag({ ...drag, at: barAt(event) });
      }}
      onPointerUp={(event) => {
        if (drag) onChoose(between(drag.anchor, barAt(event)));
        setDrag(undefined);
      }}
      // The browser took the gesture for a scroll, or another window took the pointer.
      onPointerCancel={() => setDrag(undefined)}
      onPointerLeave={() => onPoint(undefined)}
    >
      {isPart && (
        <div
          aria-hidden
          className="bg-accent/10 border-accent absolute inset-y-0 border-x"
          style={{ left: percent(shown.first), right: percent(bars.length - 1 - shown.last) }}
        />
      )}
      {edges.map(({ edge, name }) => {
        const bar = bars[shown[edge]];
        return (
          <div
            key={edge}
            className="pointer-events-none absolute inset-y-0"
            style={{ left: percent(shown[edge] + (edge === 'last' ? 1 : 0)) }}
          >
            <input
              type="range"
              aria-label={name}
              min={0}
              max={bars.length - 1}
              value={shown[edge]}
              aria-valuetext={bar && stepText(bar)}
              onChange={(event: ChangeEvent<HTMLInputElement>) => onChoose(moveEdge(shown, edge, Number(event.target.value)))}
              onKeyDown={(event) => {
                if (event.key === 'Escape' && brush) onChoose(undefined);
              }}
              className="peer sr-only"
            />
            <span
              className={classNames(
                'peer-focus-visible:bg-accent peer-focus-visible:outline-accent absolute inset-y-0 -left-0.5 w-1 rounded-full peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2',
                isPart && 'bg-accent top-1/3! bottom-1/3!',
              )}
            />
          </div>
        );
      })}
    </fieldset>
  );
}

const edges: { edge: Edge; name: string }[] = [
  { edge: 'first', name: 'Begin of the time' },
  { edge: 'last', name: 'End of the time' },
];
