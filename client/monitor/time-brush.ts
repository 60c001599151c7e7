/** A part of the chart's bars, chosen by dragging over them or by moving its two edges. */
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

/** An edge stops at the other one. */
export function moveEdge({ first, last }: Brush, edge: Edge, bar: number): Brush {
  return edge === 'first' ? { first: Math.min(bar, last), last } : { first, last: Math.max(bar, first) };
}
