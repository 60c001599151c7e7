import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { replaceNode, replacementsOf } from './replace.ts';

const node = (id: string, type: string, config = {}) => ({ id, type, position: { x: 96, y: 48 }, config });
const edge = (from: string, to: string, port?: string) => ({ id: `${from}-${port ?? ''}-${to}`, from, to, ...(port ? { port } : {}) });
const arrows = ({ edges }: FlowDocument) => edges.map(({ from, to, port }) => `${from}${port ? `.${port}` : ''}>${to}`);
const byId = ({ nodes }: FlowDocument, id: string) => nodes.find((candidate) => candidate.id === id);

const route = (port: string, name: string) => ({
  port,
  name,
  match: 'all',
  conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }],
});

const line: FlowDocument = {
  nodes: [node('mail', 'mail-sender'), node('only', 'filter', { name: 'Only orders', match: 'any' }), node('http', 'http-receiver')],
  edges: [edge('mail', 'only'), edge('only', 'http')],
};

const branches: FlowDocument = {
  nodes: [
    node('mail', 'mail-sender'),
    node('split', 'router', { routes: [route('r1', 'Orders'), route('r2', 'Invoices')] }),
    node('a', 'http-receiver', { retry: 'own', retryAttempts: 7, url: 'https://example.com' }),
    node('b', 'file-receiver'),
    node('c', 'filter'),
  ],
  edges: [edge('mail', 'split'), edge('split', 'a', 'r1'), edge('split', 'b', 'r2'), edge('split', 'c', 'otherwise')],
};

describe('replaceNode', () => {
  it('keeps id, place, a given name and every connection', () => {
    const replaced = replaceNode(line, 'only', 'content-modifier');
    expect(arrows(replaced)).toEqual(['mail>only', 'only>http']);
    expect(byId(replaced, 'only')).toMatchObject({ type: 'content-modifier', position: { x: 96, y: 48 }, config: { name: 'Only orders' } });
  });

  it('keeps fields of equal key whose value the new type takes, and no others', () => {
    const { config = {} } = byId(replaceNode(branches, 'a', 'file-receiver'), 'a') ?? {};
    expect(config).toMatchObject({ retry: 'own', retryAttempts: 7 });
    expect(config).not.toHaveProperty('url');
    const broken = { ...line, nodes: [...line.nodes.slice(0, 2), node('http', 'http-receiver', { retryAttempts: 'many' })] };
    expect(byId(replaceNode(broken, 'http', 'file-receiver'), 'http')?.config).not.toHaveProperty('retryAttempts');
  });

  it('gives a node that was named by its type the name of the new type, made unique', () => {
    const named = { ...branches, nodes: [...branches.nodes, node('d', 'http-receiver', { name: 'HTTP 2' })] };
    expect(byId(replaceNode(named, 'd', 'file-receiver'), 'd')?.config['name']).toBe('File 2');
  });

  it('lets the connection of a step leave by the first output of a router, and the other way round', () => {
    expect(arrows(replaceNode(line, 'only', 'router'))).toEqual(['mail>only', 'only.otherwise>http']);
  });

  it('takes connections away whose output the new type lacks, instead of sending every message along them', () => {
    expect(arrows(replaceNode(branches, 'split', 'filter'))).toEqual(['mail>split', 'split>a']);
  });

  it('leaves the drawing as it is where the type may not stand', () => {
    expect(replaceNode(line, 'only', 'http-receiver')).toBe(line);
    expect(replaceNode(line, 'only', 'mail-sender')).toBe(line);
    expect(replaceNode(line, 'only', 'filter')).toBe(line);
    expect(replaceNode(line, 'gone', 'filter')).toBe(line);
  });
});

describe('replacementsOf', () => {
  const types = (document: FlowDocument, id: string) => replacementsOf(document, id).map(({ type }) => type);

  it('offers a receiver for a step only where nothing follows', () => {
    expect(types(line, 'only')).toEqual(['content-modifier', 'router']);
    expect(types(branches, 'c')).toContain('http-receiver');
    expect(types(line, 'http')).toEqual(['content-modifier', 'filter', 'router', 'sftp-receiver', 'file-receiver']);
    expect(types(line, 'mail')).toEqual([]);
  });
});
