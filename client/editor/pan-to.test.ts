import { expect, it } from 'vitest';
import { boxOf, viewOf } from './pan-to.ts';

const canvas = { width: 1000, height: 600 };
const node = (x: number, y: number) => ({ position: { x, y }, width: 216, height: 64 });

it('leaves the view alone where the node is seen', () => {
  const view = { x: 0, y: 0, zoom: 1 };
  expect(viewOf(node(300, 200), view, canvas)).toBe(view);
});

it('pans as little as it takes, at the zoom that is', () => {
  expect(viewOf(node(-500, 200), { x: 0, y: 0, zoom: 1 }, canvas)).toEqual({ x: 548, y: 0, zoom: 1 });
  // 2,000 px to the right at half the size: its right edge comes to 48 px before that of the canvas.
  expect(viewOf(node(2000, 200), { x: 0, y: 0, zoom: 0.5 }, canvas)).toEqual({ x: 1000 - 48 - 108 - 1000, y: 0, zoom: 0.5 });
});

it('shows the beginning of what is larger than the canvas', () => {
  expect(viewOf(node(0, 200), { x: 100, y: 0, zoom: 2 }, { width: 300, height: 600 })).toMatchObject({ x: 48 });
});

it('knows the box of nodes and of notes', () => {
  const position = { x: 8, y: 16 };
  const flow = {
    nodes: [{ id: 'n', type: 'filter', position, config: {} }],
    edges: [],
    notes: [{ id: 'remark', position, width: 300, height: 90, text: '' }],
  };
  expect(boxOf(flow, 'n')).toEqual({ position, width: 216, height: 64 });
  expect(boxOf(flow, 'remark')).toMatchObject({ position, width: 300, height: 90 });
  expect(boxOf(flow, 'gone')).toBeUndefined();
});
