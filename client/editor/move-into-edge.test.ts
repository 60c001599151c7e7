import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { columnPx } from './document.ts';
import { moveIntoEdge } from './move-into-edge.ts';

const node = (id: string, type: string, column: number, config = {}) => ({ id, type, position: { x: column * columnPx, y: 0 }, config });
const edge = (from: string, to: string) => ({ id: `${from}--${to}`, from, to });
const arrows = ({ edges }: FlowDocument) => edges.map(({ from, to, port }) => `${from}${port ? `.${port}` : ''}>${to}`);

const line: FlowDocument = {
  nodes: [node('mail', 'mail-sender', 0), node('a', 'filter', 1), node('b', 'filter', 2, { name: 'B' }), node('http', 'http-receiver', 3)],
  edges: [edge('mail', 'a'), edge('a', 'b'), edge('b', 'http')],
};

describe('moveIntoEdge', () => {
  it('heals the old place of a step and puts it into the other connection, its fields kept', () => {
    const moved = moveIntoEdge(line, 'b', 'mail--a');
    expect(arrows(moved).toSorted()).toEqual(['a>http', 'b>a', 'mail>b']);
    const x = (id: string) => moved.nodes.find((candidate) => candidate.id === id)?.position.x ?? 0;
    expect(x('mail') < x('b') && x('b') < x('a') && x('a') < x('http')).toBe(true);
    expect(moved.nodes.find(({ id }) => id === 'b')?.config).toEqual({ name: 'B' });
  });

  it('keeps the output that the other connection leaves by', () => {
    const router = node('router', 'router', 1, {
      routes: [
        { port: 'orders', name: 'Orders', match: 'all', conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }] },
      ],
    });
    const branch: FlowDocument = {
      nodes: [
        node('mail', 'mail-sender', 0),
        router,
        node('a', 'filter', 2),
        node('http', 'http-receiver', 3),
        node('file', 'file-receiver', 4),
      ],
      edges: [
        edge('mail', 'a'),
        edge('a', 'router'),
        { id: 'router--orders--http', from: 'router', to: 'http', port: 'orders' },
        { id: 'router--otherwise--file', from: 'router', to: 'file', port: 'otherwise' },
      ],
    };
    expect(arrows(moveIntoEdge(branch, 'a', 'router--orders--http'))).toEqual([
      'mail>router',
      'router.orders>a',
      'a>http',
      'router.otherwise>file',
    ]);
    expect(moveIntoEdge(branch, 'router', 'mail--a')).toBe(branch);
  });

  it('lets a step lie where it was dropped, but on the line of the connection', () => {
    const moved = moveIntoEdge(line, 'b', 'mail--a', { x: 400, y: 24 });
    expect(moved.nodes.find(({ id }) => id === 'b')?.position).toEqual({ x: 400, y: 0 });
  });

  it('leaves the drawing as it is for its own connections, senders and receivers', () => {
    expect(moveIntoEdge(line, 'b', 'a--b')).toBe(line);
    expect(moveIntoEdge(line, 'mail', 'b--http')).toBe(line);
    expect(moveIntoEdge(line, 'http', 'mail--a')).toBe(line);
  });
});
