import { describe, expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { receivers, senders } from '../adapters/index.ts';
import { steps } from '../steps/index.ts';
import { chain, node } from '../testing/flows.ts';
import { behavioursOf } from './behaviours.ts';
import { makePlan, planCache, type PlanEdge } from './plan.ts';

const behaviours = behavioursOf(senders, steps, receivers);
const sender = node('mail', 'mail-sender', { protocol: 'imap4', address: 'mail.example.com:993', credential: 'orders' });
const filter = node('filter', 'filter', { conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }] });
const http = (id: string) => node(id, 'http-receiver', { url: 'http://127.0.0.1:9/inbound' });

const shape = ({ node }: PlanEdge): unknown => (node.kind === 'receiver' ? node.id : { [node.id]: node.next.map(shape) });
const edge = (from: string, to: string) => ({ id: `${from}-${to}`, from, to });

describe('a plan', () => {
  test('follows the edges from the sender, with every branch and checked configurations', () => {
    const document: FlowDocument = {
      nodes: [http('b'), filter, sender, http('a')],
      edges: [edge('mail', 'filter'), edge('filter', 'a'), edge('mail', 'b')],
    };
    const plan = makePlan(document, behaviours);
    expect(plan.sender.next.map(shape)).toEqual([{ filter: ['a'] }, 'b']);
    expect(plan.sender.config).toMatchObject({ protocol: 'imap4', maxMessages: expect.any(Number) });
  });

  test('has a node that several ways come to once, and is made in time however often they split and join', () => {
    const joined = [edge('mail', 'filter'), edge('mail', 'a'), edge('filter', 'a')];
    const { sender: start } = makePlan({ nodes: [sender, filter, http('a')], edges: joined }, behaviours);
    const [first, second] = start.next;
    expect(first?.node.kind === 'step' && first.node.next[0]?.node).toBe(second?.node);

    const steps = Array.from({ length: 60 }, (_, index) => node(`f${index}`, 'filter', filter.config));
    const diamonds = Array.from({ length: 19 }, (_, index) => [
      edge(`f${3 * index}`, `f${3 * index + 1}`),
      edge(`f${3 * index}`, `f${3 * index + 2}`),
      edge(`f${3 * index + 1}`, `f${3 * index + 3}`),
      edge(`f${3 * index + 2}`, `f${3 * index + 3}`),
    ]).flat();
    const document = { nodes: [sender, ...steps, http('a')], edges: [edge('mail', 'f0'), ...diamonds, edge('f57', 'a')] };
    expect(() => makePlan(document, behaviours)).toThrow(expect.objectContaining({ message: expect.stringContaining('1000 ways') }));
  });

  test('takes any number of routes that part and meet again, since a message goes along one of them', () => {
    const routes = ['a', 'b'].map((port) => ({ port, name: port, conditions: [{ subject: 'body', operator: 'contains', value: port }] }));
    const routers = Array.from({ length: 41 }, (_, index) => node(`r${index}`, 'router', { routes, otherwise: 'stop' }));
    const edges = routers
      .slice(1)
      .flatMap(({ id: to }, index) => ['a', 'b'].map((port) => ({ id: `${port}${index}`, from: `r${index}`, to, port })));
    const last = ['a', 'b'].map((port) => ({ id: port, from: 'r40', to: 'http', port }));
    const plan = makePlan({ nodes: [sender, ...routers, http('http')], edges: [edge('mail', 'r0'), ...edges, ...last] }, behaviours);
    expect(plan.sender.next.map(({ node: { id } }) => id)).toEqual(['r0']);
  });

  test('knows by which output a connection leaves', () => {
    const route = (port: string) => ({ port, name: port, conditions: [{ subject: 'header.subject', operator: 'contains', value: port }] });
    const router = node('router', 'router', { routes: [route('orders'), route('bills')], otherwise: 'stop' });
    const plan = makePlan(
      {
        nodes: [sender, router, http('a'), http('b')],
        edges: [edge('mail', 'router'), { ...edge('router', 'a'), port: 'bills' }, { ...edge('router', 'b'), port: 'orders' }],
      },
      behaviours,
    );
    const routed = plan.sender.next[0]?.node;
    expect(routed?.kind === 'step' && routed.next.map(({ port, node: { id } }) => [port, id])).toEqual([
      ['bills', 'a'],
      ['orders', 'b'],
    ]);
  });

  test.each<[string, FlowDocument]>([
    ['no sender', chain(http('a'))],
    ['a circle', { nodes: [sender, filter], edges: [edge('mail', 'filter'), edge('filter', 'filter')] }],
    ['a type that this process does not know', chain(sender, node('x', 'time-machine'))],
    ['a configuration that is not valid', chain(sender, node('a', 'http-receiver', { url: '' }))],
  ])('is refused for %s', (_what, document) => {
    expect(() => makePlan(document, behaviours)).toThrow(expect.objectContaining({ code: 'FLOW_HAS_PROBLEMS' }));
  });
});

describe('plans by version', () => {
  const counted = (load: () => Promise<FlowDocument | undefined>, limit?: number) => {
    let loads = 0;
    const planOf = planCache(() => ((loads += 1), load()), behaviours, limit);
    return { planOf, loads: () => loads };
  };

  test('are made once, also when asked for at the same time', async () => {
    const { planOf, loads } = counted(() => Promise.resolve(chain(sender, http('a'))));
    const [one, other] = await Promise.all([planOf('flow', 1), planOf('flow', 1)]);
    expect(one).toBe(other);
    await planOf('flow', 2);
    expect(loads()).toBe(2);
  });

  test('that could not be loaded are asked for again', async () => {
    const answers: (FlowDocument | undefined)[] = [undefined, chain(sender, http('a'))];
    const { planOf } = counted(() => Promise.resolve(answers.shift()));
    await expect(planOf('flow', 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await planOf('flow', 1)).sender.id).toBe('mail');
  });

  test('do not pile up', async () => {
    const { planOf, loads } = counted(() => Promise.resolve(chain(sender, http('a'))), 2);
    for (const version of [1, 2, 3, 3, 1]) await planOf('flow', version);
    expect(loads()).toBe(4);
  });
});
