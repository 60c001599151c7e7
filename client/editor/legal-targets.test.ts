import { expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { whyNotConnect } from '../../shared/ports.ts';
import { openPort } from './document.ts';
import { legalTargets } from './legal-targets.ts';

const node = (id: string, type: string, config = {}) => ({ id, type, position: { x: 0, y: 0 }, config });

const document: FlowDocument = {
  nodes: [
    node('mail', 'mail-sender'),
    node('first', 'filter'),
    node('router', 'router', {
      routes: [
        { port: 'a', name: 'Orders', when: { match: 'all', of: [] } },
        { port: 'b', name: 'Bills', when: { match: 'all', of: [] } },
      ],
      otherwise: 'route',
    }),
    node('left', 'content-modifier'),
    node('right', 'content-modifier'),
    node('http', 'http-receiver'),
    node('loose', 'filter'),
    node('unknown', 'of-a-later-version'),
  ],
  edges: [
    { id: '1', from: 'mail', to: 'first' },
    { id: '2', from: 'first', to: 'router' },
    { id: '3', from: 'router', to: 'left', port: 'a' },
    { id: '4', from: 'router', to: 'right', port: 'b' },
    { id: '5', from: 'left', to: 'http' },
  ],
};
const ids = document.nodes.map(({ id }) => id);

test.each(ids)('a wire from an output of %s may end where a connection may be drawn', (nodeId) => {
  for (const port of ['', 'a', 'b']) {
    const wanted = ids.filter((to) => whyNotConnect(document, nodeId, to, { port }) === undefined);
    expect([...legalTargets(document, { nodeId, side: 'source', port })]).toEqual(wanted);
  }
});

test.each(ids)('a wire drawn backwards from the input of %s may end where a connection may begin', (nodeId) => {
  const wanted = ids.filter((from) => whyNotConnect(document, from, nodeId, { port: openPort(document, from) }) === undefined);
  expect([...legalTargets(document, { nodeId, side: 'target', port: '' })]).toEqual(wanted);
});

test('the connection whose end is dragged elsewhere stands in no way', () => {
  const start = { nodeId: 'router', side: 'source', port: 'a' } as const;
  expect(legalTargets(document, start).has('left')).toBe(false);
  expect(legalTargets(document, start, '3').has('left')).toBe(true);
});
