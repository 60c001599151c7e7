import type { FlowDocument } from '../../shared/flow.ts';
import { columnPx, moveNodes, rowPx, snap } from './document.ts';

/** Lays a drawing out in columns from left to right; the top left corner of the drawing stays where it was. */
export function tidy(document: FlowDocument): FlowDocument {
  if (document.nodes.length === 0) return document;
  const columns = columnsOf(document);
  const left = Math.min(...document.nodes.map((node) => node.position.x));
  const top = Math.min(...document.nodes.map((node) => node.position.y));
  const height = Math.max(...columns.map((column) => column.length));
  const positions = new Map(
    columns.flatMap((column, index) => {
      const offset = ((height - column.length) * rowPx) / 2;
      return column.map((id, row) => [id, snap({ x: left + index * columnPx, y: top + offset + row * rowPx })] as const);
    }),
  );
  return moveNodes(document, positions);
}

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
