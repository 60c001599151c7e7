import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { openExchangeStore } from '../storage/exchange-store.ts';
import { openScheduleStore } from '../storage/schedule-store.ts';
import type { HttpClient } from '../testing/http-client.ts';

/** Values of parameters: given at each deployment, frozen in its version. */

let server: TestServer;
let program: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  await program.call('createCredential', { body: { name: 'orders', user: 'o', password: 'secret', allowedHosts: ['127.0.0.1'] } });
});
afterAll(() => server.close());

const draft = {
  nodes: [
    {
      id: 'mail',
      type: 'mail-sender',
      position: { x: 0, y: 0 },
      config: { address: '127.0.0.1:1', protection: 'off', credential: '{{who}}', maxMessages: '{{most}}' },
    },
    { id: 'file', type: 'file-receiver', position: { x: 300, y: 0 }, config: { folder: '{{folder}}/${header.subject}' } },
  ],
  edges: [{ id: 'mail--file', from: 'mail', to: 'file' }],
  parameters: [
    { name: 'folder', description: 'Where to' },
    { name: 'most', description: '', default: '20' },
    { name: 'who', description: '', default: 'orders' },
  ],
};

test('a deployment needs every value, keeps them in its version, and a way back brings them back', async () => {
  const { id } = await program.call('createFlow', { body: { name: 'By parameters', draft } });
  const params = { id };
  const deploy = (values: Record<string, string>) => program.call('deployFlow', { params, body: { values } });
  await expect(deploy({})).rejects.toMatchObject({ status: 409, answer: { message: expect.stringContaining("'folder' has no value") } });
  await expect(deploy({ folder: 'a', most: 'many' })).rejects.toMatchObject({ status: 409 });
  await expect(deploy({ folder: 'a', who: 'nobody' })).rejects.toMatchObject({ status: 409 });

  expect(await deploy({ folder: 'test' })).toMatchObject({ version: 1 });
  expect(await deploy({ folder: 'live', most: '7' })).toMatchObject({ version: 2 });
  expect(await deploy({ folder: 'test' })).toMatchObject({ version: 1 });
  expect(await program.call('deployVersion', { params: { id, version: 2 } })).toMatchObject({ version: 2 });

  const { pool } = server.database;
  const configsOf = async (version: number) => {
    const document = await openExchangeStore(pool, server.parts.queue as never).version(id, version);
    return document?.nodes.map(({ config }) => [config['folder'], config['maxMessages'], config['credential']]);
  };
  // A message that began with version 1 goes on with its values, whatever is deployed now.
  expect(await configsOf(1)).toEqual([
    [undefined, 20, 'orders'],
    ['test/${header.subject}', undefined, undefined],
  ]);
  expect(await configsOf(2)).toEqual([
    [undefined, 7, 'orders'],
    ['live/${header.subject}', undefined, undefined],
  ]);
  const [starting] = await openScheduleStore(pool).starting();
  expect(starting?.document.nodes[1]?.config).toEqual({ folder: 'live/${header.subject}' });
});

test('a credential that only a parameter names is in use', async () => {
  await expect(program.call('deleteCredential', { params: { name: 'orders' } })).rejects.toMatchObject({ status: 409 });
});
