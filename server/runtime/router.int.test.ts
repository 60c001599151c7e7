import { expect, test } from 'vitest';
import { deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { eventually } from '../testing/eventually.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** A flow with branches, on real servers. */

const room = useMailRoom();
const route = (port: string, value: string) => ({
  port,
  name: `${value}s`,
  conditions: [{ subject: 'header.subject', operator: 'starts-with', value }],
});
const quick = { retry: 'own', retryAttempts: 3, retryFirstWait: 1, retryFactor: 1, retryLongestWait: 1, retryJitter: 0 };

/** Orders and bills to a path of their own, the rest along Otherwise; bills and the rest pass the same modifier. */
async function deployRouter(otherwise: 'route' | 'stop' | 'fail'): Promise<string> {
  const http = (id: string) => node(id, 'http-receiver', { name: id, url: `${room.sink.url}/${id}`, ...quick });
  const edge = (from: string, to: string, port?: string) => ({ id: `${from}-${to}-${port ?? ''}`, from, to, ...(port ? { port } : {}) });
  return deployFlow(room.mailroom, 'Sorted', {
    nodes: [
      mailSenderNode(room.server, 'imap4', { credential: room.user.user }),
      node('router', 'router', { routes: [route('r1', 'Order'), route('r2', 'Bill')], otherwise }),
      node('mark', 'content-modifier', { assignments: [{ target: 'header', name: 'x-sorted', value: 'yes' }] }),
      http('orders'),
      http('others'),
    ],
    edges: [
      edge('mail', 'router'),
      edge('router', 'orders', 'r1'),
      edge('router', 'mark', 'r2'),
      ...(otherwise === 'route' ? [edge('router', 'mark', 'otherwise')] : []),
      edge('mark', 'others'),
    ],
  });
}

const pathsOf = (subject: string) =>
  room.sink.requests
    .filter(({ body }) => JSON.parse(body.toString()).headers.subject === subject)
    .map(({ path }) => path.replace(/^.*\//, ''));
const ended = (flowId: string, subject: string) =>
  eventually(
    async () => {
      const { items } = await room.mailroom.call('listMessages', { query: { limit: 50, flowId } });
      const message = items.find((one) => one.subject === subject && ['COMPLETED', 'FAILED'].includes(one.status));
      return message && room.mailroom.call('getMessage', { params: { id: message.id } });
    },
    { what: `${subject} to end`, deadlineMs: 25_000 },
  );

test('each message takes its route, branches join, and the log says which connections it went over', async () => {
  for (const subject of ['Order 1', 'Bill 2', 'Hello']) await room.user.deliver(mailWith(subject));
  const flowId = await deployRouter('route');
  const [order, bill] = [await ended(flowId, 'Order 1'), await ended(flowId, 'Bill 2')];
  await ended(flowId, 'Hello');
  expect([pathsOf('Order 1'), pathsOf('Bill 2'), pathsOf('Hello')]).toEqual([['orders'], ['others'], ['others']]);
  expect(order.steps.map(({ nodeId, edgeId, port }) => [nodeId, edgeId, port])).toEqual([
    ['mail', null, null],
    ['router', 'mail-router-', 'r1'],
    ['orders', 'router-orders-r1', null],
  ]);
  expect(bill.steps.map(({ edgeId }) => edgeId)).toEqual([null, 'mail-router-', 'router-mark-r2', 'mark-others-']);
});

test('a retry goes the same way, and calls only what failed', async () => {
  let isDown = true;
  room.sink.answerWith(() => (isDown ? 503 : 200));
  await room.user.deliver(mailWith('Order 3'));
  const flowId = await deployRouter('stop');
  await eventually(() => pathsOf('Order 3').length > 0, { what: 'the first call' });
  isDown = false;
  expect(await ended(flowId, 'Order 3')).toMatchObject({ status: 'COMPLETED', attempts: 2 });
  expect(pathsOf('Order 3')).toEqual(['orders', 'orders']);
});

test('a message for which no route holds ends there', async () => {
  await room.user.deliver(mailWith('Hello'));
  const message = await ended(await deployRouter('stop'), 'Hello');
  expect(message).toMatchObject({ status: 'COMPLETED' });
  expect(message.steps.at(-1)).toMatchObject({ nodeId: 'router', outcome: 'stopped', port: null });
  expect(room.sink.requests).toEqual([]);
});

// In a mailbox of its own, since two flows on one would share the mails.
test('a message for which no route holds fails with the reason', async () => {
  await room.user.deliver(mailWith('Hello again'));
  const message = await ended(await deployRouter('fail'), 'Hello again');
  expect(message).toMatchObject({ status: 'FAILED', error: { code: 'NO_ROUTE' } });
  expect(room.sink.requests).toEqual([]);
});
