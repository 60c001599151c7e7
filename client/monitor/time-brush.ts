/** A part of the chart's bars, chosen by dragging over them or by the keys of its two edges. */
export interface Brush {
  /** The first and the last bar of it. */
  first: number;
  last: number;
}

export type Edge = 'first' | 'last';

export function allOf(bars: number): Brush {
  return { first: 0, last: bars - 1 };
}

export function between(a: number, b: number): Brush {
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

/** Undefined where the times are not those of bars: they are of another span. */
export function brushOf(bars: { from: Date; to: Date }[], from: string | undefined, to: string | undefined): Brush | undefined {
  if (from === undefined || to === undefined) return undefined;
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const first = bars.findIndex((bar) => bar.to.getTime() > start);
  const last = bars.findLastIndex((bar) => bar.from.getTime() < end);
  return first === -1 || last < first ? undefined : { first, last };
}

/** Where a key takes an edge; undefined for a key that is none of its own. An edge stops at the other one and at the ends of the chart. */
export function moveEdge(brush: Brush, edge: Edge, key: string, bars: number): Brush | undefined {
  const page = Math.max(1, Math.round(bars / 6));
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -page,
    PageUp: page,
    Home: -bars,
    End: bars,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  const moved = brush[edge] + step;
  if (edge === 'first') return { ...brush, first: Math.min(Math.max(moved, 0), brush.last) };
  return { ...brush, last: Math.max(Math.min(moved, bars - 1), brush.first) };
}
