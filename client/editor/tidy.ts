import type { FlowDocument } from '../../shared/flow.ts';
import { columnPx, fragmentOf, moveNodes, nodeSize, rowPx, snap } from './document.ts';
import { sizeOf } from './node-size.ts';

/**
 * Lays a drawing out in columns from left to right; its top left corner stays where it was.
 *
 * @param only the nodes to lay out, by the connections among them; absent: all
 */
export function tidy(document: FlowDocument, only?: ReadonlySet<string>): FlowDocument {
  const part = only ? fragmentOf(document, only) : document;
  if (part.nodes.length === 0) return document;
  const columns = columnsOf(part);
  const left = Math.min(...part.nodes.map((node) => node.position.x));
  const top = Math.min(...part.nodes.map((node) => node.position.y));
  const heights = new Map(part.nodes.map((node) => [node.id, sizeOf(node).height]));
  const heightOf = (column: string[]) => column.reduce((sum, id) => sum + (heights.get(id) ?? 0) + gapPx, -gapPx);
  const highest = Math.max(...columns.map(heightOf));
  const positions = new Map(
    columns.flatMap((column, index) => {
      let y = top + (highest - heightOf(column)) / 2;
      return column.map((id) => {
        const position = snap({ x: left + index * columnPx, y });
        y += (heights.get(id) ?? 0) + gapPx;
        return [id, position] as const;
      });
    }),
  );
  return moveNodes(document, positions);
}

/** Between two nodes of a column. */
const gapPx = rowPx - nodeSize.height;

/** Each node one column behind the last of its predecessors; within a column by the rows of the predecessors. */
function columnsOf({ nodes, edges }: FlowDocument): string[][] {
  const depth = new Map(nodes.map((node) => [node.id, 0]));
  // As many rounds as the longest path can have edges; a circle, drawn by an import, ends there, too.
  for (let round = 0; round < nodes.length; round += 1) {
    let isSettled = true;
    for (const { from, to } of edges) {
      const wanted = Math.min((depth.get(from) ?? 0) + 1, nodes.length - 1);
      if ((depth.get(to) ?? 0) >= wanted) continue;
      depth.set(to, wanted);
      isSettled = false;
    }
    if (isSettled) break;
  }
  const byHeight = [...nodes].sort((a, b) => a.position.y - b.position.y);
  const row = new Map<string, number>();
  const columns: string[][] = [];
  for (const level of [...new Set(depth.values())].sort((a, b) => a - b)) {
    const column = byHeight.filter((node) => depth.get(node.id) === level).map((node) => node.id);
    const weight = (id: string) => {
      const before = edges.filter((edge) => edge.to === id).map((edge) => row.get(edge.from) ?? 0);
      return before.length === 0 ? 0 : before.reduce((sum, value) => sum + value, 0) / before.length;
    };
    column.sort((a, b) => weight(a) - weight(b));
    column.forEach((id, index) => row.set(id, index - (column.length - 1) / 2));
    columns.push(column);
  }
  return columns;
}
