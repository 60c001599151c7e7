import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chain, node } from '../server/testing/flows.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../server/testing/mailroom-process.ts';
import { createTestDatabase } from '../server/testing/database.ts';

/** `npm run flows` against a Mailroom process. */

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let mailroom: MailroomProcess;
let directory: string;

beforeAll(async () => {
  [data, database] = await Promise.all([makeDataDirectory(), createTestDatabase('template')]);
  mailroom = await startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url });
  directory = await mkdtemp(path.join(tmpdir(), 'mailroom-flows-'));
});
afterAll(async () => {
  await mailroom[Symbol.asyncDispose]();
  await database.drop();
  await Promise.all([data.remove(), rm(directory, { recursive: true })]);
});

async function flows(...args: string[]): Promise<{ code: number; text: string }> {
  const env = { ...process.env, MAILROOM_URL: mailroom.url, MAILROOM_API_TOKEN: mailroom.token, MAILROOM_DATA_DIR: data.path };
  const script = path.join(import.meta.dirname, 'flows.ts');
  return promisify(execFile)(process.execPath, [script, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}

test('flows are exported, applied elsewhere, changed in the file and deployed, and nothing changes where nothing differs', async () => {
  const draft = chain(
    node('mail', 'mail-sender', { address: 'mail.example.com', credential: 'nobody' }),
    node('file', 'file-receiver', { folder: 'in' }),
  );
  const { id } = await mailroom.call('createFlow', { body: { name: 'Orders', draft } });
  expect(await flows('export', directory)).toEqual({ code: 0, text: expect.stringContaining('1 flow written') });
  const file = path.join(directory, 'orders.flow.yaml');
  const before = await readFile(file, 'utf8');

  expect(await flows('validate', directory)).toEqual({ code: 0, text: expect.stringContaining('1 file, 0 errors') });
  expect((await flows('apply', directory)).text).toContain('0 flows changed, 1 as they were, 0 deployed.');
  await mailroom.call('deleteFlow', { params: { id } });
  expect((await flows('apply', directory)).text).toContain('1 flow changed');
  await flows('export', directory);
  expect(await readFile(file, 'utf8')).toBe(before);

  await writeFile(file, before.replace('folder: in', 'folder: elsewhere'));
  expect((await flows('apply', directory)).text).toContain('1 flow changed');
  const [flow] = (await mailroom.call('listFlows')).items;
  expect((await mailroom.call('getFlow', { params: { id: flow?.id ?? '' } })).draft.nodes[1]?.config).toMatchObject({
    folder: 'elsewhere',
  });
  // Its credential is not there: the server says so, and the draft is kept.
  const refused = await flows('apply', directory, '--deploy');
  expect(refused).toEqual({ code: 1, text: expect.stringMatching(/The flow has .*problem/) });
}, 60_000);

test('flows are deployed with the values of a file, and keep them where none is named', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-flows-'));
  try {
    await mailroom.call('createCredential', { body: { name: 'valued', user: 'u', password: 'p', allowedHosts: ['127.0.0.1'] } });
    const draft = {
      ...chain(
        node('mail', 'mail-sender', { address: '127.0.0.1:1', protection: 'off', credential: 'valued' }),
        node('file', 'file-receiver', { folder: '{{folder}}' }),
      ),
      parameters: [{ name: 'folder', description: '' }],
    };
    const { id } = await mailroom.call('createFlow', { body: { name: 'Valued', draft } });
    const { text } = await mailroom.call('getFlowFile', { params: { id } });
    await writeFile(path.join(directory, 'valued.flow.yaml'), text);
    const values = path.join(directory, 'values.yaml');
    const apply = async () => flows('apply', directory, '--deploy', '--values', values);
    const deployed = async () => {
      const { parameterValues, deployment } = await mailroom.call('getFlow', { params: { id } });
      return [deployment?.version, parameterValues];
    };

    await writeFile(values, 'Valued:\n  folder: 2026\n');
    expect(await apply()).toEqual({ code: 0, text: expect.stringContaining('1 deployed') });
    expect(await deployed()).toEqual([1, { folder: '2026' }]);
    expect((await apply()).text).toContain('0 deployed');
    await writeFile(path.join(directory, 'valued.flow.yaml'), text.replace('127.0.0.1:1', '127.0.0.1:2'));
    expect((await flows('apply', directory, '--deploy')).text).toContain('1 deployed');
    expect(await deployed()).toEqual([2, { folder: '2026' }]);

    await writeFile(values, 'Valued:\n  other: x\nNobody:\n  folder: x\n');
    const refused = await apply();
    expect(refused.code).toBe(1);
    expect(refused.text).toContain("'Valued' has no parameter 'other'");
    expect(refused.text).toContain("There is no flow 'Nobody'");
    await mailroom.call('undeployFlow', { params: { id } });
  } finally {
    await rm(directory, { recursive: true });
  }
}, 60_000);

test('where one file is wrong, all of it is said with its place, and no flow is changed', async () => {
  const bad = await mkdtemp(path.join(tmpdir(), 'mailroom-flows-'));
  try {
    await writeFile(path.join(bad, 'a.flow.yaml'), 'mailroom: 1\nname: A\nnodes: []\nedges: []\n');
    await writeFile(
      path.join(bad, 'b.flow.yaml'),
      'mailroom: 1\nname: B\nnodes:\n  - {id: x, type: time-machine, at: [0, 0]}\nedges: []\n',
    );
    await writeFile(path.join(bad, 'c.flow.json'), '{"mailroom":1,"name":"A","nodes":[],"edges":[]}');
    const { code, text } = await flows('apply', bad);
    expect(code).toBe(1);
    expect(text).toContain(`${path.join(bad, 'b.flow.yaml')}:4:5: error: There is no adapter or step of type 'time-machine'.`);
    expect(text).toContain("'A' is in");
    expect((await mailroom.call('listFlows')).items.map(({ name }) => name)).not.toContain('A');
    expect(await readdir(bad)).toHaveLength(3);
  } finally {
    await rm(bad, { recursive: true });
  }
  expect(await flows('apply')).toMatchObject({ code: 64 });
});
