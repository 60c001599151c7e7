import type { FlowDocument, FlowNode, Position } from '../../shared/flow.ts';
import { findNode } from './document.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The node an arrow key goes to: right and left along the connections, up and down to the nearest node there. */
export function neighbour(document: FlowDocument, id: string, direction: Direction): FlowNode | undefined {
  const here = findNode(document, id);
  if (!here) return document.nodes[0];
  const linked =
    direction === 'right'
      ? document.edges.filter((edge) => edge.from === id).map((edge) => edge.to)
      : direction === 'left'
        ? document.edges.filter((edge) => edge.to === id).map((edge) => edge.from)
        : [];
  const along = document.nodes.filter((node) => linked.includes(node.id));
  const candidates =
    along.length > 0 ? along : document.nodes.filter((node) => node.id !== id && lies(here.position, node.position, direction));
  return nearest(here.position, candidates);
}

function lies(here: Position, there: Position, direction: Direction): boolean {
  const [dx, dy] = [there.x - here.x, there.y - here.y];
  if (direction === 'right') return dx > 0 && Math.abs(dy) <= dx;
  if (direction === 'left') return dx < 0 && Math.abs(dy) <= -dx;
  return direction === 'down' ? dy > 0 : dy < 0;
}

function nearest(here: Position, nodes: FlowNode[]): FlowNode | undefined {
  const distance = ({ position }: FlowNode) => Math.hypot(position.x - here.x, position.y - here.y);
  return [...nodes].sort((a, b) => distance(a) - distance(b))[0];
}

/** Of a key press as `keyOf` writes it. */
export function directionOf(key: string): Direction {
  if (key.endsWith('Left')) return 'left';
  if (key.endsWith('Right')) return 'right';
  return key.endsWith('Up') ? 'up' : 'down';
}
