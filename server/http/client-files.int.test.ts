import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

let server: TestServer;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-client-'));
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>Mailroom</title>');
  await writeFile(join(directory, 'assets', 'index-abc123.js'), 'start()');
  await writeFile(join(directory, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(directory, '..', `${directory.split('/').at(-1)}.secret`), 'outside');
  server = await startTestServer({ clientDirectory: directory });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
  await rm(`${directory}.secret`, { force: true });
});

it.each(['/', '/flows/17', '/monitor/messages?status=FAILED'])('%s is the client, asked for again each time', async (path) => {
  const response = await fetch(server.url + path);
  expect(await response.text()).toContain('<title>Mailroom</title>');
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(response.headers.get('cache-control')).toBe('no-cache');
});

it('assets are kept for good', async () => {
  const response = await fetch(`${server.url}/assets/index-abc123.js`);
  expect(await response.text()).toBe('start()');
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
});

it('a missing asset is not the client in disguise', async () => {
  const response = await fetch(`${server.url}/assets/index-gone.js`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' });
});

it('nothing outside its directory is handed out', async () => {
  const name = `${directory.split('/').at(-1)}.secret`;
  for (const path of [`/..%2f${name}`, `/assets/..%2f..%2f${name}`]) {
    expect(await (await fetch(server.url + path)).text()).not.toContain('outside');
  }
});

it('a page can not be posted to', async () => {
  expect((await fetch(`${server.url}/flows`, { method: 'POST' })).status).toBe(404);
});
