import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** Flows as files, by the API and by `npm run flows`. */

let server: TestServer;
let program: HttpClient;
let token: string;
let directory: string;

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  ({ token } = await server.accounts.createToken('flows', 'test'));
});
afterAll(() => server.close());
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'mailroom-flows-'));
});
afterEach(async () => {
  for (const { flowId } of (await program.call('listDeployments')).items)
    await server.database.pool.query('delete from deployment where flow_id = $1', [flowId]);
  for (const { id } of (await program.call('listFlows')).items) await program.call('deleteFlow', { params: { id } });
  await rm(directory, { recursive: true, force: true });
});

const orders = `mailroom: 1
name: Orders
description: To the shop
nodes:
  - id: mail
    type: mail-sender
    at: [80, 160]
    config:
      address: 127.0.0.1:1
      protection: off
      credential: orders
  - id: file
    type: file-receiver
    at: [440, 160]
    config:
      folder: orders
edges:
  - from: mail
    to: file
`;
const invoices = orders.replace('Orders', 'Invoices');
const broken = orders.replace('file-receiver', 'fax-receiver').replace('to: file', 'to: fax');

const names = async () => (await program.call('listFlows')).items.map(({ name }) => name).sort();
const write = (files: Record<string, string>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(directory, name), text)));

/** @returns exit code and what was written */
function flows(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  const script = path.join(import.meta.dirname, '../../scripts/flows.ts');
  const environment = { ...process.env, MAILROOM_URL: server.url, MAILROOM_API_TOKEN: token, ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: environment, timeout: 30_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('the API', () => {
  test('exports what it imported to the byte, as YAML and as JSON', async () => {
    const imported = await program.call('importFlows', { body: { files: [{ fileName: 'a.yaml', text: orders }] } });
    expect(imported).toMatchObject({ isDone: true, files: [{ name: 'Orders', problems: [], action: 'create' }] });
    const id = imported.files[0]?.flowId ?? '';
    for (const format of ['yaml', 'json'] as const) {
      const first = await program.call('exportFlow', { params: { id }, query: { format } });
      expect(first.fileName).toBe(`Orders.${format}`);
      const again = await program.call('importFlows', { body: { files: [{ fileName: 'b', text: first.text }] } });
      const second = await program.call('exportFlow', { params: { id: again.files[0]?.flowId ?? '' }, query: { format } });
      expect(second.text).toBe(first.text);
    }
  });

  test('imports nothing of several files where one is broken, and lists all that is wrong', async () => {
    const files = [
      { fileName: 'a.yaml', text: orders },
      { fileName: 'b.yaml', text: broken },
    ];
    const answer = await program.call('importFlows', { body: { files } });
    expect(answer).toMatchObject({
      isDone: false,
      files: [
        { flowId: null, problems: [] },
        { action: null, flowId: null },
      ],
    });
    expect(answer.files[1]?.problems.map(({ line, code }) => `${line} ${code}`)).toEqual(['13 FILE_TYPE_UNKNOWN', '19 FILE_NODE_MISSING']);
    expect(await names()).toEqual([]);
  });

  test('only tells what a dry run would do', async () => {
    const answer = await program.call('importFlows', { body: { files: [{ fileName: 'a', text: orders }], isDryRun: true } });
    expect(answer).toMatchObject({ isDone: false, files: [{ action: 'create', flowId: null }] });
    expect(await names()).toEqual([]);
  });

  test('keeps the draft that an import replaced, and leaves one alone that is the same', async () => {
    const importIt = (text: string) => program.call('importFlows', { body: { files: [{ fileName: 'a', text }], match: 'name' } });
    const id = (await importIt(orders)).files[0]?.flowId ?? '';
    expect((await importIt(orders)).files[0]).toMatchObject({ action: 'nothing', flowId: id });
    expect((await importIt(orders.replace('folder: orders', 'folder: other'))).files[0]).toMatchObject({ action: 'update', flowId: id });
    const kept = await program.call('listKeptDrafts', { params: { id } });
    expect(kept.items).toHaveLength(1);
    expect(await program.call('getFlow', { params: { id } })).toMatchObject({
      revision: 2,
      draft: { nodes: [{}, { config: { folder: 'other' } }] },
    });
  });

  test('never puts a password into a file: flows hold only the names of artifacts', async () => {
    await program.call('createCredential', {
      body: { name: 'orders', user: 'o@example.com', password: 'very secret', allowedHosts: ['127.0.0.1'] },
    });
    const { files } = await program.call('importFlows', { body: { files: [{ fileName: 'a', text: orders }] } });
    const { text } = await program.call('exportFlow', { params: { id: files[0]?.flowId ?? '' } });
    expect(text).toContain('credential: orders');
    expect(text).not.toMatch(/very secret|o@example/);
  });

  test('serves the schema of a file', async () => {
    const schema = await program.call('getFlowSchema');
    expect(JSON.stringify(schema)).toContain('"mail-sender"');
  });
});

describe('npm run flows', () => {
  test('validate works without a server, and says where each file is wrong', async () => {
    await write({
      'a.yaml': orders,
      'b.yaml': broken,
      'c.json': '{"mailroom": 2}',
      'd.yaml': orders.replace('address: 127.0.0.1:1', 'maxMessages: 0'),
    });
    const { code, out, err } = await flows(['validate', directory], { MAILROOM_URL: 'http://127.0.0.1:1', MAILROOM_API_TOKEN: '' });
    expect(code).toBe(1);
    expect(out).toContain("a.yaml: 'Orders' is fit to be deployed");
    expect(err).toContain('b.yaml:13:5: error FILE_TYPE_UNKNOWN');
    expect(err).toContain('b.yaml:19:5: error FILE_NODE_MISSING');
    expect(err).toContain('c.json:1:2: error FILE_NEWER');
    expect(err).toContain('d.yaml:9:7: error FIELD_INVALID');
    expect(err).toContain('3 of 4 files have errors.');
  });

  test('apply writes every flow or none', async () => {
    await write({ 'a.yaml': orders, 'b.yaml': broken });
    expect(await flows(['apply', directory])).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was applied') });
    expect(await names()).toEqual([]);
    await write({ 'b.yaml': invoices });
    expect(await flows(['apply', directory, '--dry-run'])).toMatchObject({
      code: 0,
      out: expect.stringContaining("a.yaml: 'Orders' would be created"),
    });
    expect(await names()).toEqual([]);
    expect(await flows(['apply', directory])).toMatchObject({ code: 0, out: expect.stringContaining("b.yaml: 'Invoices' created") });
    expect(await names()).toEqual(['Invoices', 'Orders']);
    expect(await flows(['apply', directory])).toMatchObject({ code: 0, out: expect.stringContaining("a.yaml: 'Orders' is the same") });
  });

  test('export writes what apply read, to the byte', async () => {
    await write({ 'a.yaml': orders });
    await flows(['apply', directory]);
    const out = path.join(directory, 'out');
    expect(await flows(['export', out])).toMatchObject({ code: 0 });
    expect(await readdir(out)).toEqual(['Orders.yaml']);
    const text = await readFile(path.join(out, 'Orders.yaml'), 'utf8');
    await flows(['apply', out]);
    await flows(['export', out]);
    expect(await readFile(path.join(out, 'Orders.yaml'), 'utf8')).toBe(text);
  });

  test('says how it is called, and which server it can not reach', async () => {
    expect(await flows(['aply', directory])).toMatchObject({ code: 64 });
    expect(await flows(['validate', path.join(directory, 'none')])).toMatchObject({ code: 64 });
    await write({ 'a.yaml': orders });
    const lost = await flows(['apply', directory], { MAILROOM_URL: 'http://127.0.0.1:1' });
    expect(lost).toMatchObject({ code: 1, err: expect.stringContaining("can't be reached") });
    const stranger = await flows(['apply', directory], { MAILROOM_API_TOKEN: 'wrong' });
    expect(stranger.code).toBe(1);
  });
});
