import { expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { nearestRoute, routesOf, turnOf } from './edge-route.ts';

const document: FlowDocument = {
  nodes: [
    { id: 'a', type: 'filter', position: { x: 0, y: 0 }, config: {} },
    { id: 'b', type: 'filter', position: { x: 400, y: 200 }, config: {} },
  ],
  edges: [
    { id: 'a--b', from: 'a', to: 'b' },
    { id: 'a--gone', from: 'a', to: 'gone' },
  ],
};

test('a connection goes from the output of its node to the input of the other', () => {
  expect(routesOf(document)).toEqual([{ id: 'a--b', from: { x: 221, y: 32 }, to: { x: 395, y: 232 }, turnX: 308 }]);
});

test('lanes lie apart and never behind the curves', () => {
  expect([-1, 0, 1].map((lane) => turnOf(0, 100, lane))).toEqual([64, 50, 36]);
  expect(turnOf(0, 100, 9)).toBe(24);
  expect(turnOf(0, 40, 1)).toBe(20);
});

test('each part of a connection is near to what is near to it', () => {
  const routes = routesOf(document);
  for (const at of [
    { x: 250, y: 36 },
    { x: 304, y: 120 },
    { x: 350, y: 228 },
  ])
    expect(nearestRoute(routes, at, 8)?.id).toBe('a--b');
  expect(nearestRoute(routes, { x: 250, y: 60 }, 8)).toBeUndefined();
});
