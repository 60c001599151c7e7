import type { Position } from '../../shared/flow.ts';

/** Lines that show while nodes are dragged where they stand in line with others. */

export interface Box extends Position {
  width: number;
  height: number;
}

/** `x`: upright at this x; `y`: level at this y. From and to in px of the drawing along the line. */
export interface GuideLine {
  axis: 'x' | 'y';
  at: number;
  from: number;
  to: number;
}

/** Nearer than this, in px of the drawing, what is dragged jumps into line. */
export const guideSnapPx = 6;
/** Nodes farther away, in px of the drawing, are no neighbours. */
const nearPx = 640;

/** A connection of what is dragged to what is not; straight when what is dragged goes `by` px down. */
export interface Wire {
  by: number;
  line: GuideLine;
}

/** How far what is dragged has to go to stand in line with its neighbours or to have a straight connection, and the lines it then stands on. */
export function alignTo(moving: Box, others: Box[], wires: Wire[] = []): { by: Position; lines: GuideLine[] } {
  const near = others.filter((other) => gap(moving, other, 'x') < nearPx && gap(moving, other, 'y') < nearPx);
  const straight = nearest(wires.map((wire) => wire.by));
  const by = { x: offset(moving, near, 'x'), y: straight ?? offset(moving, near, 'y') };
  const moved = { ...moving, x: moving.x + by.x, y: moving.y + by.y };
  const wireLines = straight === undefined ? [] : wires.filter((wire) => Math.abs(wire.by - straight) <= 0.5).map(({ line }) => line);
  return { by, lines: [...linesOf(moved, near, 'x'), ...(straight === undefined ? linesOf(moved, near, 'y') : wireLines)] };
}

/** Smallest box around all of them; undefined for none. */
export function boxAround(boxes: Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

type Axis = GuideLine['axis'];

const across: Record<Axis, Axis> = { x: 'y', y: 'x' };
const lengthOf = (box: Box, axis: Axis) => (axis === 'x' ? box.width : box.height);
const edgesOf = (box: Box, axis: Axis) => [box[axis], box[axis] + lengthOf(box, axis)];
const middleOf = (box: Box, axis: Axis) => box[axis] + lengthOf(box, axis) / 2;

/** Between two boxes along an axis; 0 where they overlap. */
function gap(a: Box, b: Box, axis: Axis): number {
  return Math.max(0, b[axis] - a[axis] - lengthOf(a, axis), a[axis] - b[axis] - lengthOf(b, axis));
}

/** From each line of `a` to each line of `b` of the same sort: edge to edge, middle to middle. */
function distances(a: Box, b: Box, axis: Axis): { by: number; at: number }[] {
  const edges = edgesOf(a, axis).flatMap((from) => edgesOf(b, axis).map((at) => ({ by: at - from, at })));
  return [{ by: middleOf(b, axis) - middleOf(a, axis), at: middleOf(b, axis) }, ...edges];
}

function offset(moving: Box, others: Box[], axis: Axis): number {
  return nearest(others.flatMap((other) => distances(moving, other, axis).map(({ by }) => by))) ?? 0;
}

/** The shortest way of those that are short enough to jump. */
function nearest(ways: number[]): number | undefined {
  return ways.filter((by) => Math.abs(by) <= guideSnapPx).sort((a, b) => Math.abs(a) - Math.abs(b))[0];
}

function linesOf(moving: Box, others: Box[], axis: Axis): GuideLine[] {
  const side = across[axis];
  const lines = new Map<number, GuideLine>();
  for (const other of others) {
    for (const { by, at } of distances(moving, other, axis)) {
      if (Math.abs(by) > 0.5) continue;
      const { from = Infinity, to = -Infinity } = lines.get(at) ?? {};
      const ends = [...edgesOf(moving, side), ...edgesOf(other, side)];
      lines.set(at, { axis, at, from: Math.min(from, ...ends), to: Math.max(to, ...ends) });
    }
  }
  // Where edges are in line, their middles may be, too: one more line would say nothing, and cross the names.
  const all = [...lines.values()];
  const edges = all.filter(({ at }) => edgesOf(moving, axis).some((edge) => Math.abs(edge - at) <= 0.5));
  return edges.length > 0 ? edges : all;
}
