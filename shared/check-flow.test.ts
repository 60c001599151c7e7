import { describe, expect, test } from 'vitest';
import { isHostAllowed } from './check-artifacts.ts';
import { checkFlow } from './check-flow.ts';
import type { FlowDocument, FlowNode } from './flow.ts';
import { whyNotConnect } from './ports.ts';

const facts = { credentials: [{ name: 'orders', allowedHosts: ['mail.example.com'] }] };
const node = (id: string, type: string, config: Record<string, unknown> = {}): FlowNode => ({ id, type, position: { x: 0, y: 0 }, config });
const edge = (from: string, to: string) => ({ id: `${from}-${to}`, from, to });

const sender = node('mail', 'mail-sender', { address: 'mail.example.com', credential: 'orders' });
const receiver = node('http', 'http-receiver', { url: 'https://example.com/in' });
const good: FlowDocument = { nodes: [sender, receiver], edges: [edge('mail', 'http')] };
const codes = (flow: FlowDocument) => checkFlow(flow, facts).map((problem) => problem.code);

describe('checking a flow', () => {
  test('a sender connected to a receiver has no problems', () => {
    expect(checkFlow(good, facts)).toEqual([]);
  });

  test('an empty flow says what to do first', () => {
    expect(codes({ nodes: [], edges: [] })).toEqual(['FLOW_EMPTY']);
  });

  test('a missing sender, a second sender, a loose node and a dead end are found on their nodes', () => {
    expect(codes({ nodes: [receiver], edges: [] })).toContain('NO_SENDER');
    const second = { ...sender, id: 'second' };
    expect(checkFlow({ nodes: [sender, second, receiver], edges: [edge('mail', 'http'), edge('second', 'http')] }, facts)).toContainEqual(
      expect.objectContaining({ code: 'TWO_SENDERS', nodeId: 'second' }),
    );
    expect(checkFlow({ ...good, nodes: [...good.nodes, node('loose', 'filter')] }, facts)).toContainEqual(
      expect.objectContaining({ code: 'NOT_CONNECTED', nodeId: 'loose' }),
    );
    expect(checkFlow({ nodes: [sender], edges: [] }, facts)).toContainEqual(expect.objectContaining({ code: 'DEAD_END', nodeId: 'mail' }));
  });

  test('a route that leads nowhere, or is gone, is found on its router and output', () => {
    const route = (port: string) => ({ port, name: `To ${port}`, conditions: [{ subject: 'body', operator: 'contains', value: port }] });
    const router = node('router', 'router', { routes: [route('a'), route('b')], otherwise: 'stop' });
    const wired = (...ports: string[]) =>
      checkFlow(
        {
          nodes: [sender, router, receiver],
          edges: [edge('mail', 'router'), ...ports.map((port) => ({ id: port, from: 'router', to: 'http', port }))],
        },
        facts,
      );
    expect(wired('a', 'b')).toEqual([]);
    expect(wired('a')).toEqual([
      expect.objectContaining({ code: 'PORT_OPEN', nodeId: 'router', port: 'b', message: expect.stringContaining('To b') }),
    ]);
    expect(wired('a', 'b', 'c')).toEqual([expect.objectContaining({ code: 'PORT_GONE', nodeId: 'router', edgeId: 'c' })]);
  });

  test.each<[string, FlowDocument['edges'][number], string]>([
    ['from a node that is not there', edge('nobody', 'http'), 'EDGE_BROKEN'],
    ['to a node that is not there', edge('mail', 'nobody'), 'EDGE_BROKEN'],
    ['out of a receiver', edge('http', 'http'), 'EDGE_NOT_ALLOWED'],
    ['into a sender', edge('mail', 'mail'), 'EDGE_NOT_ALLOWED'],
  ])('a connection %s is found, as a file may hold it', (_what, broken, code) => {
    expect(checkFlow({ ...good, edges: [...good.edges, broken] }, facts)).toEqual([expect.objectContaining({ code, edgeId: broken.id })]);
  });

  test('ids that are there twice are found', () => {
    expect(codes({ ...good, nodes: [...good.nodes, receiver] })).toContain('DUPLICATE_ID');
    expect(codes({ ...good, edges: [...good.edges, ...good.edges] })).toContain('DUPLICATE_ID');
  });

  test('more ways than anybody means are found, and a large flow is checked at once', () => {
    const filters = Array.from({ length: 1_000 }, (_, index) =>
      node(`f${index}`, 'filter', { name: `Filter ${index}`, conditions: [{ subject: 'body', operator: 'exists' }] }),
    );
    const line = filters.slice(1).map(({ id }, index) => edge(`f${index}`, id));
    const long = { nodes: [sender, ...filters, receiver], edges: [edge('mail', 'f0'), ...line, edge('f999', 'http')] };
    expect(checkFlow(long, facts)).toEqual([]);
    const skipping = filters.slice(2, 60).map(({ id }, index) => edge(`f${index}`, id));
    expect(codes({ ...long, edges: [...long.edges, ...skipping] })).toEqual(['TOO_MANY_WAYS']);
  });

  test('a circle is found on each of its nodes', () => {
    const [a, b] = [node('a', 'filter'), node('b', 'content-modifier')];
    const circle = checkFlow(
      { nodes: [sender, a, b, receiver], edges: [edge('mail', 'a'), edge('a', 'b'), edge('b', 'a'), edge('b', 'http')] },
      facts,
    );
    expect(circle.filter(({ code }) => code === 'CYCLE').map(({ nodeId }) => nodeId)).toEqual(['a', 'b']);
  });

  test('a credential that is not deployed, or may not go to this host, is a problem of the field', () => {
    const missing = { ...sender, config: { ...sender.config, credential: 'nobody' } };
    expect(checkFlow({ ...good, nodes: [missing, receiver] }, facts)).toContainEqual(
      expect.objectContaining({ code: 'CREDENTIAL_NOT_DEPLOYED', nodeId: 'mail', field: 'credential' }),
    );
    const elsewhere = { ...sender, config: { ...sender.config, address: 'evil.example.org' } };
    expect(codes({ ...good, nodes: [elsewhere, receiver] })).toContain('CREDENTIAL_HOST_NOT_ALLOWED');
  });

  test('errors come before warnings and infos', () => {
    const short = { ...sender, config: { ...sender.config, schedule: { kind: 'interval', every: 5, unit: 'seconds' }, credential: '' } };
    const levels = checkFlow({ nodes: [short, receiver], edges: good.edges }, facts).map((problem) => problem.level);
    expect(levels[0]).toBe('error');
  });
});

describe('checking connections', () => {
  const has = (value: string) => [{ subject: 'header.subject', operator: 'contains', value }];
  const routes = [
    { port: 'a', name: 'Orders', conditions: has('order') },
    { port: 'b', name: 'Invoices', conditions: has('invoice') },
  ];
  const router = node('router', 'router', { routes, otherwise: 'stop' });
  const by = (from: string, port: string, to: string) => ({ id: `${from}-${port}-${to}`, from, port, to });
  const routed = (...edges: FlowDocument['edges']): FlowDocument => ({
    nodes: [sender, router, receiver],
    edges: [edge('mail', 'router'), ...edges],
  });
  const shapeOf = (flow: FlowDocument) =>
    checkFlow(flow, facts)
      .filter(({ field }) => field === undefined)
      .map(({ level: _level, message: _message, remedy: _remedy, ...where }) => where);

  test('routes that meet again have no problem: a message takes one of them only', () => {
    expect(shapeOf(routed(by('router', 'a', 'http'), by('router', 'b', 'http')))).toEqual([]);
  });

  test.each<[string, FlowDocument, object]>([
    ['a route that leads nowhere', routed(by('router', 'a', 'http')), { code: 'PORT_OPEN', nodeId: 'router', port: 'b' }],
    [
      'a connection from a route that was deleted',
      routed(by('router', 'a', 'http'), by('router', 'b', 'http'), by('router', 'gone', 'http')),
      { code: 'PORT_GONE', nodeId: 'router', port: 'gone', edgeId: 'router-gone-http' },
    ],
    [
      'a connection that names no route',
      routed(by('router', 'a', 'http'), by('router', 'b', 'http'), edge('router', 'http')),
      { code: 'PORT_GONE', nodeId: 'router', edgeId: 'router-http' },
    ],
    [
      'a connection to a node that is not there',
      { ...good, edges: [...good.edges, edge('mail', 'x')] },
      { code: 'EDGE_BROKEN', edgeId: 'mail-x' },
    ],
    [
      'a connection from one that is not there',
      { ...good, edges: [...good.edges, edge('x', 'http')] },
      { code: 'EDGE_BROKEN', edgeId: 'x-http' },
    ],
    [
      'a connection out of a receiver',
      { nodes: [...good.nodes, node('f', 'filter')], edges: [...good.edges, edge('http', 'f'), edge('f', 'http')] },
      { code: 'EDGE_NOT_ALLOWED', edgeId: 'http-f' },
    ],
    [
      'a connection into the sender',
      { nodes: [...good.nodes, node('f', 'filter')], edges: [...good.edges, edge('f', 'mail')] },
      { code: 'EDGE_NOT_ALLOWED', edgeId: 'f-mail' },
    ],
    [
      'two connections between the same ends',
      { ...good, edges: [...good.edges, { ...edge('mail', 'http'), id: 'again' }] },
      { code: 'EDGE_TWICE', edgeId: 'again' },
    ],
    ['two nodes of one id', { ...good, nodes: [...good.nodes, receiver] }, { code: 'DUPLICATE_ID', nodeId: 'http' }],
    [
      'two connections of one id',
      { nodes: [...good.nodes, { ...receiver, id: 'http2' }], edges: [...good.edges, { ...edge('mail', 'http2'), id: 'mail-http' }] },
      { code: 'DUPLICATE_ID', edgeId: 'mail-http' },
    ],
  ])('%s is found where it is', (_, flow, expected) => {
    expect(shapeOf(flow)).toContainEqual(expected);
  });

  /** Ways that part at one node and meet at the next, this often in a row. */
  function diamonds(count: number, partsBy: 'copies' | 'routes'): FlowDocument {
    const part = (id: string) => (partsBy === 'routes' ? { ...router, id } : node(id, 'content-modifier'));
    const nodes = [sender];
    const edges: FlowDocument['edges'] = [];
    let last = 'mail';
    for (let index = 0; index < count; index += 1) {
      const [top, left, right, end] = [`top${index}`, `left${index}`, `right${index}`, `end${index}`];
      nodes.push(part(top), ...[left, right, end].map((id) => node(id, 'content-modifier')));
      edges.push(edge(last, top), edge(left, end), edge(right, end));
      edges.push(...(partsBy === 'routes' ? [by(top, 'a', left), by(top, 'b', right)] : [edge(top, left), edge(top, right)]));
      last = end;
    }
    return { nodes: [...nodes, receiver], edges: [...edges, edge(last, 'http')] };
  }

  test('copies that meet are told of, and their number once it is beyond all use', () => {
    expect(shapeOf(diamonds(1, 'copies'))).toEqual([{ code: 'JOIN_GETS_COPIES', nodeId: 'end0' }]);
    expect(shapeOf(diamonds(40, 'copies')).map(({ code }) => code)).toEqual(['TOO_MANY_WAYS']);
    expect(shapeOf(diamonds(40, 'routes'))).toEqual([]);
    const copiedRoutes: FlowDocument = {
      nodes: [sender, router, node('copy', 'content-modifier'), receiver, { ...receiver, id: 'other' }],
      edges: [edge('mail', 'router'), by('router', 'a', 'copy'), by('router', 'b', 'http'), edge('copy', 'http'), edge('copy', 'other')],
    };
    expect(shapeOf(copiedRoutes)).toEqual([]);
  });

  test('a thousand nodes are checked within 30 ms', () => {
    const flow = diamonds(249, 'routes');
    expect(flow.nodes.length).toBeGreaterThan(990);
    checkFlow(flow, facts);
    const times = Array.from({ length: 7 }, () => {
      const startedAt = performance.now();
      checkFlow(flow, facts);
      return performance.now() - startedAt;
    });
    expect(Math.min(...times)).toBeLessThan(30);
  });
});

test('allowed hosts are compared without case, and a star admits hosts below a domain only', () => {
  expect(isHostAllowed(['Mail.Example.com'], 'mail.example.com')).toBe(true);
  expect(isHostAllowed(['*.example.com'], 'imap.example.com')).toBe(true);
  expect(isHostAllowed(['*.example.com'], 'example.com')).toBe(false);
  expect(isHostAllowed(['*.example.com'], 'evilexample.com')).toBe(false);
});

test('a connection that makes no sense is refused in words', () => {
  const flow: FlowDocument = { nodes: [sender, receiver, node('f', 'filter')], edges: [edge('mail', 'f')] };
  expect(whyNotConnect(flow, 'f', 'http')).toBeUndefined();
  expect(whyNotConnect(flow, 'http', 'f')).toMatch(/ends the flow/);
  expect(whyNotConnect(flow, 'f', 'mail')).toMatch(/starts the flow/);
  expect(whyNotConnect(flow, 'mail', 'f')).toMatch(/already/);
  expect(whyNotConnect(flow, 'f', 'f')).toMatch(/itself/);
  const two: FlowDocument = { nodes: [...flow.nodes, node('g', 'filter')], edges: [edge('mail', 'f'), edge('f', 'g')] };
  expect(whyNotConnect(two, 'g', 'f')).toMatch(/circle/);
});

describe('checking the schedule of a Mail sender', () => {
  const at = { mode: 'at', at: '06:00' };
  const zone = 'Europe/Berlin';
  const problemsWith = (schedule: unknown) =>
    checkFlow({ ...good, nodes: [{ ...sender, config: { ...sender.config, schedule } }, receiver] }, facts);

  test.each([
    ['Run Once', { kind: 'once' }],
    ['a day to come', { kind: 'day', date: '2999-12-31', times: at, zone }],
    ['a cron for each minute', { kind: 'cron', expression: '* * * * *', zone }],
    ['an interval of an older drawing', { kind: 'interval', every: 36, unit: 'hours' }],
  ])('%s has no problem', (_, schedule) => {
    expect(problemsWith(schedule)).toEqual([]);
  });

  test.each([
    ['an interval below one minute', { kind: 'interval', every: 59, unit: 'seconds' }, 'info', 'INTERVAL_SHORT', /every 59 seconds/],
    ['a cron below one minute', { kind: 'cron', expression: '*/30 * 6 * * *', zone }, 'info', 'INTERVAL_SHORT', /by cron/],
    ['a day that is over', { kind: 'day', date: '2020-02-29', times: at, zone }, 'warning', 'SCHEDULE_OVER', /2020-02-29.*is over/],
    ['a cron that never fires', { kind: 'cron', expression: '0 0 30 2 *', zone }, 'error', 'FIELD_INVALID', /never run/],
    ['an unknown zone', { kind: 'day', date: '2999-12-31', times: at, zone: 'Mars' }, 'error', 'FIELD_INVALID', /no time zone 'Mars'/],
  ])('%s is found', (_, schedule, level, code, message) => {
    expect(problemsWith(schedule)).toEqual([
      expect.objectContaining({ nodeId: 'mail', field: 'schedule', level, code, message: expect.stringMatching(message) }),
    ]);
  });
});
