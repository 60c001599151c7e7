import { expect, it } from 'vitest';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { differenceOf } from './difference.ts';

const node = (id: string, type: string, x: number, config: Record<string, unknown> = {}): FlowNode => ({
  id,
  type,
  position: { x, y: 0 },
  config,
});
const mail = node('mail', 'mail-sender', 0, { name: 'Orders', maxMessages: 10 });
const http = node('http', 'http-receiver', 600, { url: 'https://a.example.com' });

const before: FlowDocument = {
  nodes: [mail, node('filter', 'filter', 300), http],
  edges: [
    { id: 'e1', from: 'mail', to: 'filter' },
    { id: 'e2', from: 'filter', to: 'http' },
  ],
};
const after: FlowDocument = {
  nodes: [
    { ...mail, position: { x: 8, y: 8 }, config: { ...mail.config, maxMessages: 20 } },
    node('modifier', 'content-modifier', 300),
    http,
  ],
  edges: [
    { id: 'e1', from: 'mail', to: 'modifier' },
    { id: 'e2', from: 'modifier', to: 'http' },
  ],
};

it('draws what was removed beside what took its place, and marks both, their connections and what was changed', () => {
  const { document, marks } = differenceOf(before, after);
  const [removed] = document.nodes.filter(({ id }) => id === 'filter');
  expect(removed?.position).toEqual({ x: 300, y: 104 });
  const badge = (id: string) => marks.nodes.get(id)?.badges?.[0]?.text;
  expect(['mail', 'modifier', 'filter', 'http'].map(badge)).toEqual(['Changed', 'Added', 'Removed', undefined]);
  expect(document.edges).toHaveLength(4);
  expect(new Set(document.edges.map(({ id }) => id)).size).toBe(4);
  expect(document.edges.map(({ id }) => marks.edges.get(id)?.label)).toEqual(['Added', 'Added', 'Removed', 'Removed']);
});

it('says each change in a line, with the fields in the words of the form', () => {
  const { lines } = differenceOf(before, after);
  expect(lines.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    'added Content Modifier step ‘Content Modifier’',
    'removed Filter step ‘Filter’',
    'changed Mail sender ‘Orders’',
    'added Connection from ‘Orders’ to ‘Content Modifier’',
    'added Connection from ‘Content Modifier’ to ‘HTTP’',
    'removed Connection from ‘Orders’ to ‘Filter’',
    'removed Connection from ‘Filter’ to ‘HTTP’',
  ]);
  expect(lines.find(({ nodeId }) => nodeId === 'mail')?.fields).toEqual([
    expect.objectContaining({ label: 'Max. Messages per Poll', before: '10', after: '20' }),
  ]);
});

it('finds nothing where only the picture was changed', () => {
  const moved = { ...before, nodes: before.nodes.map((drawn) => ({ ...drawn, position: { x: 1, y: 1 } })) };
  expect(differenceOf(before, moved).lines).toEqual([]);
});
