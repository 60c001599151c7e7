import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import { classNames } from '../ui/class-names.ts';
import { stepText } from './message-chart.ts';
import { allOf, between, moveEdge, type Brush, type Edge } from './time-brush.ts';

/**
 * Lies over the bars: dragging chooses a part of them, a click one, and the two edges are sliders for the keyboard (WAI-ARIA, Multi-Thumb
 * Slider). Escape gives a drag up.
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
  const onKeyDown = (edge: Edge) => (event: KeyboardEvent) => {
    if (event.key === 'Escape' && brush) return onChoose(undefined);
    const moved = moveEdge(shown, edge, event.key, bars.length);
    if (!moved) return undefined;
    event.preventDefault();
    return onChoose(moved);
  };
  const percent = (bar: number) => `${((bar / bars.length) * 100).toFixed(3)}%`;
  return (
    <div
      role="group"
      aria-label="Time that the page is narrowed to"
      className="absolute inset-0 cursor-crosshair touch-pan-y select-none"
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
      {(['first', 'last'] as const).map((edge) => {
        const bar = bars[shown[edge]];
        const place = edge === 'first' ? shown.first : shown.last + 1;
        return (
          <div
            key={edge}
            role="slider"
            tabIndex={0}
            aria-label={edge === 'first' ? 'Begin of the time' : 'End of the time'}
            aria-valuemin={0}
            aria-valuemax={bars.length - 1}
            aria-valuenow={shown[edge]}
            aria-valuetext={bar && stepText(bar)}
            onKeyDown={onKeyDown(edge)}
            className={classNames(
              'group absolute inset-y-0 w-6 -translate-x-1/2 outline-none',
              // Between the bars it must not take the pointer from them; the keyboard reaches it all the same.
              'pointer-events-none',
            )}
            style={{ left: percent(place) }}
          >
            <span
              className={classNames(
                'group-focus-visible:outline-accent absolute inset-y-0 left-1/2 w-1 -translate-x-1/2 rounded-full group-focus-visible:bg-accent group-focus-visible:outline-2 group-focus-visible:outline-offset-2',
                isPart && 'bg-accent top-1/3! bottom-1/3!',
              )}
            />
          </div>
        );
      })}
    </div>
  );
}
