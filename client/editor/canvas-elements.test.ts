import { expect, it } from 'vitest';
import { tabStop } from './canvas-elements.ts';
import { createEditorStore } from './store.ts';

const node = (id: string) => ({ id, type: 'filter', position: { x: 0, y: 0 }, config: {} });

it('leads Tab to the node that was selected last, and to the first where that is gone', () => {
  const store = createEditorStore({ nodes: [node('a'), node('b')], edges: [] });
  const stop = () => tabStop(store.getState());
  expect(stop()).toBe('a');
  store.getState().select({ nodeIds: new Set(['b']) });
  expect(stop()).toBe('b');
  store.getState().select({});
  expect(stop()).toBe('b');
  store.getState().change('Delete', (document) => ({ ...document, nodes: [node('a')] }));
  expect(stop()).toBe('a');
  store.getState().change('Delete', (document) => ({ ...document, nodes: [] }));
  expect(stop()).toBeUndefined();
});
