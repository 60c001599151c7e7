import type { Position } from '../../shared/flow.ts';

/**
 * The connections under a point of the window, the uppermost first, unless a node covers them.
 *
 * @param through a node that is looked through, as it is being dragged
 */
export function edgesUnder({ x, y }: Position, through?: string): string[] {
  const ids = new Set<string>();
  for (const element of document.elementsFromPoint(x, y)) {
    const node = element.closest('.react-flow__node');
    if (node && node.getAttribute('data-id') !== through) break;
    const id = element.closest('.react-flow__edge')?.getAttribute('data-id');
    if (typeof id === 'string') ids.add(id);
  }
  return [...ids];
}
