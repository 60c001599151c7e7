import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MailSettings } from '../../shared/alert-schemas.ts';
import { openAlertStore } from '../storage/alert-store.ts';
import { openWatchStore } from '../storage/watch-store.ts';
import { httpClient, rawRequest, type HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { startHttpServer } from './server.ts';

let server: TestServer;
let program: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
});
afterAll(() => server.close());

const mail = {
  type: 'mail',
  host: 'smtp.example.com',
  port: 587,
  protection: 'starttls-mandatory',
  trustedCertificate: '',
  authentication: 'password',
  credential: 'smtp',
  from: 'mailroom@example.com',
  to: ['ops@example.com'],
} satisfies MailSettings;
const webhook = { type: 'webhook', url: 'https://ops.example.com/hook' } as const;

test('nobody but a visitor sees alerts or who is told of them', async () => {
  const stranger = httpClient(server.url);
  for (const path of ['/alerts', '/alert-targets']) expect((await stranger.send('GET', path)).status).toBe(401);
});

test.each([
  [{ ...mail, protection: 'starttls-optional' }, 'settings.protection'],
  [{ ...mail, credential: '' }, 'settings.credential'],
  [{ ...mail, to: [] }, 'settings.to'],
  [{ ...mail, to: ['ops@example.com\r\nBcc: eve@example.com'] }, 'settings.to.0'],
  [{ ...mail, host: 'smtp.example.com:25' }, 'settings.host'],
  [{ ...webhook, url: 'file:///etc/passwd' }, 'settings.url'],
  [{ ...webhook, url: 'https://ada:secret@ops.example.com/' }, 'settings.url'],
  [{ ...webhook, authentication: 'bearer' }, 'settings.credential'],
  [{ ...webhook, headers: [{ name: 'Authorization', value: 'Bearer x' }] }, 'settings.headers.0.name'],
  [{ ...webhook, headers: [{ name: 'X-Team', value: 'a\r\nX-Evil: b' }] }, 'settings.headers.0.value'],
])('settings that would not work, or not be safe, are refused at their field: %j', async (settings, path) => {
  const answer = await program.send('POST', '/alert-targets', { name: 'Ops', settings });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { problems: { path: string }[] }).problems.map((problem) => problem.path)).toEqual([path]);
});

test('a target is made, changed, switched off and deleted', async () => {
  const made = await program.call('createAlertTarget', { body: { name: 'Ops', settings: mail } });
  expect(made).toMatchObject({ name: 'Ops', isEnabled: true, waiting: 0, lastSentAt: null, changedBy: 'token test' });
  await expect(program.call('createAlertTarget', { body: { name: 'Ops', settings: mail } })).rejects.toMatchObject({
    answer: { code: 'ALERT_TARGET_EXISTS' },
  });
  const params = { id: made.id };
  const saved = await program.call('saveAlertTarget', { params, body: { name: 'Night', isEnabled: false, settings: webhook } });
  expect(saved).toMatchObject({ id: made.id, name: 'Night', isEnabled: false, settings: { type: 'webhook', authentication: 'none' } });
  await program.call('deleteAlertTarget', { params });
  await expect(program.call('deleteAlertTarget', { params })).rejects.toMatchObject({ status: 404 });
  expect((await program.call('listAlertTargets')).items).toEqual([]);
});

test('a credential that a target needs is shown as used, and can not be deleted', async () => {
  await program.call('createCredential', { body: { name: 'smtp', user: 'ada', password: 'secret', allowedHosts: ['smtp.example.com'] } });
  const { id } = await program.call('createAlertTarget', { body: { name: 'Ops', settings: mail } });
  expect((await program.call('listCredentials')).items[0]?.usedBy).toMatchObject([{ flowId: null, flowName: 'alerts to Ops' }]);
  await expect(program.call('deleteCredential', { params: { name: 'smtp' } })).rejects.toMatchObject({
    answer: { code: 'CREDENTIAL_IN_USE' },
  });
  await program.call('deleteAlertTarget', { params: { id } });
  await program.call('deleteCredential', { params: { name: 'smtp' } });
});

test('/metrics tells a program of this machine, or one with a token, what is wrong, and nobody behind a proxy', async () => {
  const { pool } = server.database;
  await openWatchStore(pool).sign('here/1', 'worker');
  const alerts = openAlertStore(pool);
  const about = { error: null, flowId: null, nodeId: null, name: 'mail', count: 1 };
  const turn = (await alerts.takeTurn(0)) ?? 0;
  const rules = { clearAfterMs: 1_000, flapWithinMs: 1_000, clearAfterAtMostMs: 1_000 };
  await alerts.apply(turn, [{ ...about, kind: 'CERTIFICATE_EXPIRED', subject: 'mail', message: 'It is over.' }], rules);

  const { status, headers, text } = await rawRequest(`${server.url}/metrics`);
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const lines = text.split('\n');
  expect(lines).toContain('# TYPE mailroom_alerts_open gauge');
  expect(lines).toContain('mailroom_alerts_open{kind="CERTIFICATE_EXPIRED",severity="error"} 1');
  expect(lines).toContain('mailroom_alerts_open{kind="NO_WORKER",severity="error"} 0');
  expect(lines).toContain('mailroom_channels{health="late"} 0');
  expect(lines).toContain('mailroom_backlog_age_seconds 0');
  for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) expect(line).toMatch(/^[a-z0-9_]+(\{[^{}]+\})? [\d.]+$/);

  const proxied = { 'x-forwarded-for': '203.0.113.7' };
  expect((await rawRequest(`${server.url}/metrics`, { headers: proxied })).status).toBe(401);
  const { token } = await server.accounts.createToken({ name: 'prometheus', role: 'administrator', userId: null, expiresAt: null }, 'test');
  const named = { ...proxied, authorization: `Bearer ${token}` };
  expect((await rawRequest(`${server.url}/metrics`, { headers: named })).status).toBe(200);
});

test('a visitor who sends nothing, or stops reading, is cut off', async () => {
  const quick = await startHttpServer(server.parts, 0, { silenceMs: 300 });
  const silent = net.connect(quick.port, '127.0.0.1');
  await once(silent, 'connect');
  silent.write('GET /healthz HTTP/1.1\r\nHost: local');
  silent.resume();
  await once(silent, 'close', { signal: AbortSignal.timeout(10_000) });
  await quick.close();
});
