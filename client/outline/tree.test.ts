import { describe, expect, it } from 'vitest';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { itemName, outlineOf, rowAfter, rowsOf, type OutlineItem } from './tree.ts';

const node = (name: string, type: string, x = 0, config: Record<string, unknown> = {}): FlowNode => ({
  id: name,
  type,
  position: { x, y: 0 },
  config: { name, ...config },
});
const edge = (from: string, to: string, port?: string) => ({
  id: `${from}-${port ?? ''}-${to}`,
  from,
  to,
  ...(port === undefined ? {} : { port }),
});
const mail = node('Mail', 'mail-sender');
const http = node('HTTP', 'http-receiver', 900);
const route = (port: string, name: string) => ({ port, name, match: 'all', conditions: [] });
const router = node('Router', 'router', 300, { routes: [route('orders', 'Orders'), route('bills', 'Bills')] });

const text = (items: OutlineItem[]) =>
  rowsOf(items, new Set()).map(
    ({ item, level }) => `${'  '.repeat(level - 1)}${itemName(item)}${item.kind === 'node' && item.isCutOff ? ' (cut off)' : ''}`,
  );

describe('outlineOf', () => {
  it('lists what follows each other on one level, from the sender on', () => {
    const flow: FlowDocument = { nodes: [http, node('Filter', 'filter'), mail], edges: [edge('Filter', 'HTTP'), edge('Mail', 'Filter')] };
    expect(text(outlineOf(flow))).toEqual(['Mail', 'Filter', 'HTTP']);
  });

  it('lists the ways of a branch in the order of its outputs, a join once and then as a link, and ways that lead nowhere', () => {
    const flow: FlowDocument = {
      nodes: [mail, router, node('Modify', 'content-modifier'), http],
      edges: [edge('Mail', 'Router'), edge('Router', 'HTTP', 'bills'), edge('Router', 'Modify', 'orders'), edge('Modify', 'HTTP')],
    };
    expect(text(outlineOf(flow))).toEqual([
      'Mail',
      'Router',
      '  Orders',
      '    Modify',
      '    HTTP',
      '  Bills',
      '    on to HTTP',
      '  Otherwise: leads nowhere',
    ]);
  });

  it('tells apart the ways of an output with several connections, and lists those of an output that is gone', () => {
    const file = node('File', 'file-receiver');
    const both: FlowDocument = { nodes: [mail, http, file], edges: [edge('Mail', 'HTTP'), edge('Mail', 'File')] };
    expect(text(outlineOf(both))).toEqual(['Mail', '  Way 1', '    HTTP', '  Way 2', '    File']);
    const lost: FlowDocument = { nodes: [mail, router, http], edges: [edge('Mail', 'Router'), edge('Router', 'HTTP', 'deleted')] };
    expect(text(outlineOf(lost)).slice(-2)).toEqual(['  From an output that is gone', '    HTTP']);
  });

  it('says what is cut off and what leads nowhere', () => {
    const flow: FlowDocument = { nodes: [node('Filter', 'filter'), mail], edges: [] };
    expect(text(outlineOf(flow))).toEqual(['Mail', 'Leads nowhere', 'Filter (cut off)', 'Leads nowhere']);
  });

  it('lists notes behind the flow', () => {
    const notes = [{ id: 'remark', position: { x: -400, y: 0 }, width: 216, height: 120, text: 'Of the old shop\nsince May' }];
    expect(text(outlineOf({ nodes: [mail, http], edges: [edge('Mail', 'HTTP')], notes }))).toEqual(['Mail', 'HTTP', 'Of the old shop']);
  });

  it('lists each node of a circle once', () => {
    const [a, b] = [node('A', 'filter'), node('B', 'filter', 300)];
    expect(text(outlineOf({ nodes: [a, b], edges: [edge('A', 'B'), edge('B', 'A')] }))).toEqual(['A (cut off)', 'B', 'on to A']);
  });

  it('takes a row of 5,000 steps', () => {
    const nodes = [mail, ...Array.from({ length: 5_000 }, (_, index) => node(`S${index}`, 'content-modifier', index + 1))];
    const edges = nodes.slice(1).map((to, index) => edge(nodes[index]?.id ?? '', to.id));
    expect(outlineOf({ nodes, edges })).toHaveLength(5_002);
  });
});

describe('rowAfter', () => {
  const items = outlineOf({ nodes: [mail, router, http], edges: [edge('Mail', 'Router'), edge('Router', 'HTTP', 'orders')] });
  const rows = rowsOf(items, new Set());
  const after = (at: string, key: string, closed = new Set<string>()) => rowAfter(rowsOf(items, closed), at, key, closed);

  it('goes up, down, to the ends, and keeps to them', () => {
    expect(after('node Mail', 'ArrowDown')).toEqual({ to: 'node Router' });
    expect(after('node Mail', 'ArrowUp')).toBeUndefined();
    expect(after('node Router', 'Home')).toEqual({ to: 'node Mail' });
    expect(after('node Mail', 'End')).toEqual({ to: rows.at(-1)?.item.key });
  });

  it('opens, goes in, goes out and closes', () => {
    const closed = new Set(['node Router']);
    expect(after('node Router', 'ArrowRight', closed)).toEqual({ toggle: 'node Router' });
    expect(after('node Router', 'ArrowRight')).toEqual({ to: 'way Router Router-orders-HTTP' });
    expect(after('node HTTP', 'ArrowLeft')).toEqual({ to: 'way Router Router-orders-HTTP' });
    expect(after('node Router', 'ArrowLeft')).toEqual({ toggle: 'node Router' });
    expect(after('node Mail', 'ArrowRight')).toBeUndefined();
  });
});
