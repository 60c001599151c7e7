import { expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import type { StepCount } from '../ports/logs.ts';
import { liveCounts } from './live.ts';

const document: FlowDocument = {
  nodes: [],
  edges: [
    { id: 'mail-route', from: 'mail', to: 'route' },
    { id: 'route-a-file', from: 'route', port: 'a', to: 'file' },
    { id: 'route-b-file', from: 'route', port: 'b', to: 'file' },
  ],
};
const count = (nodeId: string, outcome: StepCount['outcome'], number: number, second: number, edgeId: string | null = null): StepCount => ({
  nodeId,
  edgeId,
  outcome,
  count: number,
  lastAt: new Date(Date.UTC(2026, 10, 25, 10, 0, second)),
});

it('adds up what came to a node over several connections, and says how its newest message went', () => {
  const live = liveCounts(document, {
    messages: 7,
    counts: [
      count('file', 'failed', 2, 30, 'route-a-file'),
      count('file', 'completed', 3, 20, 'route-a-file'),
      count('file', 'completed', 2, 10, 'route-b-file'),
      count('route', 'completed', 7, 9),
    ],
  });
  expect(live.nodes['file']).toMatchObject({ completed: 5, failed: 2, isFailing: true, lastAt: '2026-11-25T10:00:30.000Z' });
  expect(live.nodes['route']).toMatchObject({ completed: 7, isFailing: false });
  expect(live.edges).toEqual({ 'route-a-file': 5, 'route-b-file': 2, 'mail-route': 7 });
});

it('guesses no connection where a step without one may have come by several', () => {
  const live = liveCounts(document, { messages: 1, counts: [count('file', 'completed', 1, 0)] });
  expect(live.edges).toEqual({});
});
