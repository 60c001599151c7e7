import type { Position } from '../../shared/flow.ts';

/**
 * The connection under a point of the window, unless a node covers it.
 *
 * @param through a node that is looked through, as it is being dragged
 */
export function edgeUnder({ x, y }: Position, through?: string): string | undefined {
  for (const element of document.elementsFromPoint(x, y)) {
    const node = element.closest('.react-flow__node');
    if (node && node.getAttribute('data-id') !== through) return undefined;
    const edge = element.closest('.react-flow__edge');
    if (edge) return edge.getAttribute('data-id') ?? undefined;
  }
  return undefined;
}
