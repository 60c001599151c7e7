import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../server/testing/database.ts';
import { cookieAfter, httpClient } from '../server/testing/http-client.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../server/testing/mailroom-process.ts';

/** `npm run accounts` beside a Mailroom process. */

const ada = { email: 'ada@example.com', password: 'seven kettles under the stairs' };
const next = 'brass gears hum at noon';

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let mailroom: MailroomProcess;

beforeAll(async () => {
  [data, database] = await Promise.all([makeDataDirectory(), createTestDatabase('template')]);
  const env = { MAILROOM_ADMIN_EMAIL: ada.email, MAILROOM_ADMIN_PASSWORD: ada.password };
  mailroom = await startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url, env });
});
afterAll(async () => {
  await mailroom[Symbol.asyncDispose]();
  await database.drop();
  await data.remove();
});

async function accounts(args: string[], input = ''): Promise<{ code: number | null; out: string }> {
  const env = { ...process.env, DATABASE_URL: database.url, MAILROOM_DATA_DIR: data.path };
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'accounts.ts'), ...args], { env });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, out: stdout + stderr };
}

const signIn = async (password: string) => httpClient(mailroom.url).callWithResponse('signIn', { body: { email: ada.email, password } });

test('an administrator who is locked out is let in again from the command line', async () => {
  for (let i = 0; i < 5; i++) await expect(signIn('wrong')).rejects.toMatchObject({ status: 401 });
  await expect(signIn(ada.password)).rejects.toMatchObject({ status: 429 });
  expect((await accounts(['list'])).out).toMatch(/^ada@example\.com {2}Administrator {2}waits until /);
  expect(await accounts(['unlock', '--email', 'Ada@example.com'])).toEqual({ code: 0, out: 'Ada@example.com can sign in again.\n' });
  await signIn(ada.password);
  const { items } = await mailroom.call('listAudit', { query: { action: 'unlockUser' } });
  expect(items).toMatchObject([{ actor: { kind: 'command' }, subject: { name: ada.email }, outcome: 'done' }]);
});

test('a forgotten password is replaced by one from the standard input, and the sessions end', async () => {
  const { response } = await signIn(ada.password);
  const browser = httpClient(mailroom.url, { cookie: cookieAfter(response) });
  await browser.call('listFlows');
  const weak = await accounts(['reset', '--email', ada.email], 'adaadaadaadaada\n');
  expect(weak).toMatchObject({ code: 1, out: expect.stringContaining('PASSWORD_TOO_WEAK') });
  expect(await accounts(['reset', '--email', ada.email], `${next}\n`)).toMatchObject({ code: 0 });
  await expect(browser.call('listFlows')).rejects.toMatchObject({ status: 401 });
  await expect(signIn(ada.password)).rejects.toMatchObject({ status: 401 });
  await signIn(next);
});

test('mistakes are told, and nobody can put a password on the command line', async () => {
  expect(await accounts([])).toMatchObject({ code: 64, out: expect.stringContaining('list, unlock or reset') });
  expect(await accounts(['reset'])).toMatchObject({ code: 64, out: expect.stringContaining('--email') });
  expect(await accounts(['reset', '--email', ada.email, '--password', next])).toMatchObject({ code: 64 });
  expect(await accounts(['unlock', '--email', 'nobody@example.com'])).toMatchObject({ code: 1, out: expect.stringContaining('NOT_FOUND') });
});
