import { expect, it } from 'vitest';
import { edgeChanges, fieldChanges } from './changes.ts';
import type { FlowDocument } from './flow.ts';
import { allDayEvery } from './schedule.ts';

function drawing(type: string, config: Record<string, unknown>, more: Partial<FlowDocument> = {}): FlowDocument {
  return { nodes: [{ id: 'n', type, position: { x: 0, y: 0 }, config }], edges: [], ...more };
}

function changed(type: string, before: Record<string, unknown>, after: Record<string, unknown>) {
  return fieldChanges(drawing(type, before), drawing(type, after)).map((change) => `${change.label}: ${change.before} → ${change.after}`);
}

it('gives the values as the form shows them: choices by their label, units, schedules and conditions in words', () => {
  expect(changed('mail-sender', { protocol: 'imap4' }, { protocol: 'pop3' })).toContain('Transport Protocol: IMAP4 → POP3');
  expect(changed('mail-sender', { schedule: allDayEvery(1, 'minutes') }, { schedule: allDayEvery(5, 'minutes') })).toEqual([
    'Schedule: every minute → every 5 minutes',
  ]);
  const condition = { subject: 'header.subject', operator: 'contains-not', value: 'spam' };
  expect(changed('filter', { conditions: [] }, { conditions: [condition] })).toEqual([
    'Conditions:  → header.subject does not contain spam',
  ]);
  const route = { port: 'r1', name: 'Orders', match: 'any', conditions: [{ ...condition, operator: 'exists', value: '' }, condition] };
  expect(changed('router', { routes: [] }, { routes: [route] })).toEqual([
    'Routes:  → Orders: header.subject exists or header.subject does not contain spam',
  ]);
});

it('has an empty text for a field that only one of both shows', () => {
  const lines = changed('mail-sender', { protocol: 'imap4', folder: 'Orders' }, { protocol: 'pop3', folder: 'Orders' });
  expect(lines).toContain('Folder: Orders → ');
});

it('says nothing of nodes that came or went, of moved nodes, and of defaults typed out', () => {
  const before = drawing('filter', {});
  expect(fieldChanges(before, { nodes: [], edges: [] })).toEqual([]);
  expect(fieldChanges({ nodes: [], edges: [] }, before)).toEqual([]);
  expect(changed('mail-sender', {}, { folder: 'INBOX' })).toEqual([]);
});

it('has the settings of the flow last, without a node', () => {
  const changes = fieldChanges(drawing('filter', {}), drawing('filter', { name: 'Only orders' }, { settings: { messagesAtOnce: 2 } }));
  expect(changes.map(({ nodeId, field }) => [nodeId, field])).toEqual([
    ['n', 'name'],
    [undefined, 'messagesAtOnce'],
  ]);
});

it('shows what a type that this version does not know is configured with', () => {
  expect(changed('from-the-future', { a: 1 }, { a: [2, { b: true }] })).toEqual(['Configuration: 1 → (2; on)']);
});

it('finds a connection again that has another id, and tells apart those of different outputs', () => {
  const edges = (...ports: (string | undefined)[]) =>
    drawing('filter', {}, { edges: ports.map((port, index) => ({ id: `${index}${port}`, from: 'a', to: 'b', port })) });
  expect(edgeChanges(edges('r1', 'r2'), edges('r2', 'r3'))).toMatchObject({ added: [{ port: 'r3' }], removed: [{ port: 'r1' }] });
});
