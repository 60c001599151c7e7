import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerEvent } from '../../shared/api/events.ts';
import type { FlowView } from '../../shared/api/flows.ts';
import { eventSchema } from '../../shared/api/events.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** What the API does with what it is given. */

let server: TestServer;
let program: HttpClient;

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
});
afterAll(() => server.close());

const nobody = '01890000-0000-7000-8000-000000000000';
const draft = {
  nodes: [
    {
      id: 'mail',
      type: 'mail-sender',
      position: { x: 0, y: 0 },
      config: { address: '127.0.0.1:1', protection: 'off', credential: 'orders' },
    },
    { id: 'file', type: 'file-receiver', position: { x: 200, y: 0 }, config: {} },
  ],
  edges: [{ id: 'mail-file', from: 'mail', to: 'file' }],
};

function createFlow(name = 'Orders'): Promise<FlowView> {
  return program.call('createFlow', { body: { name, draft } });
}

async function deployCredential(name: string) {
  return program.call('createCredential', {
    body: { name, user: 'orders@example.com', password: 'very secret', allowedHosts: ['127.0.0.1'] },
  });
}

describe('a request that does not fit', () => {
  it('is answered with a path for every wrong field', async () => {
    const body = { name: '', draft: { nodes: [{ id: 'a', type: 1, position: { x: 0 }, config: {} }], edges: 'none' } };
    const response = await program.send('POST', '/flows', body);
    expect(response.status).toBe(400);
    const answer = (await response.json()) as { code: string; problems: { path: string }[] };
    expect(answer.code).toBe('BAD_REQUEST');
    expect(answer.problems.map((problem) => problem.path).sort()).toEqual([
      'draft.edges',
      'draft.nodes.0.position.y',
      'draft.nodes.0.type',
      'name',
    ]);
  });

  it.each([
    ['/flows/not-an-id', 'id'],
    ['/messages?limit=0', 'limit'],
    ['/messages?status=FAILED,LOST', 'status.1'],
    ['/messages?cursor=made-up', 'cursor'],
    ['/messages?search=%00', 'search'],
  ])('GET %s names %s', async (path, field) => {
    const response = await program.send('GET', path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ problems: [{ path: field }] });
  });

  it('names a character no table can keep', async () => {
    const response = await program.send('POST', '/flows', { name: 'a\0b' });
    expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST', problems: [{ path: 'name' }] });
  });

  it('says when the body is no JSON, is called something else, or is missing', async () => {
    const post = (body: string | null, type: string) =>
      fetch(`${server.url}/api/v1/flows`, { method: 'POST', body, headers: { authorization, 'content-type': type } });
    const { token } = await server.accounts.createToken({ name: 'raw', role: 'administrator', userId: null, expiresAt: null }, 'test');
    const authorization = `Bearer ${token}`;
    expect(await (await post('{"name":', 'application/json')).json()).toMatchObject({
      problems: [{ message: 'the body is not valid JSON' }],
    });
    expect(await (await post('name=x', 'text/plain')).json()).toMatchObject({
      problems: [{ message: 'Content-Type must be application/json' }],
    });
    expect(await (await post(null, 'application/json')).json()).toMatchObject({ problems: [{ path: 'name' }] });
  });

  it('is refused when it is larger than 2 MB', async () => {
    const response = await program.send('POST', '/flows', { name: 'x', description: 'x'.repeat(2_100_000) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  it('is refused when its path is no text', async () => {
    const response = await program.send('GET', '/credentials/%E0%A4%A');
    expect([400, 404]).toContain(response.status);
  });
});

describe('flows', () => {
  it('are created, listed, saved by revision, and deleted', async () => {
    const flow = await createFlow();
    expect(flow).toMatchObject({ name: 'Orders', revision: 1, draft, deployment: null, deployedDocument: null });
    const saved = await program.call('saveFlow', { params: { id: flow.id }, body: { revision: 1, name: 'Orders 2' } });
    expect(saved).toMatchObject({ name: 'Orders 2', revision: 2, draft });
    await expect(program.call('saveFlow', { params: { id: flow.id }, body: { revision: 1, name: 'Late' } })).rejects.toMatchObject({
      status: 409,
      answer: { code: 'FLOW_CHANGED_ELSEWHERE' },
    });
    expect((await program.call('listFlows')).items.find(({ id }) => id === flow.id)).toMatchObject({ nodeCount: 2, deployment: null });
    expect(await program.call('deleteFlow', { params: { id: flow.id } })).toBeNull();
    await expect(program.call('getFlow', { params: { id: flow.id } })).rejects.toMatchObject({ status: 404 });
  });

  it('are deployed when nothing is wrong with them', async () => {
    const flow = await createFlow('Deployed');
    const params = { id: flow.id };
    const { problems } = await program.call('checkFlow', { params });
    expect(problems).toContainEqual(expect.objectContaining({ nodeId: 'mail', field: 'credential', code: 'CREDENTIAL_NOT_DEPLOYED' }));
    await expect(program.call('deployFlow', { params, body: {} })).rejects.toMatchObject({ answer: { code: 'FLOW_HAS_PROBLEMS' } });
    await expect(program.call('pollNow', { params })).rejects.toMatchObject({ answer: { code: 'FLOW_NOT_DEPLOYED' } });

    await deployCredential('orders');
    const deployment = await program.call('deployFlow', { params, body: { revision: flow.revision, note: 'first' } });
    expect(deployment).toMatchObject({ flowId: flow.id, version: 1, state: 'Starting', deployedBy: 'token test', counts: {} });
    expect(await program.call('getFlow', { params })).toMatchObject({ deployment: { version: 1 }, deployedDocument: draft });
    expect(await program.call('getVersion', { params: { ...params, version: 1 } })).toMatchObject({ note: 'first', document: draft });
    expect((await program.call('listDeployments')).items.map((item) => item.flowId)).toContain(flow.id);
    await expect(program.call('deleteFlow', { params })).rejects.toMatchObject({ answer: { code: 'FLOW_STILL_DEPLOYED' } });

    const moved = { ...draft, nodes: draft.nodes.map((node) => ({ ...node, position: { x: 9, y: 9 } })) };
    await program.call('saveFlow', { params, body: { revision: 1, draft: moved } });
    const isCurrent = async () => (await program.call('listFlows')).items.find(({ id }) => id === flow.id)?.deployment?.isCurrent;
    expect(await isCurrent()).toBe(true);
    await program.call('saveFlow', { params, body: { revision: 2, draft: { ...moved, edges: [] } } });
    expect(await isCurrent()).toBe(false);

    expect(await program.call('undeployFlow', { params })).toBeNull();
    expect((await program.call('listDeployments')).items.find((item) => item.flowId === flow.id)?.state).toBe('Stopping');
  });

  it('that do not exist are not found', async () => {
    const params = { id: nobody };
    for (const name of ['getFlow', 'deleteFlow', 'checkFlow', 'undeployFlow', 'pollNow'] as const) {
      await expect(program.call(name, { params })).rejects.toMatchObject({ status: 404 });
    }
  });
});

describe('User Credentials artifacts', () => {
  it('take a password in and never hand it out', async () => {
    const created = await deployCredential('secret-test');
    expect(created).toMatchObject({ name: 'secret-test', user: 'orders@example.com', deployedBy: 'token test', usedBy: [] });
    await expect(deployCredential('secret-test')).rejects.toMatchObject({ answer: { code: 'CREDENTIAL_EXISTS' } });
    const change = { description: 'changed', user: 'sales@example.com', allowedHosts: ['mail.example.com'] };
    expect(await program.call('saveCredential', { params: { name: 'secret-test' }, body: change })).toMatchObject(change);
    const everything = JSON.stringify(await program.call('listCredentials'));
    expect(everything).toContain('secret-test');
    expect(everything).not.toContain('very secret');
    await program.call('deleteCredential', { params: { name: 'secret-test' } });
    await expect(program.call('deleteCredential', { params: { name: 'secret-test' } })).rejects.toMatchObject({ status: 404 });
  });
});

describe('API tokens', () => {
  it('are shown once', async () => {
    const { token, id } = await program.call('createToken', { body: { name: 'once' } });
    const list = await program.call('listTokens');
    expect(list.items.find((item) => item.id === id)).toMatchObject({ name: 'once', lastUsedAt: null });
    expect(JSON.stringify(list)).not.toContain(token);
  });
});

describe('the catalog', () => {
  it('describes the configuration of every adapter and step', async () => {
    const { items } = await program.call('getCatalog');
    const mail = items.find((item) => item.type === 'mail-sender');
    expect(mail?.config).toMatchObject({
      properties: { protocol: { title: 'Transport Protocol', enum: ['imap4', 'pop3'], default: 'imap4' } },
    });
    expect(items.length).toBeGreaterThanOrEqual(5);
  });
});

describe('empty lists', () => {
  it('are lists', async () => {
    for (const name of ['listPolls', 'listLocks', 'listMessages'] as const) {
      expect(await program.call(name)).toEqual({ items: [], nextCursor: null });
    }
    expect(await program.call('listQuarantine')).toEqual({ items: [], nextCursor: null, total: 0 });
  });

  it('have no mail to release', async () => {
    await expect(program.call('releaseQuarantined', { params: { id: nobody } })).rejects.toMatchObject({ status: 404 });
    await expect(program.call('discardQuarantined', { params: { id: nobody } })).rejects.toMatchObject({ status: 404 });
  });
});

describe('without a practice mailbox', () => {
  it('says so', async () => {
    expect(await program.call('getPractice')).toMatchObject({ isAvailable: false });
    await expect(program.call('sendPracticeMail', { body: {} })).rejects.toMatchObject({ answer: { code: 'PRACTICE_UNAVAILABLE' } });
  });
});

describe('events', () => {
  it('tell what changed by id, gathered, and nothing of its content', async () => {
    const response = await program.send('GET', '/events');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const flow = await createFlow('Not for the stream');
    for (let revision = 1; revision <= 3; revision++) {
      await program.call('saveFlow', { params: { id: flow.id }, body: { revision, description: `hidden words ${revision}` } });
    }
    const { events, text } = await readEvents(response, (event) => event.ids.includes(flow.id));
    expect(events.find((event) => event.ids.includes(flow.id))?.kind).toBe('flow');
    expect(text).not.toMatch(/Not for the stream|hidden words/);
  });

  it('are read by at most 20 streams of one visitor', async () => {
    const other = await server.program();
    const open = () => other.send('GET', '/events');
    const streams = await Promise.all(Array.from({ length: 20 }, open));
    expect(streams.map((response) => response.status)).toEqual(Array(20).fill(200));
    const refused = await open();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'TOO_MANY_STREAMS' });
    for (const { body } of streams) await body?.cancel();
  });
});

/** Reads the stream until an event matches. */
async function readEvents(response: Response, isLast: (event: ServerEvent) => boolean): Promise<{ events: ServerEvent[]; text: string }> {
  const events: ServerEvent[] = [];
  let text = '';
  if (!response.body) throw new Error('The stream has no body');
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parsed = [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, json]) => eventSchema.parse(JSON.parse(json ?? '')));
    events.splice(0, events.length, ...parsed);
    if (events.some(isLast)) break;
  }
  return { events, text };
}
