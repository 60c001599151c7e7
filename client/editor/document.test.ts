import { describe, expect, it } from 'vitest';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { everyMinute } from '../../shared/schedule.ts';
import {
  addNode,
  append,
  columnPx,
  connect,
  fragmentOf,
  freePosition,
  insertFragment,
  nameOf,
  newNode,
  nodeAt,
  reconnect,
  remove,
  splice,
} from './document.ts';

const node = (id: string, type: string, x: number, y = 0) => ({ id, type, position: { x, y }, config: {} });
const edge = (from: string, to: string) => ({ id: `${from}--${to}`, from, to });
const select = (nodeIds: string[], edgeIds: string[] = []) => ({ nodeIds: new Set(nodeIds), edgeIds: new Set(edgeIds) });
const arrows = (document: FlowDocument) => document.edges.map(({ from, to }) => `${from}>${to}`);

const line: FlowDocument = {
  nodes: [node('mail', 'mail-sender', 0), node('filter', 'filter', columnPx), node('http', 'http-receiver', 2 * columnPx)],
  edges: [edge('mail', 'filter'), edge('filter', 'http')],
};

describe('reconnect', () => {
  it('draws one end elsewhere, at the same place in the order of delivery', () => {
    const document = addNode({ ...line, edges: [edge('filter', 'http'), edge('mail', 'filter')] }, node('file', 'file-receiver', 400));
    expect(arrows(reconnect(document, 'filter--http', 'filter', 'file'))).toEqual(['filter>file', 'mail>filter']);
  });

  it('leaves the drawing as it is where the new connection is not allowed, or is the old one', () => {
    expect(reconnect(line, 'filter--http', 'filter', 'mail')).toBe(line);
    expect(reconnect(line, 'filter--http', 'filter', 'http')).toBe(line);
  });
});

describe('remove', () => {
  it('connects what came before a deleted step to what came after it', () => {
    expect(arrows(remove(line, select(['filter'])))).toEqual(['mail>http']);
  });

  it('heals across several deleted steps', () => {
    const longer = append({ ...line, edges: [edge('mail', 'filter')] }, 'filter', node('second', 'content-modifier', 400));
    const document = connect(longer, 'second', 'http');
    expect(arrows(remove(document, select(['filter', 'second'])))).toEqual(['mail>http']);
  });

  it('keeps the place of the healed connection in the order of delivery', () => {
    const document = addNode({ ...line, edges: [...line.edges, edge('mail', 'file')] }, node('file', 'file-receiver', 400));
    expect(arrows(remove(document, select(['filter'])))).toEqual(['mail>http', 'mail>file']);
  });

  it('heals nothing over a connection that was deleted, too', () => {
    expect(arrows(remove(line, select(['filter'], ['mail--filter'])))).toEqual([]);
  });

  it('draws no connection twice', () => {
    const document = { ...line, edges: [...line.edges, edge('mail', 'http')] };
    expect(arrows(remove(document, select(['filter'])))).toEqual(['mail>http']);
  });
});

describe('a node with several outputs', () => {
  const route = (port: string) => ({ port, name: port, conditions: [{ subject: 'body', operator: 'exists' }] });
  const router: FlowNode = { ...node('router', 'router', columnPx), config: { routes: [route('a'), route('b')], otherwise: 'stop' } };
  const [mail, http, file] = [
    node('mail', 'mail-sender', 0),
    node('http', 'http-receiver', 2 * columnPx),
    node('file', 'file-receiver', 2 * columnPx),
  ];
  const start: FlowDocument = { nodes: [mail, router, http, file], edges: [edge('mail', 'router')] };
  const routed = connect(connect(start, 'router', 'http'), 'router', 'file');
  const withPorts = ({ edges }: FlowDocument) => edges.map(({ from, port = '', to }) => `${from}${port && `.${port}`}>${to}`);

  it('is connected from the first output that leads nowhere, or from the one that is named', () => {
    expect(withPorts(routed)).toEqual(['mail>router', 'router.a>http', 'router.b>file']);
    expect(withPorts(connect(start, 'router', 'file', 'b'))).toEqual(['mail>router', 'router.b>file']);
    expect(connect(start, 'router', 'file', 'gone')).toBe(start);
  });

  it('keeps its output when a step is put into its connection, and when that end is moved', () => {
    const spliced = splice(routed, 'router--a--http', node('modifier', 'content-modifier', columnPx + 100));
    expect(withPorts(spliced)).toEqual(['mail>router', 'router.a>modifier', 'modifier>http', 'router.b>file']);
    expect(withPorts(reconnect(routed, 'router--a--http', 'router', 'file', 'a'))).toEqual([
      'mail>router',
      'router.a>file',
      'router.b>file',
    ]);
  });

  it('leaves its branches open when it is deleted, where what came before would take all of them', () => {
    expect(withPorts(remove(routed, select(['router'])))).toEqual([]);
    const one = connect(start, 'router', 'http');
    expect(withPorts(remove(one, select(['router'])))).toEqual(['mail>http']);
  });
});

describe('splice', () => {
  const modifier = node('modifier', 'content-modifier', columnPx + 100);

  it('puts a step into a connection and leaves the others alone', () => {
    expect(arrows(splice(line, 'filter--http', modifier))).toEqual(['mail>filter', 'filter>modifier', 'modifier>http']);
  });

  it('moves what follows to the right where there is no room', () => {
    const document = splice(line, 'mail--filter', modifier);
    const [filter, http] = ['filter', 'http'].map((id) => document.nodes.find((candidate) => candidate.id === id)?.position.x ?? 0);
    expect(filter).toBeGreaterThanOrEqual(modifier.position.x + columnPx - 8);
    expect(http! - filter!).toBe(columnPx);
  });

  it('refuses a sender and a receiver', () => {
    expect(splice(line, 'mail--filter', node('other', 'file-receiver', 0))).toBe(line);
    expect(splice(line, 'mail--filter', node('other', 'mail-sender', 0))).toBe(line);
  });
});

describe('connect', () => {
  it('leaves the drawing as it is where a connection is not allowed', () => {
    expect(connect(line, 'http', 'filter')).toBe(line);
    expect(connect(line, 'filter', 'filter')).toBe(line);
    expect(connect(line, 'mail', 'filter')).toBe(line);
  });
});

describe('newNode and insertFragment', () => {
  it('gives a name that no other node has', () => {
    const second = newNode(line, 'filter', { x: 3, y: 3 });
    expect(nameOf(second)).toBe('Filter 2');
    expect(nameOf(newNode(addNode(line, second), 'filter', { x: 0, y: 0 }))).toBe('Filter 3');
    expect(second.position).toEqual({ x: 0, y: 0 });
  });

  it('starts a Mail sender with the default schedule by the clock of the person', () => {
    const { config } = newNode(line, 'mail-sender', { x: 0, y: 0 });
    expect(config['schedule']).toEqual({ ...everyMinute, zone: new Intl.DateTimeFormat().resolvedOptions().timeZone });
    expect(newNode(line, 'filter', { x: 0, y: 0 }).config).toEqual({ name: 'Filter 2' });
  });

  it('pastes with new ids, the connections among the copied nodes, and at the place asked for', () => {
    const { document, nodeIds } = insertFragment(line, fragmentOf(line, new Set(['filter', 'http'])), { x: 80, y: 400 });
    expect(new Set(document.nodes.map(({ id }) => id)).size).toBe(5);
    expect(document.nodes.slice(3).map(nameOf)).toEqual(['Filter 2', 'HTTP 2']);
    expect(document.nodes[3]?.position).toEqual({ x: 80, y: 400 });
    expect(document.edges.at(-1)).toMatchObject({ from: nodeIds[0], to: nodeIds[1] });
    expect(document.edges).toHaveLength(3);
  });
});

describe('places', () => {
  it('finds the node under a point', () => {
    expect(nodeAt(line, { x: columnPx + 10, y: 10 })?.id).toBe('filter');
    expect(nodeAt(line, { x: columnPx - 10, y: 10 })).toBeUndefined();
  });

  it('finds a place that covers no other node', () => {
    const at = freePosition(line, { x: 10, y: 0 });
    expect(nodeAt(line, at)).toBeUndefined();
  });
});
