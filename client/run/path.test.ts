import { expect, it } from 'vitest';
import type { RunStepView } from '../../shared/api/messages.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { attemptsOf, pathMarks, travelledEdges, versionOfAttempt } from './path.ts';

const document: FlowDocument = {
  nodes: ['mail', 'route', 'a', 'b'].map((id) => ({ id, type: 'filter', position: { x: 0, y: 0 }, config: {} })),
  edges: [
    { id: 'e1', from: 'mail', to: 'route' },
    { id: 'e2', from: 'route', port: 'r1', to: 'a' },
    { id: 'e3', from: 'route', port: 'r2', to: 'a' },
    { id: 'e4', from: 'route', to: 'b' },
  ],
};

let position = 0;
const step = (nodeId: string, change: Partial<RunStepView> = {}): RunStepView => ({
  attempt: 1,
  position: position++,
  nodeId,
  name: nodeId,
  type: 'filter',
  outcome: 'completed',
  startedAt: '2026-11-25T10:00:00.000Z',
  endedAt: '2026-11-25T10:00:00.012Z',
  error: null,
  summary: '',
  idempotencyKey: null,
  edgeId: null,
  port: null,
  ...change,
});
const refused = { code: 'HTTP_REFUSED', message: 'The receiver answered 500.', remedy: 'Ask it.', retryable: true };

it('marks what a message came to with how it went and how long it took, and fades the rest', () => {
  const { nodes, edges } = pathMarks(document, [
    step('mail'),
    step('route', { edgeId: 'e1', port: 'r2' }),
    step('a', { edgeId: 'e3', outcome: 'failed', error: refused }),
  ]);
  expect(nodes.get('route')).toMatchObject({ badges: [{ text: 'Completed · 12 ms', tone: 'good' }] });
  expect(nodes.get('a')).toMatchObject({
    tone: 'bad',
    hasRing: true,
    badges: [{ text: 'Failed · 12 ms' }],
    spoken: 'The receiver answered 500.',
  });
  expect(nodes.get('b')).toMatchObject({ isFaded: true });
  const travelled = [...edges].filter(([, mark]) => mark.isTravelled).map(([id]) => id);
  expect(travelled).toEqual(['e1', 'e3']);
});

it('shows the failure where a message came to a node twice', () => {
  const { nodes } = pathMarks(document, [step('a', { outcome: 'failed' }), step('a')]);
  expect(nodes.get('a')).toMatchObject({ tone: 'bad', badges: [{ text: 'Failed · 12 ms · 2 times' }] });
});

it('finds the connections of steps from before they were kept', () => {
  expect(travelledEdges(document, [step('mail'), step('route'), step('b')])).toEqual(new Set(['e1', 'e4']));
});

it('knows the version of each attempt', () => {
  const rerun = { attempt: 3, at: '', by: 'Ada', from: 'failed' as const, nodeId: null, version: 5, previousVersion: 4 };
  const message = { version: 5, reruns: [rerun] };
  expect([1, 2, 3, 4].map((attempt) => versionOfAttempt(attempt, message))).toEqual([4, 4, 5, 5]);
  expect(versionOfAttempt(1, { version: 2, reruns: [] })).toBe(2);
  expect(attemptsOf([step('mail'), step('mail', { attempt: 2 })])).toEqual([2, 1]);
});
