import { initialConfig } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';

const perRow = 10;
const [columnPx, rowPx] = [304, 104];

/** A flow of this many nodes: one sender, and rows of nine steps and a receiver; laid out about as wide as a canvas is. */
export function drawnFlow(count: number): FlowDocument {
  const rows = Math.ceil((count - 1) / perRow);
  const blocks = Math.max(1, Math.round(Math.sqrt((rows * rowPx * 1.6) / (perRow * columnPx))));
  const rowsPerBlock = Math.ceil(rows / blocks);
  const nodes: FlowNode[] = [node('sender', 'mail-sender', 0, (rowsPerBlock / 2) * rowPx, 'Orders')];
  const edges: FlowDocument['edges'] = [];
  for (let index = 0; index < count - 1; index += 1) {
    const [row, column] = [Math.floor(index / perRow), index % perRow];
    const isLast = column === perRow - 1 || index === count - 2;
    const type = isLast ? 'http-receiver' : column % 3 === 1 ? 'filter' : 'content-modifier';
    const x = (1 + Math.floor(row / rowsPerBlock) * perRow + column) * columnPx;
    nodes.push(node(`n${index}`, type, x, (row % rowsPerBlock) * rowPx, `Step ${index + 1}`));
    const from = column === 0 ? 'sender' : `n${index - 1}`;
    edges.push({ id: `${from}--n${index}`, from, to: `n${index}` });
  }
  return { nodes, edges };
}

function node(id: string, type: string, x: number, y: number, name: string): FlowNode {
  const description = describeType(type);
  if (!description) throw new Error(`no node has the type ${type}`);
  return { id, type, position: { x, y }, config: { ...initialConfig(description, { zone: 'Europe/Berlin' }), name } };
}
