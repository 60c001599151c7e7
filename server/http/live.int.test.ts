import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { countedMessages } from '../../shared/api/live.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { messageIdAt } from '../storage/message-ids.ts';
import { channel, messageLog, runStep } from '../storage/schema.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** What the canvas shows of the messages of a deployed flow. */

let server: TestServer;
let program: HttpClient;
let flowId: string;
let deployedAt: Date;
const channelId = randomUUID();

const draft: FlowDocument = {
  nodes: [
    { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: {} },
    { id: 'http', type: 'http-receiver', position: { x: 300, y: 0 }, config: {} },
  ],
  edges: [{ id: 'mail-http', from: 'mail', to: 'http' }],
};

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  const flow = await server.parts.flows.create({ name: 'Orders', description: '', draft });
  flowId = flow.id;
  ({ deployedAt } = await server.parts.deployments.start(flow, draft, { by: 'test', note: '', values: {} }));
  await server.database.db
    .insert(channel)
    .values({ id: channelId, flowId, nodeId: 'mail', name: 'Mail', version: 1, type: 'mail-sender', config: {} });
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.database.db.delete(runStep);
  await server.database.db.delete(messageLog);
});

type Step = [nodeId: string, outcome: string, attempt?: number, edgeId?: string];

async function addMessages(count: number, steps: Step[], { version = 1, seconds = 1 } = {}) {
  const receivedAt = new Date(deployedAt.getTime() + seconds * 1_000);
  const ids = Array.from({ length: count }, (_, index) => messageIdAt(receivedAt, index));
  const facts = {
    flowId,
    version,
    channelId,
    nodeId: 'mail',
    status: 'COMPLETED',
    ...{ subject: '', from: '', to: '', mailMessageId: '' },
    sizeBytes: 1,
    rawHash: 'x',
    receivedAt,
  };
  await server.database.db.insert(messageLog).values(ids.map((id) => ({ id, ...facts })));
  const rows = ids.flatMap((messageId) =>
    steps.map(([nodeId, outcome, attempt = 1, edgeId], position) => ({
      ...{ messageId, attempt, position, nodeId, outcome, edgeId, name: nodeId, type: 'x', startedAt: receivedAt, endedAt: receivedAt },
    })),
  );
  await server.database.db.insert(runStep).values(rows);
}

const live = () => program.call('getFlowLive', { params: { id: flowId } });

it('counts messages by node, by how their last try went, and by connection', async () => {
  await addMessages(3, [
    ['mail', 'completed'],
    ['http', 'completed', 1, 'mail-http'],
  ]);
  await addMessages(
    2,
    [
      ['mail', 'completed', 1],
      ['http', 'failed', 1, 'mail-http'],
      ['mail', 'completed', 2],
      ['http', 'failed', 2, 'mail-http'],
    ],
    { seconds: 2 },
  );
  const { nodes, edges, messages, version } = await live();
  expect({ messages, version }).toEqual({ messages: 5, version: 1 });
  expect(nodes['http']).toMatchObject({ completed: 3, failed: 2, isFailing: true });
  expect(nodes['mail']).toMatchObject({ completed: 5, failed: 0, isFailing: false });
  expect(edges).toEqual({ 'mail-http': 5 });
});

it('counts a receiver as done whose call was recorded by an earlier attempt', async () => {
  await addMessages(1, [
    ['http', 'completed', 1, 'mail-http'],
    ['http', 'skipped', 2, 'mail-http'],
  ]);
  expect((await live()).nodes['http']).toMatchObject({ completed: 1, skipped: 0 });
});

it('leaves out what came before the deployment, and what ran with another version', async () => {
  await addMessages(1, [['http', 'completed']], { seconds: -60 });
  await addMessages(1, [['http', 'completed']], { version: 2 });
  expect(await live()).toMatchObject({ messages: 0, nodes: {}, edges: {} });
});

it('looks at the newest messages only, so that a large log costs no more than a small one', async () => {
  await addMessages(20, [['http', 'failed']]);
  await addMessages(countedMessages, [['http', 'completed']], { seconds: 5 });
  const { messages, nodes } = await live();
  expect(messages).toBe(countedMessages);
  expect(nodes['http']).toMatchObject({ completed: countedMessages, failed: 0 });
});

it('says that a flow is not deployed', async () => {
  const { id } = await server.parts.flows.create({ name: 'Idle', description: '', draft });
  await expect(program.call('getFlowLive', { params: { id } })).rejects.toMatchObject({ answer: { code: 'FLOW_NOT_DEPLOYED' } });
});
