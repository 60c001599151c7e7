import { randomBytes } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAccounts } from '../storage/accounts.ts';
import { schema } from '../storage/database.ts';
import { httpClient } from '../testing/http-client.ts';
import { administrator, startTestServer, type TestServer } from '../testing/http-server.ts';
import { silentLog } from '../testing/silent-log.ts';

/** What visitors see while the database is away: here a port nobody listens on. */

let server: TestServer;
let pool: Pool;
const logged: object[] = [];

beforeAll(async () => {
  const url = 'postgres://mailroom:the-password@127.0.0.1:1/mailroom';
  pool = new Pool({ connectionString: url });
  const database = { url, pool, db: drizzle(pool, { schema }), close: () => pool.end() };
  const log = { ...silentLog, error: (facts: object, text: string) => logged.push({ ...facts, text }) };
  const clock = { now: () => new Date() };
  const accounts = createAccounts({ database, log, clock, masterKey: randomBytes(32), publicUrl: undefined });
  server = await startTestServer({ accounts, log, isReady: async () => (await pool.query('select 1')).rowCount === 1 });
});
afterAll(async () => {
  await server.close();
  await pool.end();
});

it('is alive but not ready', async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
});

it('says that the database is away, whoever asks', async () => {
  const program = httpClient(server.url, { token: 'a-token-that-can-not-be-checked' });
  await expect(program.call('listFlows')).rejects.toMatchObject({ status: 503, answer: { code: 'DATABASE_UNAVAILABLE' } });
  const { email, password } = administrator;
  const nobody = httpClient(server.url);
  await expect(nobody.call('signIn', { body: { email, password } })).rejects.toMatchObject({ status: 503 });
});

it('does not count an outage as a failed sign-in', async () => {
  const { email, password } = administrator;
  const client = httpClient(server.url);
  for (let i = 0; i < 12; i++) {
    await expect(client.call('signIn', { body: { email, password } })).rejects.toMatchObject({ status: 503 });
  }
});

it('logs the cause, and neither passwords nor parameters', async () => {
  const text = JSON.stringify(logged);
  expect(text).toContain('ECONNREFUSED');
  expect(text).not.toContain(administrator.password);
  expect(text).not.toContain('the-password');
  expect(text).not.toContain(administrator.email);
});
