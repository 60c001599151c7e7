import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlowView } from '../../shared/api/flows.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** What a deployment freezes, and what is kept when two people draw at once. */

let server: TestServer;
let program: HttpClient;

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  await program.call('createCredential', {
    body: { name: 'orders', user: 'orders@example.com', password: 'very secret', allowedHosts: ['127.0.0.1'] },
  });
});
afterAll(() => server.close());

function drawing(maxMessages = 10, x = 0): FlowDocument {
  const config = { address: '127.0.0.1:1', protection: 'off', credential: 'orders', maxMessages };
  return {
    nodes: [
      { id: 'mail', type: 'mail-sender', position: { x, y: 0 }, config },
      { id: 'file', type: 'file-receiver', position: { x: x + 300, y: 0 }, config: {} },
    ],
    edges: [{ id: 'mail-file', from: 'mail', to: 'file' }],
  };
}

async function createFlow(): Promise<FlowView> {
  return program.call('createFlow', { body: { name: 'Orders', draft: drawing() } });
}

async function save({ id }: { id: string }, draft: FlowDocument, more: { keepsOther?: boolean } = {}): Promise<FlowView> {
  const { revision } = await program.call('getFlow', { params: { id } });
  return program.call('saveFlow', { params: { id }, body: { revision, draft, ...more } });
}

async function deploy({ id }: { id: string }, body: { note?: string; values?: Record<string, string> } = {}): Promise<number> {
  return (await program.call('deployFlow', { params: { id }, body })).version;
}

async function versionsOf({ id }: { id: string }) {
  return (await program.call('listVersions', { params: { id }, query: {} })).items;
}

describe('a deployment', () => {
  it('keeps its version when nodes were only moved', async () => {
    const flow = await createFlow();
    expect(await deploy(flow)).toBe(1);
    await save(flow, drawing(10, 80));
    expect(await deploy(flow)).toBe(1);
    await save(flow, drawing(11, 80));
    expect(await deploy(flow)).toBe(2);
    await save(flow, drawing(10, 400));
    expect(await deploy(flow)).toBe(1);
    expect(await versionsOf(flow)).toHaveLength(2);
  });

  it('makes a version of its own of the same drawing with other values, and goes back to the values of an earlier version', async () => {
    const flow = await createFlow();
    expect(await deploy(flow, { values: { folder: 'Orders' } })).toBe(1);
    expect(await deploy(flow, { values: { folder: 'Invoices' } })).toBe(2);
    expect((await program.call('getFlow', { params: { id: flow.id } })).parameterValues).toEqual({ folder: 'Invoices' });
    expect(await program.call('deployVersion', { params: { id: flow.id, version: 1 } })).toMatchObject({ version: 1 });
    expect((await program.call('getFlow', { params: { id: flow.id } })).parameterValues).toEqual({ folder: 'Orders' });
    expect(await versionsOf(flow)).toHaveLength(2);
  });

  it('finds the version of a drawing that was deployed before versions had hashes', async () => {
    const flow = await createFlow();
    await deploy(flow);
    await save(flow, drawing(12));
    await deploy(flow);
    await server.database.pool.query('update flow_version set content_hash = null where flow_id = $1', [flow.id]);
    await save(flow, drawing(10, 16));
    expect(await deploy(flow)).toBe(1);
  });

  it('has author and note in the list of versions; a note of a later deployment takes the place of the first', async () => {
    const flow = await createFlow();
    await deploy(flow, { note: 'First orders' });
    await deploy(flow);
    expect(await versionsOf(flow)).toMatchObject([{ version: 1, note: 'First orders', deployedBy: expect.stringMatching(/\S/) }]);
    await deploy(flow, { note: 'Orders, again' });
    expect(await versionsOf(flow)).toMatchObject([{ note: 'Orders, again' }]);
  });
});

describe('two people on one flow', () => {
  it('lose nothing when one saves over the other', async () => {
    const flow = await createFlow();
    await save(flow, drawing(11));
    await save(flow, drawing(12), { keepsOther: true });
    const { items } = await program.call('listKeptDrafts', { params: { id: flow.id } });
    expect(items.map(({ draft }) => draft)).toEqual([drawing(11)]);
  });

  it('keep nothing where the save was refused', async () => {
    const flow = await createFlow();
    await save(flow, drawing(11));
    const late = program.call('saveFlow', {
      params: { id: flow.id },
      body: { revision: flow.revision, draft: drawing(12), keepsOther: true },
    });
    await expect(late).rejects.toMatchObject({ answer: { code: 'FLOW_CHANGED_ELSEWHERE' } });
    expect((await program.call('listKeptDrafts', { params: { id: flow.id } })).items).toEqual([]);
  });

  it('find the last ten drawings that were set aside, newest first, and those of another flow apart', async () => {
    const [flow, other] = [await createFlow(), await createFlow()];
    await program.call('keepDraft', { params: { id: other.id }, body: { draft: drawing(99) } });
    for (let number = 1; number <= 12; number += 1)
      await program.call('keepDraft', { params: { id: flow.id }, body: { draft: drawing(number) } });
    const { items } = await program.call('listKeptDrafts', { params: { id: flow.id } });
    expect(items.map(({ draft }) => draft.nodes[0]?.config['maxMessages'])).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect((await program.call('listKeptDrafts', { params: { id: other.id } })).items).toHaveLength(1);
  });
});
