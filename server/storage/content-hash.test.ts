import { expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { contentHash } from './content-hash.ts';

const drawing: FlowDocument = {
  nodes: [
    { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { address: 'mail.example.com', maxMessages: 10 } },
    { id: 'file', type: 'file-receiver', position: { x: 400, y: 0 }, config: {} },
    { id: 'copy', type: 'file-receiver', position: { x: 400, y: 100 }, config: {} },
  ],
  edges: [
    { id: 'a', from: 'mail', to: 'file' },
    { id: 'b', from: 'mail', to: 'copy' },
  ],
};
const hash = (document: FlowDocument) => contentHash(document, {});

it('is the same when only the picture is another', () => {
  const [mail, file, copy] = drawing.nodes.map((node) => ({ ...node, position: { x: 8, y: 16 } }));
  if (!mail || !file || !copy) throw new Error('three nodes are drawn above');
  const moved: FlowDocument = {
    nodes: [copy, { ...mail, config: { maxMessages: 10, address: 'mail.example.com' } }, file],
    edges: drawing.edges.map((edge) => ({ ...edge, id: `${edge.id}2` })),
    notes: [{ id: 'n', position: { x: 0, y: 0 }, width: 100, height: 100, text: 'Ask Ada' }],
    settings: {},
  };
  expect(hash(moved)).toBe(hash(drawing));
});

it('is another when a field, a connection, their order, a setting or a value of a parameter is', () => {
  const others = [
    hash({ ...drawing, nodes: drawing.nodes.map((node) => ({ ...node, config: { ...node.config, maxMessages: 11 } })) }),
    hash({ ...drawing, edges: drawing.edges.slice(1) }),
    hash({ ...drawing, edges: drawing.edges.toReversed() }),
    hash({ ...drawing, edges: drawing.edges.map((edge) => ({ ...edge, port: 'r1' })) }),
    hash({ ...drawing, settings: { attempts: 3 } }),
    contentHash(drawing, { folder: 'Orders' }),
  ];
  expect(new Set([hash(drawing), ...others]).size).toBe(7);
});
