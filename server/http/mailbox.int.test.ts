import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { probeStageSchema } from '../../shared/probe.ts';
import { once } from 'node:events';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** The connection test, against a server that takes connections and says nothing. */

let server: TestServer;
let program: HttpClient;
let silent: Server;
let openConnections = 0;

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  silent = createServer((socket) => {
    openConnections += 1;
    socket.on('error', () => undefined);
    socket.once('close', () => (openConnections -= 1));
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(async () => {
  silent.close();
  await server.close();
});

const config = (more: object = {}) => {
  const { port } = silent.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, protection: 'off', credential: 'orders', timeoutMs: 60_000, ...more };
};

it.each([
  ['/probe', ['config.address', 'config.timeoutMs']],
  ['/mailbox/folders', ['config.address', 'config.timeoutMs', 'config.credential']],
])('%s names the fields of the connection that are wrong, and no others', async (path, fields) => {
  const body = { type: 'mail-sender', config: config({ address: '', timeoutMs: 1, credential: '', schedule: 'never' }) };
  const response = await program.send('POST', path, body);
  expect(response.status).toBe(400);
  const { problems } = (await response.json()) as { problems: { path: string }[] };
  expect(problems.map((problem) => problem.path)).toEqual(fields);
});

it('knows no other adapter', async () => {
  expect((await program.send('POST', '/probe', { type: 'file-receiver', config: {} })).status).toBe(404);
});

it('tells each stage on a line of its own, up to the one that fails', async () => {
  const nowhere = createServer().listen(0, '127.0.0.1');
  await once(nowhere, 'listening');
  const { port } = nowhere.address() as AddressInfo;
  nowhere.close();
  const response = await program.send('POST', '/probe', { type: 'mail-sender', config: config({ address: `127.0.0.1:${port}` }) });
  expect(response.headers.get('content-type')).toContain('application/x-ndjson');
  const stages = await stagesOf(response);
  expect(stages[0]).toMatchObject({ stage: 'resolve' });
  expect(stages.at(-1)).toMatchObject({ stage: 'connect', state: 'failed', error: { code: 'MAIL_CONNECTION_REFUSED' } });
  expect(stages.filter((stage) => stage.state === 'failed')).toHaveLength(1);
});

it('hands out stages while the test runs, and ends it when the visitor leaves', async () => {
  const response = await program.send('POST', '/probe', { type: 'mail-sender', config: config() });
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(new TextDecoder().decode(value)).toContain('"stage":"resolve"');
  await expect.poll(() => openConnections, { timeout: 10_000 }).toBe(1);
  await reader?.cancel();
  await expect.poll(() => openConnections, { timeout: 10_000 }).toBe(0);
});

it('tests without a credential as far as that leads', async () => {
  const answering = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('* OK ready\r\n');
    socket.once('data', () => socket.write('* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nc OK done\r\n'));
  });
  answering.listen(0, '127.0.0.1');
  await once(answering, 'listening');
  const { port } = answering.address() as AddressInfo;
  const body = { type: 'mail-sender', config: config({ address: `127.0.0.1:${port}`, credential: '' }) };
  const stages = await stagesOf(await program.send('POST', '/probe', body));
  answering.close();
  expect(stages.at(-1)).toMatchObject({ stage: 'signIn', state: 'warning', sentence: 'Not tried: Credential Name is missing.' });
});

async function stagesOf(response: Response) {
  const lines = (await response.text()).trimEnd().split('\n');
  return lines.map((line) => probeStageSchema.parse(JSON.parse(line)));
}
