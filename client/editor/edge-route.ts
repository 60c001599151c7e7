import type { FlowDocument, FlowEdge, FlowNode, Position } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import { outputAt, sizeOf } from './node-size.ts';

/** The way of a connection over the canvas: level, upright, level. */
export interface Route {
  id: string;
  from: Position;
  to: Position;
  /** Where it turns. */
  turnX: number;
}

const lanePx = 14;
/** Room for the curves before and behind the turn. */
const leastPx = 24;
const inputAtPx = 32;
/** Half of a port stands out. */
const portPx = 5;

/** Outputs of a node turn in lanes of their own, so that they can be told apart; the only one in the middle. */
export function laneOf(source: FlowNode, port: string): number {
  const { outputs } = portsOf(source);
  const index = outputs.findIndex((output) => output.port === port);
  return index < 0 ? 0 : index - (outputs.length - 1) / 2;
}

/** Where a connection turns: in the middle, or in its lane where there is room. */
export function turnOf(sourceX: number, targetX: number, lane: number): number {
  const middle = (sourceX + targetX) / 2;
  if (lane === 0 || targetX - sourceX < 2 * leastPx) return middle;
  return Math.min(targetX - leastPx, Math.max(sourceX + leastPx, middle - lane * lanePx));
}

/** The ways of all connections whose nodes exist. */
export function routesOf({ nodes, edges }: FlowDocument): Route[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return edges.flatMap((edge) => routeOf(edge, byId) ?? []);
}

function routeOf({ id, from, to, port = '' }: FlowEdge, nodes: ReadonlyMap<string, FlowNode>): Route | undefined {
  const [source, target] = [nodes.get(from), nodes.get(to)];
  if (!source || !target) return undefined;
  const start = { x: source.position.x + sizeOf(source).width + portPx, y: source.position.y + outputAt(source, port) };
  const end = { x: target.position.x - portPx, y: target.position.y + inputAtPx };
  return { id, from: start, to: end, turnX: turnOf(start.x, end.x, laneOf(source, port)) };
}

/** The connection nearest to a point, if it is not farther away than `within`; all in px of the drawing. */
export function nearestRoute(routes: Route[], at: Position, within: number): Route | undefined {
  let best: { route: Route; distance: number } | undefined;
  for (const route of routes) {
    const distance = distanceTo(route, at);
    if (distance <= (best?.distance ?? within)) best = { route, distance };
  }
  return best?.route;
}

function distanceTo({ from, to, turnX }: Route, { x, y }: Position): number {
  return Math.min(
    Math.hypot(outside(x, from.x, turnX), y - from.y),
    Math.hypot(x - turnX, outside(y, from.y, to.y)),
    Math.hypot(outside(x, turnX, to.x), y - to.y),
  );
}

/** How far a number lies outside of the span between two others. */
function outside(value: number, one: number, other: number): number {
  return Math.max(0, Math.min(one, other) - value, value - Math.max(one, other));
}
