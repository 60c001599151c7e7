import { describe, expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { receivers, senders } from '../adapters/index.ts';
import { steps } from '../steps/index.ts';
import { chain, node } from '../testing/flows.ts';
import { behavioursOf } from './behaviours.ts';
import { makePlan, planCache, type Plan, type PlanNode } from './plan.ts';

const behaviours = behavioursOf(senders, steps, receivers);
const sender = node('mail', 'mail-sender', { protocol: 'imap4', address: 'mail.example.com:993', credential: 'orders' });
const filter = node('filter', 'filter', { conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }] });
const http = (id: string) => node(id, 'http-receiver', { url: 'http://127.0.0.1:9/inbound' });

const following = ({ outputs }: { outputs: Plan['sender']['outputs'] }) => [...outputs.values()].flat().map((edge) => edge.to);
const shape = (node: PlanNode): unknown => (node.kind === 'receiver' ? node.id : { [node.id]: following(node).map(shape) });
const edge = (from: string, to: string) => ({ id: `${from}-${to}`, from, to });

describe('a plan', () => {
  test('follows the edges from the sender, with every branch and checked configurations', () => {
    const document: FlowDocument = {
      nodes: [http('b'), filter, sender, http('a')],
      edges: [edge('mail', 'filter'), edge('filter', 'a'), edge('mail', 'b')],
    };
    const plan = makePlan(document, behaviours);
    expect(following(plan.sender).map(shape)).toEqual([{ filter: ['a'] }, 'b']);
    expect(plan.sender.config).toMatchObject({ protocol: 'imap4', maxMessages: expect.any(Number) });
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
