import { expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { neighbour } from './neighbours.ts';
import { tidy } from './tidy.ts';

const node = (id: string, type: string, x: number, y: number) => ({ id, type, position: { x, y }, config: {} });
const edge = (from: string, to: string) => ({ id: `${from}--${to}`, from, to });

const messy: FlowDocument = {
  nodes: [
    node('http', 'http-receiver', 40, 300),
    node('file', 'file-receiver', 500, 16),
    node('filter', 'filter', 700, 200),
    node('mail', 'mail-sender', 300, 100),
  ],
  edges: [edge('mail', 'filter'), edge('filter', 'http'), edge('mail', 'file')],
};

it('puts every node to the right of what leads to it, and none on another', () => {
  const { nodes, edges } = tidy(messy);
  const x = (id: string) => nodes.find((candidate) => candidate.id === id)?.position.x ?? 0;
  for (const { from, to } of edges) expect(x(to)).toBeGreaterThan(x(from));
  expect(new Set(nodes.map(({ position }) => `${position.x}/${position.y}`)).size).toBe(nodes.length);
});

it('lays out the same drawing the same way again', () => {
  expect(tidy(tidy(messy))).toEqual(tidy(messy));
});

it('ends on a circle, which only an import can draw', () => {
  const circle = { ...messy, edges: [edge('filter', 'mail'), edge('mail', 'filter')] };
  expect(tidy(circle).nodes).toHaveLength(4);
});

it('follows the connections with the arrow keys', () => {
  const { nodes, edges } = tidy(messy);
  const document = { nodes, edges };
  expect(neighbour(document, 'filter', 'right')?.id).toBe('http');
  expect(neighbour(document, 'filter', 'left')?.id).toBe('mail');
  expect(['filter', 'file']).toContain(neighbour(document, 'mail', 'right')?.id);
  const column = nodes.filter(({ id }) => id === 'filter' || id === 'file').sort((a, b) => a.position.y - b.position.y);
  expect(neighbour(document, column[0]!.id, 'down')?.id).toBe(column[1]!.id);
  expect(neighbour(document, 'mail', 'left')).toBeUndefined();
});

it('lays out a part by the connections within it and leaves the others where they are', () => {
  const tidied = tidy(messy, new Set(['filter', 'http']));
  const at = (id: string) => tidied.nodes.find((candidate) => candidate.id === id)?.position;
  expect(at('filter')).toEqual({ x: 40, y: 200 });
  expect(at('http')).toEqual({ x: 40 + 304, y: 200 });
  expect([at('mail'), at('file')]).toEqual([messy.nodes[3]?.position, messy.nodes[1]?.position]);
});
