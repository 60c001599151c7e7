import { describe, expect, it } from 'vitest';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { searchFlow, type Hit } from './search.ts';

const node = (id: string, type: string, x: number, config: Record<string, unknown> = {}): FlowNode => ({
  id,
  type,
  position: { x, y: 0 },
  config,
});

const flow: FlowDocument = {
  nodes: [
    node('http', 'http-receiver', 600, { name: 'Order service', url: 'https://orders.example.com/api' }),
    node('route', 'router', 300, {
      routes: [
        {
          port: 'hidden-port',
          name: 'Invoices',
          match: 'all',
          conditions: [{ subject: 'header.subject', operator: 'contains', value: 'Rechnung' }],
        },
      ],
    }),
    node('mail', 'mail-sender', 0, { address: 'imap.example.com', protocol: 'imap4' }),
  ],
  edges: [],
};

const places = (hits: Hit[]) => hits.map(({ nodeId, label }) => `${nodeId}: ${label}`);

describe('searchFlow', () => {
  it('finds names and kinds without regard to case, from left to right', () => {
    expect(places(searchFlow(flow, 'ORDER serv'))).toEqual(['http: Name']);
    expect(places(searchFlow(flow, 'receiver'))).toEqual(['http: Type']);
    expect(places(searchFlow(flow, 'example.com'))).toEqual(['mail: Address', 'http: Address']);
  });

  it('finds values within lists, the words of a choice and defaults, but nothing that is not shown', () => {
    expect(searchFlow(flow, 'rechnung')).toMatchObject([{ nodeId: 'route', field: 'routes', excerpt: { match: 'Rechnung' } }]);
    expect(places(searchFlow(flow, 'IMAP4'))).toContain('mail: Transport Protocol');
    expect(places(searchFlow(flow, 'inbox'))).toEqual(['mail: Folder']);
    expect(searchFlow(flow, 'hidden-port')).toEqual([]);
    const pop: FlowDocument = { nodes: [node('mail', 'mail-sender', 0, { protocol: 'pop3', folder: 'Kept but hidden' })], edges: [] };
    expect(searchFlow(pop, 'hidden')).toEqual([]);
  });

  it('shows what stands around a hit, cut where it is long', () => {
    const long = { nodes: [node('http', 'http-receiver', 0, { url: `https://${'a'.repeat(60)}needle${'b'.repeat(90)}` })], edges: [] };
    const [hit] = searchFlow(long, 'needle');
    expect(hit?.excerpt).toEqual({ before: `…${'a'.repeat(24)}`, match: 'needle', after: `${'b'.repeat(48)}…` });
  });

  it('finds what is written on notes, behind the nodes', () => {
    const notes = [{ id: 'remark', position: { x: 0, y: 0 }, width: 216, height: 120, text: 'Orders of the old shop' }];
    expect(places(searchFlow({ ...flow, notes }, 'orders'))).toEqual(['http: Address', 'remark: Text']);
  });

  it('finds nothing for nothing, and takes no text for a pattern', () => {
    expect(searchFlow(flow, '  ')).toEqual([]);
    expect(searchFlow(flow, 'imap.*')).toEqual([]);
  });

  it('takes a type of another version by its name', () => {
    expect(places(searchFlow({ nodes: [node('x', 'teleporter', 0)], edges: [] }, 'teleporter'))).toEqual(['x: Name', 'x: Type']);
  });
});
