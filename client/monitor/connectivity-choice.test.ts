import { expect, it } from 'vitest';
import { channelsOf } from './connectivity-channels.ts';
import { readConnectivityChoice } from './connectivity-choice.ts';

const mail = (id: string, config: Record<string, unknown>) => ({ id, type: 'mail-sender', position: { x: 0, y: 0 }, config });
const http = { id: 'http', type: 'http-receiver', position: { x: 0, y: 0 }, config: {} };

it('offers the senders as deployed, and the drafts that differ from them', () => {
  const deployedDocument = { nodes: [mail('a', { name: 'Orders' }), mail('b', { name: 'Bills' }), http], edges: [] };
  const draft = { nodes: [mail('a', { name: 'Orders' }), mail('b', { name: 'Bills', folder: 'Done' }), mail('c', {})], edges: [] };
  const labels = channelsOf({ draft, deployedDocument, deployment: null }).map(({ label }) => label);
  expect(labels).toEqual(['Orders, deployed', 'Bills, deployed', 'Bills, draft', 'Mail, draft']);
});

it('reads from the address what it understands', () => {
  expect(readConnectivityChoice({ flow: 'f', node: 'n', drawing: 'draft' })).toEqual({ flow: 'f', node: 'n', drawing: 'draft' });
  expect(readConnectivityChoice({ flow: 'f', drawing: 'other' })).toEqual({ flow: 'f' });
  expect(readConnectivityChoice({ node: 'n' })).toEqual({});
  expect(readConnectivityChoice({ test: 'smtp', flow: 'f' })).toEqual({ test: 'smtp' });
  expect(readConnectivityChoice({ test: 'toString' })).toEqual({});
});
