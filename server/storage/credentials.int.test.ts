import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ChangeEvent } from '../ports/engine.ts';
import type { CredentialStore } from '../ports/security.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openCredentials } from './credentials.ts';
import { sqlOn } from './sql.ts';

const keys = { current: randomBytes(32), others: [] };
const orders = {
  name: 'orders',
  description: 'Orders',
  user: 'orders@example.com',
  password: 'pump & valve',
  allowedHosts: ['*.example.com'],
};

let fixture: TestDatabase;
let credentials: CredentialStore;
let published: ChangeEvent[];

beforeEach(async () => {
  fixture = await testDatabase();
  published = [];
  credentials = openCredentials({ database: fixture.database, keys, publish: (event) => published.push(event) });
});
afterEach(() => fixture.close());

const pool = () => sqlOn(fixture.database.pool);

function mailFlow(credential: string, receiver: Record<string, unknown> = {}): FlowDocument {
  return {
    nodes: [
      { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { address: 'mail.example.com', credential } },
      { id: 'http', type: 'http-receiver', position: { x: 0, y: 0 }, config: receiver },
    ],
    edges: [{ id: 'e', from: 'mail', to: 'http' }],
  };
}

async function addFlow(name: string, draft: FlowDocument, deployed?: FlowDocument): Promise<string> {
  const [flow] = await pool().query<{ id: string }>('insert into flow (name, draft) values ($1, $2) returning id', [
    name,
    JSON.stringify(draft),
  ]);
  if (!flow) throw new Error('no flow');
  if (deployed) {
    await pool().query(`insert into flow_version (flow_id, version, document, deployed_by) values ($1, 1, $2, 'anna')`, [
      flow.id,
      JSON.stringify(deployed),
    ]);
    await pool().query(`insert into deployment (flow_id, version, state, deployed_by) values ($1, 1, 'Started', 'anna')`, [flow.id]);
  }
  return flow.id;
}

async function addChannel(flowId: string, nodeId: string, credential: string, health: string, isActive = true): Promise<void> {
  await pool().query(
    `insert into channel (flow_id, node_id, name, version, type, config, is_active, health, failures_in_row, next_poll_at)
     values ($1, $2, $2, 1, 'mail-sender', $3, $4, $5, case when $5 = 'failing' then 3 else 0 end, now() + interval '20 minutes')`,
    [flowId, nodeId, JSON.stringify({ credential }), isActive, health],
  );
}
const dueChannels = async () =>
  (await pool().query<{ name: string }>('select name from channel where next_poll_at <= now() order by name')).map((row) => row.name);

test('a deployed artifact is listed without its secret and used with it', async () => {
  const created = await credentials.create(orders, 'anna');
  expect(created).toEqual({
    name: 'orders',
    description: 'Orders',
    user: 'orders@example.com',
    allowedHosts: ['*.example.com'],
    deployedAt: expect.any(Date),
    deployedBy: 'anna',
    usedBy: [],
    refusal: null,
    error: null,
  });
  expect(await credentials.list()).toEqual([created]);
  expect(await credentials.use('orders', 'mail.example.com')).toEqual({
    name: 'orders',
    user: 'orders@example.com',
    password: 'pump & valve',
  });
  expect(published).toEqual([{ kind: 'credential', id: 'orders' }]);
});

test('the database holds no readable password', async () => {
  await credentials.create(orders, 'anna');
  const [row] = await pool().query<{ secret: Buffer; all: string }>('select secret, credential::text as all from credential');
  expect(row?.secret.includes(orders.password)).toBe(false);
  expect(row?.all).not.toContain(orders.password);
});

test('it is handed out for allowed hosts only', async () => {
  await credentials.create(orders, 'anna');
  await expect(credentials.use('orders', 'evil.example.org')).rejects.toMatchObject({ code: 'CREDENTIAL_HOST_NOT_ALLOWED' });
  await expect(credentials.use('invoices', 'mail.example.com')).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_DEPLOYED' });
});

test('a name is taken once', async () => {
  await credentials.create(orders, 'anna');
  await expect(credentials.create({ ...orders, password: 'other' }, 'eve')).rejects.toMatchObject({ code: 'CREDENTIAL_EXISTS' });
  expect((await credentials.use('orders', 'mail.example.com')).password).toBe('pump & valve');
});

test('a changed artifact counts from the next use on; without a new password the old one stays', async () => {
  await credentials.create(orders, 'anna');
  const changed = await credentials.save('orders', { description: 'New', user: 'new', allowedHosts: ['mail.test'] }, 'berta');
  expect(changed).toMatchObject({ description: 'New', user: 'new', deployedBy: 'berta' });
  expect(await credentials.use('orders', 'mail.test')).toEqual({ name: 'orders', user: 'new', password: 'pump & valve' });
  await credentials.save('orders', { description: '', user: 'new', password: 'fresh', allowedHosts: ['mail.test'] }, 'berta');
  expect((await credentials.use('orders', 'mail.test')).password).toBe('fresh');
  expect(await credentials.save('invoices', { description: '', user: '', allowedHosts: [] }, 'berta')).toBeUndefined();
});

test('a change lifts the pauses after refused sign-ins and lets the failing channels try at once', async () => {
  await credentials.create(orders, 'anna');
  const flowId = await addFlow('Orders', mailFlow('orders'));
  await addChannel(flowId, 'failing', 'orders', 'failing');
  await addChannel(flowId, 'undeployed', 'orders', 'failing', false);
  await addChannel(flowId, 'healthy', 'orders', 'ok');
  await addChannel(flowId, 'other', 'invoices', 'failing');
  await pool().query(
    `insert into sign_in_pause (account, credential, refusals, until)
     values ('mail/orders', 'orders', 3, now() + interval '8 minutes'), ('mail/invoices', 'invoices', 3, now() + interval '8 minutes')`,
  );
  await credentials.save('orders', { description: '', user: 'orders', password: 'right', allowedHosts: ['mail'] }, 'anna');
  expect(await dueChannels()).toEqual(['failing']);
  expect(await pool().query('select credential from sign_in_pause')).toEqual([{ credential: 'invoices' }]);
});

test('the artifact a failing channel waited for lets it try as soon as it is there', async () => {
  await addChannel(await addFlow('Orders', mailFlow('orders')), 'waiting for it', 'orders', 'failing');
  await credentials.create(orders, 'anna');
  expect(await dueChannels()).toEqual(['waiting for it']);
});

test('it says which flows use it, in their draft or deployed, and not those that only hide its name', async () => {
  await credentials.create(orders, 'anna');
  await credentials.create({ ...orders, name: 'shop' }, 'anna');
  await addFlow('Draft', mailFlow('orders'));
  await addFlow('Deployed', mailFlow('other'), mailFlow('orders', { authentication: 'basic', credential: 'shop' }));
  await addFlow('Hidden', mailFlow('other', { authentication: 'none', credential: 'shop' }));
  expect(await credentials.list()).toMatchObject([
    {
      name: 'orders',
      usedBy: [
        { flowName: 'Deployed', nodeName: 'Mail', field: 'Credential Name', isDeployed: true, isDrawn: false },
        { flowName: 'Draft', isDeployed: false, isDrawn: true },
      ],
    },
    { name: 'shop', usedBy: [{ flowName: 'Deployed', nodeName: 'HTTP' }] },
  ]);
});

test('it can be removed while only drafts name it, but not from under a deployed flow', async () => {
  await credentials.create(orders, 'anna');
  await addFlow('Draft', mailFlow('orders'));
  const deployedId = await addFlow('Deployed', mailFlow('other'), mailFlow('orders'));
  await expect(credentials.remove('orders')).rejects.toMatchObject({
    code: 'CREDENTIAL_IN_USE',
    message: expect.stringContaining('Deployed'),
  });
  await pool().query('delete from deployment where flow_id = $1', [deployedId]);
  expect(await credentials.remove('orders')).toBe(true);
  expect(await credentials.remove('orders')).toBe(false);
  expect(await credentials.list()).toEqual([]);
});

test('with another master key the artifact is there, and using it says what to do', async () => {
  await credentials.create(orders, 'anna');
  const elsewhere = openCredentials({
    database: fixture.database,
    keys: { current: randomBytes(32), others: [] },
    publish: () => undefined,
  });
  expect(await elsewhere.list()).toHaveLength(1);
  await expect(elsewhere.use('orders', 'mail.example.com')).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG', remedy: expect.any(String) });
});
