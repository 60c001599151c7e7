import type { FlowDocument, Position } from '../../shared/flow.ts';
import { findNode } from './document.ts';
import { findNote } from './notes.ts';
import { sizeOf } from './node-size.ts';

const marginPx = 48;

export interface View extends Position {
  zoom: number;
}

interface Box {
  position: Position;
  width: number;
  height: number;
}

/** Where a node or a note lies and how large it is. */
export function boxOf(document: FlowDocument, id: string): Box | undefined {
  const node = findNode(document, id);
  return node ? { position: node.position, ...sizeOf(node) } : findNote(document, id);
}

/** The view moved, not zoomed, as little as it takes to see a box in a canvas of this size; the same view where it is seen already. */
export function viewOf({ position, width, height }: Box, view: View, canvas: { width: number; height: number }): View {
  const { x, y, zoom } = view;
  const dx = shift(position.x * zoom + x, width * zoom, canvas.width);
  const dy = shift(position.y * zoom + y, height * zoom, canvas.height);
  return dx === 0 && dy === 0 ? view : { x: x + dx, y: y + dy, zoom };
}

/** How far something has to move along one side to lie inside what is seen, in px. */
function shift(start: number, length: number, available: number): number {
  // What is larger than the canvas is seen from its beginning.
  if (start < marginPx || length > available - 2 * marginPx) return marginPx - start;
  return Math.min(0, available - marginPx - start - length);
}
