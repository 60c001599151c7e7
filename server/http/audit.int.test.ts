import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditView } from '../../shared/api/audit.ts';
import { routes, streamRoutes } from '../../shared/api.ts';
import { eventually } from '../testing/eventually.ts';
import { httpClient } from '../testing/http-client.ts';
import { administrator, startTestServer, type TestServer } from '../testing/http-server.ts';

let server: TestServer;
let program: Awaited<ReturnType<TestServer['program']>>;

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
});
afterAll(() => server.close());

const anyId = '01890000-0000-7000-8000-000000000000';

async function newest(action: string): Promise<AuditView> {
  const [line] = (await program.call('listAudit', { query: { action, limit: 1 } })).items;
  if (!line) throw new Error(`no line of ${action}`);
  return line;
}

it('a change leaves a line: who, from where, what, to which thing', async () => {
  const flow = await program.call('createFlow', { body: { name: 'Audited' } });
  const line = await newest('createFlow');
  expect(line).toMatchObject({
    actor: { kind: 'token', name: 'token test', role: 'administrator' },
    address: expect.stringMatching(/127\.0\.0\.1$/),
    subject: { kind: 'flows', id: flow.id, name: 'Audited', flowId: flow.id },
    outcome: 'done',
    code: null,
  });
  expect(Date.parse(line.at)).toBeLessThanOrEqual(Date.parse(line.endedAt ?? ''));
});

it('a setting is written down as it was before and after', async () => {
  const before = await program.call('getRetention');
  const after = { ...before, endedDays: 77 };
  await program.call('setRetention', { body: after });
  expect(await newest('setRetention')).toMatchObject({ subject: { kind: 'settings', name: 'retention' }, before, after });
});

it('what was refused leaves a line with its code, also when the role does not allow it', async () => {
  await expect(program.call('deleteFlow', { params: { id: anyId } })).rejects.toMatchObject({ status: 404 });
  expect(await newest('deleteFlow')).toMatchObject({ outcome: 'refused', code: 'NOT_FOUND', subject: { id: anyId } });
  const viewer = await server.as('viewer');
  await expect(viewer.call('createFlow', { body: { name: 'Not theirs' } })).rejects.toMatchObject({ status: 403 });
  expect(await newest('createFlow')).toMatchObject({ outcome: 'refused', code: 'NOT_ALLOWED', actor: { role: 'viewer' } });
});

it('a look at what a mail holds leaves a line, a look at a list none', async () => {
  await program.send('GET', `/messages/${anyId}/raw`);
  expect(await newest('getRawMail')).toMatchObject({ subject: { kind: 'messages', id: anyId }, outcome: 'refused', code: 'NOT_FOUND' });
  await program.call('listMessages');
  expect((await program.call('listAudit', { query: { action: 'listMessages' } })).items).toEqual([]);
});

it('every route that shows what mails hold leaves one', () => {
  const shown = Object.entries({ ...routes, ...streamRoutes }).filter(([, route]) => route.may === 'payload');
  expect(shown.length).toBeGreaterThan(2);
  for (const [name, route] of shown) expect([name, route.audit]).toEqual([name, 'view']);
});

it('the line is there before anything happens', async () => {
  const blocker = await server.database.pool.connect();
  try {
    await blocker.query('begin');
    await blocker.query('lock table flow in access exclusive mode');
    const creating = program.call('createFlow', { body: { name: 'Held up' } });
    const lines = () => server.database.pool.query(`select 1 from audit where action = 'createFlow' and outcome = 'begun'`);
    await eventually(async () => (await lines()).rowCount === 1, { what: 'the line of what has only begun' });
    await blocker.query('rollback');
    await creating;
    expect((await lines()).rowCount).toBe(0);
  } finally {
    blocker.release();
  }
});

it('saving a drawing again and again is one line', async () => {
  const flow = await program.call('createFlow', { body: { name: 'Saved often' } });
  let { revision } = flow;
  for (const description of ['a', 'b', 'c'])
    ({ revision } = await program.call('saveFlow', {
      params: { id: flow.id },
      body: { revision, description, name: flow.name, draft: flow.draft },
    }));
  expect((await program.call('listAudit', { query: { action: 'saveFlow', flowId: flow.id } })).items).toHaveLength(1);
});

it('a sign-in names the person, a failed one the account that was tried', async () => {
  await server.accounts.ensureAdministrator(administrator);
  const { email, password } = administrator;
  const client = httpClient(server.url);
  await expect(client.call('signIn', { body: { email, password: 'not the password' } })).rejects.toMatchObject({ status: 401 });
  expect(await newest('signIn')).toMatchObject({
    actor: { kind: 'anyone' },
    subject: { name: email },
    outcome: 'refused',
    code: 'SIGN_IN_FAILED',
  });
  await client.call('signIn', { body: { email, password } });
  expect(await newest('signIn')).toMatchObject({ actor: { kind: 'session', name: email }, outcome: 'done' });
});

it('no secret of a request is in it', async () => {
  const secret = 'pa55word-of-the-audit-test';
  await program.call('createCredential', {
    body: { name: 'audited', description: '', user: 'ada', password: secret, allowedHosts: ['mail.example.com'] },
  });
  expect(await newest('createCredential')).toMatchObject({ subject: { kind: 'credentials', id: 'audited' }, outcome: 'done' });
  const { rows } = await server.database.pool.query('select audit::text as line from audit');
  expect(rows.filter(({ line }: { line: string }) => line.includes(secret))).toEqual([]);
});

it('nobody changes or removes a line, and it is given its end once', async () => {
  const { pool } = server.database;
  for (const statement of [
    `update audit set actor_name = 'somebody else'`,
    `update audit set outcome = 'refused' where outcome = 'done'`,
    'delete from audit',
    'truncate audit',
  ])
    await expect(pool.query(statement)).rejects.toThrow(/audit log is not changed/);
});

it('is paged, filtered, and for administrators only', async () => {
  const first = await program.call('listAudit', { query: { limit: 2 } });
  expect(first.items).toHaveLength(2);
  const second = await program.call('listAudit', { query: { limit: 2, cursor: first.nextCursor ?? undefined } });
  expect(second.items.map(({ id }) => id)).not.toContain(first.items[0]?.id);
  const refused = await program.call('listAudit', { query: { outcome: 'refused', actor: 'TOKEN test', subject: 'viewer-less' } });
  expect(refused.items).toEqual([]);
  for (const role of ['developer', 'operator', 'viewer'] as const)
    await expect((await server.as(role)).call('listAudit')).rejects.toMatchObject({ status: 403 });
});

it('what was before and after a change of security material is told, without its secret', async () => {
  const params = { name: 'audited' };
  await program.call('saveCredential', {
    params,
    body: { description: 'now', user: 'bob', password: 'another-pa55word', allowedHosts: ['imap.example.com'] },
  });
  expect(await newest('saveCredential')).toMatchObject({
    before: { user: 'ada', description: '', allowedHosts: ['mail.example.com'] },
    after: { user: 'bob', description: 'now', allowedHosts: ['imap.example.com'] },
  });
  await program.call('deleteCredential', { params });
  expect(await newest('deleteCredential')).toMatchObject({ subject: { name: 'audited' }, before: { user: 'bob' } });
});
