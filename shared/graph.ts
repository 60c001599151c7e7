import type { FlowEdge } from './flow.ts';

/**
 * The nodes from the ends of the flow back to its start: each comes after all that it leads to. Those of a circle can't be put
 * in such an order; they come together, as one group. (Strongly connected components by Tarjan, 1972: linear, and here without
 * recursion, since a drawing may be deep.)
 */
export function fromTheEnd(ids: Iterable<string>, edges: FlowEdge[]): { ids: string[]; isCircle: boolean }[] {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const targetsOf = (id: string) => (next.get(id) ?? []).map((edge) => edge.to);
  const groups: { ids: string[]; isCircle: boolean }[] = [];
  const visits = new Map<string, Visit>();
  /** Visited, and not in a group yet. */
  const open: Visit[] = [];
  const enter = (id: string): Visit => {
    const visit = { id, number: visits.size, lowest: visits.size, isOpen: true, targets: targetsOf(id), at: 0 };
    visits.set(id, visit);
    open.push(visit);
    return visit;
  };
  for (const start of ids) {
    if (visits.has(start)) continue;
    const trail = [enter(start)];
    for (let visit = trail.at(-1); visit; visit = trail.at(-1)) {
      const target = visit.targets[visit.at];
      if (target !== undefined) {
        visit.at += 1;
        const known = visits.get(target);
        if (!known) trail.push(enter(target));
        else if (known.isOpen) visit.lowest = Math.min(visit.lowest, known.number);
        continue;
      }
      trail.pop();
      const parent = trail.at(-1);
      if (parent) parent.lowest = Math.min(parent.lowest, visit.lowest);
      if (visit.lowest === visit.number) groups.push(close(open, visit));
    }
  }
  return groups;
}

interface Visit {
  id: string;
  number: number;
  /** The earliest visit still open that can be come to from here. */
  lowest: number;
  isOpen: boolean;
  targets: string[];
  /** Place among the targets of the next one to look at. */
  at: number;
}

function close(open: Visit[], first: Visit): { ids: string[]; isCircle: boolean } {
  const group = open.splice(open.lastIndexOf(first));
  for (const visit of group) visit.isOpen = false;
  return { ids: group.map(({ id }) => id), isCircle: group.length > 1 || first.targets.includes(first.id) };
}

/** A message is handed on once for each way from the sender to an end; a drawing with more than this is a mistake. */
export const maxWays = 1_000;

/**
 * How many ways a message takes from each node to the ends of the flow. It leaves by one output only, so the ways by different
 * outputs are not added up: there the most count.
 *
 * @param ids without circles, from the ends of the flow to its start
 */
export function waysFrom(ids: string[], edges: FlowEdge[]): Map<string, number> {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const ways = new Map<string, number>();
  for (const id of ids)
    ways.set(
      id,
      Math.max(
        1,
        mostByOutput(next.get(id) ?? [], ({ to }) => ways.get(to) ?? 0),
      ),
    );
  return ways;
}

/** The sum for the edges of one output, for that output where it is largest. */
export function mostByOutput(edges: FlowEdge[], count: (edge: FlowEdge) => number): number {
  const sums = new Map<string, number>();
  for (const edge of edges) sums.set(edge.port ?? '', (sums.get(edge.port ?? '') ?? 0) + count(edge));
  return Math.max(0, ...sums.values());
}
