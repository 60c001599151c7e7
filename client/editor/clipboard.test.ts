import { expect, it } from 'vitest';
import { fromClipboardText, toClipboardText } from './clipboard.ts';

const fragment = { nodes: [{ id: 'a', type: 'filter', position: { x: 1, y: 2 }, config: { name: 'Only orders' } }], edges: [] };

it('reads back what was copied', () => {
  expect(fromClipboardText(toClipboardText(fragment))).toEqual(fragment);
});

it('takes no other text for copied nodes', () => {
  expect(fromClipboardText('hello')).toBeUndefined();
  expect(fromClipboardText('{"kind":"mailroom/nodes","nodes":[{"id":1}],"edges":[]}')).toBeUndefined();
  expect(fromClipboardText('{"kind":"mailroom/nodes"')).toBeUndefined();
});
