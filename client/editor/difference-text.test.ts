import { expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { differenceText } from './difference-text.ts';

const at = { x: 0, y: 0 };
const before: FlowDocument = {
  nodes: [
    { id: 'mail', type: 'mail-sender', position: at, config: { name: 'Orders mailbox', folder: 'INBOX' } },
    { id: 'http', type: 'http-receiver', position: at, config: { url: 'http://a.example' } },
  ],
  edges: [{ id: 'e1', from: 'mail', to: 'http' }],
};

test('a version that does the same says nothing, wherever its nodes stand', () => {
  expect(differenceText(before, { ...before, nodes: before.nodes.map((node) => ({ ...node, position: { x: 80, y: 80 } })) })).toEqual([]);
});

test('changed fields are named as the form names them', () => {
  const [mail, http] = before.nodes;
  const after = { ...before, nodes: [{ ...mail!, config: { ...mail!.config, folder: 'Orders', maxMessages: 7 } }, http!] };
  expect(differenceText(before, after)).toEqual(['changes the Mail sender ‘Orders mailbox’: Folder, Max. Messages per Poll']);
});

test('nodes that come and go are named with their kind', () => {
  const filter = { id: 'filter', type: 'filter', position: at, config: { name: 'Only orders' } };
  const after = { ...before, nodes: [...before.nodes, filter] };
  expect(differenceText(before, after)).toEqual(['adds the Filter step ‘Only orders’']);
  expect(differenceText(after, before)).toEqual(['leaves out the Filter step ‘Only orders’']);
});
