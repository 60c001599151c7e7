import { expect, test } from 'vitest';
import { asFlowError } from '../../shared/errors.ts';
import type { FlowDocument, Message } from '../../shared/flow.ts';
import { receivers, senders } from '../adapters/index.ts';
import { steps } from '../steps/index.ts';
import { rawMail } from '../testing/factories.ts';
import { chain, node } from '../testing/flows.ts';
import { secretsOf } from '../testing/secrets.ts';
import { behavioursOf } from './behaviours.ts';
import { makePlan } from './plan.ts';
import { readMessage, walkOn, type Call, type Visit, type Walk } from './walk.ts';

const sender = node('mail', 'mail-sender', { address: 'mail.example.com', credential: 'orders' });
const set = (id: string, value: string) => node(id, 'content-modifier', { assignments: [{ target: 'property', name: id, value }] });
const http = (id: string) => node(id, 'http-receiver', { url: `https://example.com/${id}` });
const edge = (from: string, to: string, port?: string) => ({ id: `${from}>${to}`, from, to, ...(port ? { port } : {}) });
const router = (id: string, otherwise: string) =>
  node(id, 'router', {
    routes: ['Order', 'Bill'].map((value) => ({
      port: value.toLowerCase(),
      name: value,
      conditions: [{ subject: 'header.subject', operator: 'contains', value }],
    })),
    otherwise,
  });

/** Walks "Order 17" through a drawing, with calls that are only written down. */
async function walked(document: FlowDocument, hooks: Partial<Walk['hooks']> = {}) {
  const calls: Call[] = [];
  const seen: Visit[] = [];
  const failed: { place: string; code: string }[] = [];
  const walk: Walk = {
    plan: makePlan(document, behavioursOf(senders, steps, receivers)),
    raw: rawMail(),
    origin: undefined,
    facts: { exchangeId: 'x1', flowName: 'Orders', receivedAt: new Date('2026-03-01T08:30:00Z') },
    attempt: 1,
    secrets: secretsOf(),
    outboxDirectory: '',
    clock: { now: () => new Date() },
    signal: new AbortController().signal,
    steps: [],
    hooks: {
      restOf: () => undefined,
      passed: () => undefined,
      idempotencyKeyOf: (place) => `key/${place}`,
      deliver: async (call, note) => {
        calls.push(call);
        note('completed', 'written down');
      },
      failed: (error, _node, place) => void failed.push({ place, code: asFlowError(error).code }),
      seen: (visit) => void seen.push(visit),
      ...hooks,
    },
  };
  await walkOn(walk, await readMessage(walk));
  return { calls, seen, failed, steps: walk.steps };
}

const property = (message: Message | null, name: string) => message?.properties[name];

test('each node is seen with the message as it left, the node it came from, the connection and the output', async () => {
  const { seen, calls } = await walked({
    nodes: [sender, set('a', '1'), router('r', 'stop'), set('b', '2'), http('orders'), http('bills')],
    edges: [edge('mail', 'a'), edge('a', 'r'), edge('r', 'b', 'order'), edge('r', 'bills', 'bill'), edge('b', 'orders')],
  });
  expect(
    seen.map(({ step, from, message }) => [step.nodeId, from, step.edgeId, step.port, property(message, 'a'), property(message, 'b')]),
  ).toEqual([
    ['mail', null, null, null, undefined, undefined],
    ['a', 0, 'mail>a', null, '1', undefined],
    ['r', 1, 'a>r', 'order', '1', undefined],
    ['b', 2, 'r>b', null, '1', '2'],
    ['orders', 3, 'b>orders', null, '1', '2'],
  ]);
  expect(seen.every(({ step }) => step.endedAt !== null)).toBe(true);
  expect(calls).toMatchObject([{ place: 'mail/a/r/b/orders', idempotencyKey: 'key/mail/a/r/b/orders' }]);
});

test('copies that meet come one by one, each known by its own way', async () => {
  const { calls, steps: lines } = await walked({
    nodes: [sender, set('a', '1'), set('b', '2'), http('end')],
    edges: [edge('mail', 'a'), edge('mail', 'b'), edge('a', 'end'), edge('b', 'end')],
  });
  expect(calls.map(({ place }) => place)).toEqual(['mail/a/end', 'mail/b/end']);
  expect(calls.map(({ message }) => [property(message, 'a'), property(message, 'b')])).toEqual([
    ['1', undefined],
    [undefined, '2'],
  ]);
  expect(lines.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4]);
});

test('a message leaves by the output of its route only, and ends quietly where nothing is connected to it', async () => {
  const {
    failed,
    calls,
    steps: lines,
  } = await walked({
    nodes: [sender, router('r', 'stop'), http('bills'), http('all')],
    edges: [edge('mail', 'r'), edge('r', 'bills', 'bill'), edge('mail', 'all')],
  });
  expect([failed, calls.map(({ place }) => place)]).toEqual([[], ['mail/all']]);
  expect(lines.find(({ nodeId }) => nodeId === 'r')).toMatchObject({ outcome: 'completed', port: 'order' });
});

test('a branch that fails ends there, is seen with its error, and holds back no other', async () => {
  const none = { port: 'x', name: 'x', conditions: [{ subject: 'body', operator: 'equals', value: 'x' }] };
  const { failed, calls, seen } = await walked({
    nodes: [sender, node('r', 'router', { routes: [none], otherwise: 'fail' }), http('a'), http('b')],
    edges: [edge('mail', 'r'), edge('mail', 'b'), edge('r', 'a', 'x')],
  });
  expect(failed).toEqual([{ place: 'mail/r', code: 'NO_ROUTE' }]);
  expect(calls.map(({ place }) => place)).toEqual(['mail/b']);
  expect(seen.find(({ step }) => step.nodeId === 'r')).toMatchObject({
    message: null,
    from: 0,
    step: { outcome: 'failed', error: { code: 'NO_ROUTE' } },
  });
});

test('a step that rests is passed by with what follows it', async () => {
  const { seen, calls } = await walked(chain(sender, set('a', '1'), http('end')), { restOf: () => 'waits' });
  expect(seen.map(({ step, message }) => [step.nodeId, step.outcome, message === null])).toEqual([
    ['mail', 'completed', false],
    ['a', 'skipped', true],
  ]);
  expect(calls).toEqual([]);
});

test('what the caller lets through ends the whole walk', async () => {
  const shutdown = new Error('shutting down');
  const through = walked(chain(sender, set('a', '1'), http('end')), {
    deliver: () => Promise.reject(shutdown),
    failed: (error) => {
      throw error;
    },
  });
  await expect(through).rejects.toBe(shutdown);
});

test('a thousand steps in a row are walked', async () => {
  const steps = Array.from({ length: 998 }, (_, index) => set(`s${index}`, 'x'));
  expect((await walked(chain(sender, ...steps, http('end')))).calls).toHaveLength(1);
});
