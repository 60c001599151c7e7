import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { describe, field, type NodeDescription } from './catalog/define.ts';
import * as catalog from './catalog/index.ts';
import { checkFlow } from './check-flow.ts';
import type { FlowDocument, FlowNode } from './flow.ts';
import { outputOf, portsOf, whyNotConnect } from './ports.ts';

/** Steps that nobody has written yet: what they say of their outputs is all that the others need to know. */

vi.mock(import('./catalog/index.ts'), async (original) => {
  const real = await original();
  const config = z.object({ name: field(z.string().default(''), { tab: 'General', label: 'Name', control: 'text' }) });
  const step = (type: string, outputs: [string, 'error' | 'fine'][]) =>
    describe({
      type,
      role: 'step',
      title: type,
      icon: 'split',
      summary: '',
      config,
      rules: [],
      checklist: [],
      subtitle: () => '',
      ports: { outputs: () => outputs.map(([port, unconnected]) => ({ port, label: port, unconnected })) },
    }) as unknown as NodeDescription;
  const invented = new Map([
    ['end', step('end', [])],
    [
      'try',
      step('try', [
        ['done', 'error'],
        ['failed', 'error'],
        ['late', 'fine'],
      ]),
    ],
  ]);
  return { ...real, describeType: (type: string) => invented.get(type) ?? real.describeType(type) };
});

const node = (id: string, type: string, config: Record<string, unknown> = {}): FlowNode => ({ id, type, position: { x: 0, y: 0 }, config });
const edge = (from: string, to: string, port?: string) => ({ id: `${from}-${to}`, from, to, ...(port ? { port } : {}) });
const sender = node('mail', 'mail-sender', { address: 'mail.example.com', credential: 'orders' });
const facts = { credentials: [{ name: 'orders', allowedHosts: ['mail.example.com'] }] };

const drawing = (...edges: FlowDocument['edges']): FlowDocument => ({
  nodes: [sender, node('t', 'try'), node('e', 'end')],
  edges: [edge('mail', 't'), ...edges],
});
const problems = (flow: FlowDocument) => checkFlow(flow, facts).map(({ code, nodeId, port }) => [code, nodeId, port]);

test('the fixture is in the place of the catalog', () => {
  expect(catalog.describeType('end')?.title).toBe('end');
});

test('a step without outputs ends the flow, and one with three may leave those open that say so', () => {
  expect(problems(drawing(edge('t', 'e', 'done'), { ...edge('t', 'e', 'failed'), id: 'x' }))).toEqual([]);
  expect(problems(drawing(edge('t', 'e', 'done')))).toEqual([['PORT_OPEN', 't', 'failed']]);
  expect(problems(drawing(edge('t', 'e', 'done'), { ...edge('t', 'e', 'failed'), id: 'x' }, edge('e', 't')))).toEqual([
    ['EDGE_NOT_ALLOWED', undefined, undefined],
  ]);
});

test('connections are offered by what is there', () => {
  const flow = drawing();
  expect(whyNotConnect(flow, 't', 'e', { port: 'late' })).toBeUndefined();
  expect(whyNotConnect(flow, 't', 'e', { port: 'gone' })).toMatch(/no such output/);
  expect(whyNotConnect(flow, 'e', 't')).toMatch(/ends the flow/);
  expect(outputOf(edge('t', 'e', 'late'), portsOf(node('t', 'try')).outputs)?.label).toBe('late');
});
