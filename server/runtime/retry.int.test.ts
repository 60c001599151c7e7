import { describe, expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { eventually } from '../testing/eventually.ts';
import { deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import type { SunkRequest } from '../testing/http-sink.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** Retry, running again, cancelling and limits, on real servers with a real receiver. */

const room = useMailRoom();
const quick = { retry: 'own', retryAttempts: 3, retryFirstWait: 1, retryFactor: 1, retryLongestWait: 1, retryJitter: 0 };
const keyOf = ({ headers }: SunkRequest) => String(headers['idempotency-key']);
const callsOf = (path: string) => room.sink.requests.filter((request) => request.path === `/inbound/${path}`);

/** A mailbox whose mails go to several receivers, each with its own path and configuration. */
function fanOut(receivers: Record<string, Record<string, unknown>>, settings: Record<string, unknown> = {}): FlowDocument {
  const nodes = Object.entries(receivers).map(([id, config]) =>
    node(id, 'http-receiver', { name: id, url: `${room.sink.url}/${id}`, ...config }),
  );
  const sender = mailSenderNode(room.server, 'imap4', { credential: room.user.user });
  return { nodes: [sender, ...nodes], edges: nodes.map(({ id }) => ({ id: `mail--${id}`, from: 'mail', to: id })), settings };
}

const deploy = (draft: FlowDocument) => deployFlow(room.mailroom, 'Orders', draft);
const listed = async (flowId: string) => (await room.mailroom.call('listMessages', { query: { limit: 200, flowId } })).items;
const inStatus = (flowId: string, status: string, count = 1) =>
  eventually(
    async () => {
      const fitting = (await listed(flowId)).filter((message) => message.status === status);
      return fitting.length === count && fitting;
    },
    { what: `${count} messages ${status}`, deadlineMs: 30_000 },
  );
const detail = async (flowId: string, status: string) => {
  const [message] = await inStatus(flowId, status);
  return room.mailroom.call('getMessage', { params: { id: message?.id ?? '' } });
};

describe('several receivers', () => {
  test('have a count and an end each; those that have the message are not called again', async () => {
    room.sink.answerWith(({ path }) => ({ '/inbound/down': 503, '/inbound/refuses': 400 })[path] ?? 200);
    await room.user.deliver(mailWith('Order'));
    const flowId = await deploy(fanOut({ down: quick, refuses: quick, works: {} }));
    const message = await detail(flowId, 'FAILED');

    expect([callsOf('down').length, callsOf('refuses').length, callsOf('works').length]).toEqual([3, 1, 1]);
    expect(new Set(callsOf('down').map(keyOf))).toEqual(new Set([`${message.id}/mail/down`]));
    const last = message.steps.filter(({ attempt }) => attempt === message.attempts);
    expect(last.map(({ name, outcome, summary }) => `${name}: ${outcome} ${summary}`)).toEqual([
      expect.stringContaining('Orders mailbox: completed'),
      'down: failed ',
      'refuses: skipped given up after 1 attempt',
      expect.stringContaining('works: skipped delivered before: 200'),
    ]);
    expect(last.at(1)?.idempotencyKey).toBe(`${message.id}/mail/down`);
    const told = room.mailroom.output.filter((line) => line.includes(message.id));
    expect(told.map((line) => JSON.parse(line)).map(({ msg, messageId, code, attempt }) => [msg, messageId, code, attempt])).toEqual([
      ['a message waits for its next attempt', message.id, 'HTTP_UNAVAILABLE', 1],
      ['a message waits for its next attempt', message.id, 'HTTP_UNAVAILABLE', 2],
      ['a message has failed', message.id, 'HTTP_UNAVAILABLE', 3],
    ]);
  });

  test('are each tried as the flow says, and a receiver may say never', async () => {
    room.sink.answerWith(({ path }) => (path.endsWith('once') || callsOf('flow').length < 2 ? 503 : 200));
    await room.user.deliver(mailWith('Order'));
    const flowId = await deploy(fanOut({ once: { retry: 'off' }, flow: {} }, { retryFirstWait: 1, retryJitter: 0 }));
    await inStatus(flowId, 'FAILED');
    expect([callsOf('once').length, callsOf('flow').length]).toEqual([1, 2]);
  });

  test('that ask for more time get it', async () => {
    const calledAt: number[] = [];
    room.sink.respond((_request, response) => {
      calledAt.push(Date.now());
      response.writeHead(calledAt.length === 1 ? 429 : 200, { 'retry-after': '4' }).end();
    });
    await room.user.deliver(mailWith('Order'));
    const flowId = await deploy(fanOut({ busy: { ...quick, retryLongestWait: 30 } }));
    await inStatus(flowId, 'COMPLETED');
    expect((calledAt[1] ?? 0) - (calledAt[0] ?? 0)).toBeGreaterThan(3_500);
  });
});

describe('a message that a person runs again', () => {
  const again = (id: string, body: { from?: 'start' | 'failed' | 'step'; nodeId?: string; version?: 'same' | 'newest' }) =>
    room.mailroom.call('retryMessage', { params: { id }, body });

  test('from the failed step calls only who does not have it, under the same key; from the start it calls everybody under new ones', async () => {
    let isDown = true;
    room.sink.answerWith(({ path }) => (isDown && path.endsWith('down') ? 400 : 200));
    await room.user.deliver(mailWith('Order'));
    const flowId = await deploy(fanOut({ works: {}, down: {} }));
    const { id } = await detail(flowId, 'FAILED');
    isDown = false;
    await again(id, { from: 'failed' });
    await inStatus(flowId, 'COMPLETED');
    expect([callsOf('works').length, callsOf('down').length]).toEqual([1, 2]);
    expect(new Set(callsOf('down').map(keyOf)).size).toBe(1);

    await expect(again(id, { from: 'failed' })).rejects.toMatchObject({ answer: { code: 'MESSAGE_NOTHING_FAILED' } });
    await again(id, { from: 'start' });
    await eventually(() => callsOf('works').length === 2 && callsOf('down').length === 3);
    const message = await detail(flowId, 'COMPLETED');
    expect(keyOf(callsOf('works')[1] as SunkRequest)).toBe(`${id}/~2/mail/works`);
    expect(message.reruns).toMatchObject([
      { attempt: 2, from: 'failed', by: expect.stringMatching(/./) },
      { attempt: 3, from: 'start' },
    ]);
  });

  test('from a step calls only the receivers behind it, under new keys', async () => {
    const forked = (config = {}): FlowDocument => {
      const http = (id: string) => node(id, 'http-receiver', { name: id, url: `${room.sink.url}/${id}`, ...config });
      const mark = node('mark', 'content-modifier', { name: 'Mark', assignments: [{ target: 'header', name: 'x-marked', value: 'yes' }] });
      const edge = (from: string, to: string) => ({ id: `${from}--${to}`, from, to });
      return {
        nodes: [mailSenderNode(room.server, 'imap4', { credential: room.user.user }), mark, http('behind'), http('beside')],
        edges: [edge('mail', 'mark'), edge('mark', 'behind'), edge('mail', 'beside')],
      };
    };
    await room.user.deliver(mailWith('Order'));
    const flowId = await deploy(forked());
    const { id } = await detail(flowId, 'COMPLETED');
    expect([callsOf('behind').length, callsOf('beside').length]).toEqual([1, 1]);

    await again(id, { from: 'step', nodeId: 'mark' });
    await eventually(() => callsOf('behind').length === 2);
    const message = await detail(flowId, 'COMPLETED');
    expect(callsOf('behind').map(keyOf)).toEqual([`${id}/mail/mark/behind`, `${id}/~2/mail/mark/behind`]);
    expect(callsOf('beside')).toHaveLength(1);
    expect(message.reruns).toMatchObject([{ attempt: 2, from: 'step', nodeId: 'mark' }]);

    // Each run from somewhere has a number of its own, whatever it began at.
    await again(id, { from: 'step', nodeId: 'behind' });
    await eventually(() => callsOf('behind').length === 3);
    await detail(flowId, 'COMPLETED');
    await again(id, { from: 'start' });
    await eventually(() => callsOf('behind').length === 4 && callsOf('beside').length === 2);
    expect(callsOf('behind').map(keyOf).slice(2)).toEqual([`${id}/~3/mail/mark/behind`, `${id}/~4/mail/mark/behind`]);
    expect(callsOf('beside').map(keyOf)).toEqual([`${id}/mail/beside`, `${id}/~4/mail/beside`]);
    await detail(flowId, 'COMPLETED');

    const unknown = { answer: { code: 'MESSAGE_STEP_UNKNOWN' } };
    await expect(again(id, { from: 'step', nodeId: 'nowhere' })).rejects.toMatchObject(unknown);
    const { revision } = await room.mailroom.call('getFlow', { params: { id: flowId } });
    const without = forked();
    without.nodes = without.nodes.filter((one) => one.id !== 'mark');
    without.edges = [{ id: 'mail--behind', from: 'mail', to: 'behind' }, ...without.edges.filter(({ to }) => to === 'beside')];
    await room.mailroom.call('saveFlow', { params: { id: flowId }, body: { revision, draft: without } });
    await room.mailroom.call('deployFlow', { params: { id: flowId }, body: {} });
    await expect(again(id, { from: 'step', nodeId: 'mark', version: 'newest' })).rejects.toMatchObject(unknown);
    await again(id, { from: 'step', nodeId: 'mark', version: 'same' });
    await eventually(() => callsOf('behind').length === 5);
  });

  test('runs on the version it ran with, or on the newest, where only places that are still there count as delivered', async () => {
    room.sink.answerWith(({ path }) => (path.endsWith('wrong') ? 400 : 200));
    await room.user.deliver(mailWith('Order'));
    const flowId = await deploy(fanOut({ works: {}, wrong: {} }));
    const { id } = await detail(flowId, 'FAILED');
    const { revision } = await room.mailroom.call('getFlow', { params: { id: flowId } });
    await room.mailroom.call('saveFlow', { params: { id: flowId }, body: { revision, draft: fanOut({ works: {}, right: {} }) } });
    await room.mailroom.call('deployFlow', { params: { id: flowId }, body: {} });

    await again(id, { version: 'same' });
    await eventually(() => callsOf('wrong').length === 2);
    await inStatus(flowId, 'FAILED');
    await again(id, { version: 'newest' });
    const message = await detail(flowId, 'COMPLETED');
    expect([callsOf('works').length, callsOf('right').length, callsOf('wrong').length]).toEqual([1, 1, 2]);
    expect(message.reruns.map(({ version, previousVersion }) => [previousVersion, version])).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  test('goes with several at once, by id or by filter, and each is answered for', async () => {
    let isDown = true;
    room.sink.answerWith(() => (isDown ? 400 : 200));
    for (const subject of ['Alpha 1', 'Alpha 2', 'Beta 3']) await room.user.deliver(mailWith(subject));
    const flowId = await deploy(fanOut({ http: {} }));
    const failed = await inStatus(flowId, 'FAILED', 3);
    isDown = false;
    const filter = { flowId, status: 'FAILED' as const, search: 'Alpha' };
    expect(await room.mailroom.call('countMessages', { query: filter })).toEqual({ count: 2, isMore: false });
    const byFilter = await room.mailroom.call('retryMessages', { body: { filter } });
    expect(byFilter).toMatchObject({ results: [{ error: null }, { error: null }], nextCursor: null });
    await inStatus(flowId, 'COMPLETED', 2);

    const byId = await room.mailroom.call('retryMessages', { body: { ids: failed.map(({ id }) => id), from: 'failed' } });
    expect(byId.results.map(({ error }) => error?.code ?? 'queued').sort()).toEqual([
      'MESSAGE_NOTHING_FAILED',
      'MESSAGE_NOTHING_FAILED',
      'queued',
    ]);
    await inStatus(flowId, 'COMPLETED', 3);
    await expect(room.mailroom.call('retryMessages', { body: {} })).rejects.toMatchObject({ answer: { code: 'BAD_REQUEST' } });
  });
});

test('cancelling a message cuts off the call that is under way, and the log says so', async () => {
  const closed = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  room.sink.respond((request) => {
    request.socket.on('close', closed.resolve);
    called.resolve();
  });
  await room.user.deliver(mailWith('Order'));
  const flowId = await deploy(fanOut({ hangs: {} }));
  await called.promise;
  const id = (await listed(flowId))[0]?.id ?? '';
  await room.mailroom.call('cancelMessage', { params: { id } });
  await closed.promise;
  await eventually(async () => (await room.mailroom.call('getMessage', { params: { id } })).steps.length > 0);
  const message = await room.mailroom.call('getMessage', { params: { id } });
  expect(message).toMatchObject({ status: 'CANCELLED', attempts: 1 });
  expect(message.steps.at(-1)).toMatchObject({ name: 'hangs', outcome: 'failed', error: { code: 'MESSAGE_CANCELLED' } });
});

describe('limits', () => {
  test('a receiver gets no more calls at once than its limit, another is not held up, and waiting is no attempt', async () => {
    let running = 0;
    let most = 0;
    const release = Promise.withResolvers<void>();
    room.sink.respond((request, response) => {
      request.resume();
      if (!request.url?.endsWith('slow')) {
        response.end();
        return;
      }
      running += 1;
      most = Math.max(most, running);
      void release.promise.then(() =>
        setTimeout(() => {
          running -= 1;
          response.end();
        }, 20),
      );
    });
    const orders = Array.from({ length: 24 }, (_, index) => mailWith(`Order ${index}`));
    for (const order of orders) await room.user.deliver(order);
    for (const invoice of [1, 2, 3, 4]) await room.user.deliver(mailWith(`Invoice ${invoice}`));
    const contains = (text: string) => ({ conditions: [{ subject: 'header.subject', operator: 'contains', value: text }] });
    const sender = mailSenderNode(room.server, 'imap4', { credential: room.user.user });
    const flowId = await deploy({
      nodes: [
        sender,
        node('orders', 'filter', { name: 'Orders only', ...contains('Order') }),
        node('invoices', 'filter', { name: 'Invoices only', ...contains('Invoice') }),
        node('slow', 'http-receiver', { name: 'slow', url: `${room.sink.url}/slow`, callsAtOnce: 3 }),
        node('fast', 'http-receiver', { name: 'fast', url: `${room.sink.url}/fast` }),
      ],
      edges: [
        { id: 'a', from: 'mail', to: 'orders' },
        { id: 'b', from: 'mail', to: 'invoices' },
        { id: 'c', from: 'orders', to: 'slow' },
        { id: 'd', from: 'invoices', to: 'fast' },
      ],
    });
    const done = await inStatus(flowId, 'COMPLETED', 4);
    expect(done.every(({ subject }) => subject.startsWith('Invoice'))).toBe(true);
    expect(running).toBe(3);
    release.resolve();
    const all = await inStatus(flowId, 'COMPLETED', 28);
    expect(most).toBe(3);
    expect(all.every(({ attempts }) => attempts === 1)).toBe(true);
  }, 60_000);

  test('a flow runs no more messages at once than its settings say', async () => {
    let running = 0;
    let most = 0;
    room.sink.onRequest(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 30));
      running -= 1;
    });
    for (const index of Array.from({ length: 12 }).keys()) await room.user.deliver(mailWith(`Order ${index}`));
    const flowId = await deploy(fanOut({ http: {} }, { messagesAtOnce: 2 }));
    await inStatus(flowId, 'COMPLETED', 12);
    expect(most).toBe(2);
  });
});
