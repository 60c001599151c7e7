import { expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { connect, moveNodes, remove } from './document.ts';
import { createEditorStore } from './store.ts';

const flow: FlowDocument = {
  nodes: [
    { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: {} },
    { id: 'http', type: 'http-receiver', position: { x: 304, y: 0 }, config: {} },
  ],
  edges: [],
};

it('makes one entry of a whole drag', () => {
  const store = createEditorStore(flow);
  store.getState().beginGesture('Move');
  for (const x of [8, 16, 24]) store.getState().changeInGesture((document) => moveNodes(document, new Map([['mail', { x, y: 0 }]])));
  store.getState().commitGesture();
  expect(store.getState().history.past).toHaveLength(1);
  store.getState().undo();
  expect(store.getState().document).toBe(flow);
  store.getState().redo();
  expect(store.getState().document.nodes[0]?.position.x).toBe(24);
});

it('makes one entry of nudges that follow each other at once, and another of those of another node', () => {
  const store = createEditorStore(flow);
  const nudge = (id: string, x: number) =>
    store.getState().change('Move', (document) => moveNodes(document, new Map([[id, { x, y: 0 }]])), `nudge ${id}`);
  for (const x of [8, 16, 24]) nudge('mail', x);
  const nudged = store.getState().document;
  nudge('http', 312);
  store.getState().undo();
  expect(store.getState().document).toBe(nudged);
  store.getState().undo();
  expect(store.getState().document).toBe(flow);
});

it('keeps out of the history what changes nothing', () => {
  const store = createEditorStore(flow);
  store.getState().change('Connect', (document) => connect(document, 'http', 'mail'));
  expect(store.getState().history.past).toHaveLength(0);
});

it('closes the properties of a node that is gone, and deselects it', () => {
  const store = createEditorStore(flow);
  store.getState().openProperties('http');
  store.getState().change('Delete', (document) => remove(document, store.getState().selection));
  expect(store.getState()).toMatchObject({ openNodeId: null, selection: { nodeIds: new Set() } });
});

it('forgets the history when another drawing is taken over', () => {
  const store = createEditorStore(flow);
  store.getState().typeField('mail', 'address', 'mail.example.com');
  store.getState().adopt({ nodes: [], edges: [] });
  store.getState().undo();
  expect(store.getState().document.nodes).toEqual([]);
});

it('asks for a field anew each time it is wanted', () => {
  const store = createEditorStore(flow);
  store.getState().openProperties('mail', 'address');
  store.getState().set({ wantedField: { key: 'address', isFocused: true } });
  store.getState().openProperties('mail', 'address');
  expect(store.getState().wantedField).toEqual({ key: 'address', isFocused: false });
});
