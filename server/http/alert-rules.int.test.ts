import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertKinds } from '../../shared/alerts.ts';
import { judge, watchLimits } from '../runtime/watch-judge.ts';
import { lockedAt } from '../storage/account-locks.ts';
import { sqlOn, type Sql } from '../storage/sql.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

let server: TestServer;
let program: HttpClient;
let sql: Sql;
let flowId: string;
beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  sql = sqlOn(server.database.pool);
  flowId = (await program.call('createFlow', { body: { name: 'Orders' } })).id;
  await sql.query(
    `insert into deployment (flow_id, version, state, deployed_at, deployed_by) values ($1, 1, 'Started', now() - interval '3 days', 'Ada')`,
    [flowId],
  );
});
afterAll(() => server.close());

const rules = async () => (await program.call('listAlertRules')).items;
const found = async () => {
  const facts = await server.parts.watch.look();
  const findings = judge({ ...facts, workerSeenAt: facts.now, oldestWaiting: undefined }, watchLimits);
  return findings.map(({ kind, message }) => ({ kind, message }));
};

test('each kind has a rule as Mailroom comes with it, and what is changed is told with who changed it', async () => {
  expect((await rules()).map(({ kind }) => kind)).toEqual(alertKinds);
  const rule = { kind: 'CHANNEL_FAILING', flowId: null, isEnabled: true, value: 5 } as const;
  expect(await program.call('saveAlertRule', { body: rule })).toMatchObject({ ...rule, flowName: null, changedBy: 'token test' });
  await program.call('saveAlertRule', { body: { ...rule, flowId, value: 9 } });
  expect((await rules()).filter(({ kind }) => kind === 'CHANNEL_FAILING')).toMatchObject([
    { flowId: null, value: 5 },
    { flowId, flowName: 'Orders', value: 9 },
  ]);
  for (const id of [flowId, null]) await program.call('resetAlertRule', { body: { kind: 'CHANNEL_FAILING', flowId: id } });
  expect((await rules()).filter(({ kind }) => kind === 'CHANNEL_FAILING')).toMatchObject([{ value: 3, changedAt: null, changedBy: null }]);
  await expect(program.call('resetAlertRule', { body: { kind: 'CHANNEL_FAILING', flowId: null } })).rejects.toMatchObject({ status: 404 });
});

test.each([
  [{ kind: 'CHANNEL_FAILING', value: 0 }, 'value'],
  [{ kind: 'CHANNEL_FAILING', value: null }, 'value'],
  [{ kind: 'DEPLOYMENT_ERROR', value: 5 }, 'value'],
  [{ kind: 'NO_WORKER', value: 60, flowId: 'the flow' }, 'flowId'],
])('a rule that means nothing is refused at its field: %j', async (change, path) => {
  const body = { flowId: null, isEnabled: true, ...change, ...('flowId' in change && { flowId }) };
  const answer = await program.send('PUT', '/alert-rules', body);
  expect(answer.status).toBe(400);
  expect(JSON.stringify(await answer.json())).toContain(`"path":"${path}"`);
  expect((await rules()).every(({ changedAt }) => changedAt === null)).toBe(true);
});

test('only an administrator changes rules', async () => {
  const body = { kind: 'NO_MAIL', flowId: null, isEnabled: true, value: 5 } as const;
  for (const role of ['developer', 'operator', 'viewer'] as const) {
    await expect((await server.as(role)).call('saveAlertRule', { body })).rejects.toMatchObject({ status: 403 });
  }
  const body2 = { ...body, flowId: '00000000-0000-4000-8000-000000000000' };
  await expect(program.call('saveAlertRule', { body: body2 })).rejects.toMatchObject({ status: 404 });
});

test('the watchdog raises what the rules want: a flow without mail, Trace, and an account that is locked', async () => {
  expect(await found()).toEqual([]);
  await sql.query(`insert into flow_log_level (flow_id, level, until, set_by) values ($1, 'trace', now() + interval '5 min', 'Bo')`, [
    flowId,
  ]);
  await sql.query(`insert into "user" (id, name, email) values ('bo', 'Bo', 'bo@example.com')`);
  await sql.query('insert into account_lock (key, failures, first_at, last_at) values ($1, $2, now(), now())', [
    `account:${createHash('sha256').update('bo@example.com').digest('hex')}`,
    lockedAt,
  ]);
  expect((await found()).map(({ kind }) => kind)).toEqual(['ACCOUNT_LOCKED']);

  await program.call('saveAlertRule', { body: { kind: 'NO_MAIL', flowId, isEnabled: true, value: 48 } });
  await program.call('saveAlertRule', { body: { kind: 'TRACE_ON', flowId: null, isEnabled: true, value: null } });
  await program.call('saveAlertRule', { body: { kind: 'ACCOUNT_LOCKED', flowId: null, isEnabled: false, value: null } });
  const raised = await found();
  expect(raised.map(({ kind }) => kind)).toEqual(['NO_MAIL', 'TRACE_ON']);
  expect(raised[0]?.message).toBe("No mail has come in for 'Orders' for 72 h. None has come in so far.");
  expect(raised[1]?.message).toMatch(/until .* Bo has set it/);

  await program.call('saveAlertRule', { body: { kind: 'NO_MAIL', flowId, isEnabled: true, value: 100 } });
  expect((await found()).map(({ kind }) => kind)).toEqual(['TRACE_ON']);
});
