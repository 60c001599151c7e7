import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { probeStageSchema } from '../../shared/probe.ts';
import { startPracticeMailbox } from '../practice/practice-mailbox.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { silentLog } from '../testing/silent-log.ts';

let directory: string;
let practice: Awaited<ReturnType<typeof startPracticeMailbox>>;
let server: TestServer;
let program: HttpClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-practice-'));
  practice = await startPracticeMailbox({ directory, port: 0, log: silentLog });
  server = await startTestServer({ practice });
  program = await server.program();
});
afterAll(async () => {
  await server.close();
  await practice.close();
  await rm(directory, { recursive: true, force: true });
});

it('is shown without its password', async () => {
  const response = await program.send('GET', '/practice');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ isAvailable: true, user: 'practice', address: practice.address });
  expect(text).not.toContain(practice.password);
});

it('gets its credential as often as asked for', async () => {
  const { credential } = await program.call('preparePractice');
  await program.call('preparePractice');
  const { items } = await program.call('listCredentials');
  expect(items).toMatchObject([{ name: credential, user: 'practice', allowedHosts: ['127.0.0.1'] }]);
});

it('takes a test mail', async () => {
  const before = await program.call('getPractice');
  const after = await program.call('sendPracticeMail', { body: { subject: 'Hello' } });
  expect(after).toMatchObject({ total: before.total + 1, unread: before.unread + 1 });
});

it('passes the connection test with that credential', async () => {
  const { credential, address } = await program.call('preparePractice');
  const config = { address, protection: 'off', credential };
  const response = await program.send('POST', '/probe', { type: 'mail-sender', config });
  const stages = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => probeStageSchema.parse(JSON.parse(line)));
  expect(stages.filter((stage) => stage.state === 'failed')).toEqual([]);
  expect(stages.find((stage) => stage.stage === 'counts' && stage.state === 'done')).toBeDefined();
});
