import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadMasterKey, masterKeyFrom } from './master-key.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'mailroom-test-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('the first start makes a key that only its owner can read, later starts find it', async () => {
  const key = await loadMasterKey(directory);
  expect(key).toHaveLength(32);
  expect((await stat(path.join(directory, 'master.key'))).mode & 0o777).toBe(0o600);
  expect(await loadMasterKey(directory)).toEqual(key);
});

test('several starts at once agree on one key', async () => {
  const keys = await Promise.all([1, 2, 3, 4, 5].map(() => loadMasterKey(directory)));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
});

test('two installations have different keys', async () => {
  const first = await loadMasterKey(directory);
  await rm(path.join(directory, 'master.key'));
  expect(await loadMasterKey(directory)).not.toEqual(first);
});

test.each(['', 'not a key', 'c2hvcnQ='])('a damaged file (%j) is reported and never replaced', async (content) => {
  const file = path.join(directory, 'master.key');
  await writeFile(file, content);
  await expect(loadMasterKey(directory)).rejects.toMatchObject({ code: 'MASTER_KEY_INVALID' });
  expect(await readFile(file, 'utf8')).toBe(content);
});

test('a key is read from hex, base64 and base64url', () => {
  const key = Buffer.alloc(32, 0xfb);
  for (const encoding of ['hex', 'base64', 'base64url'] as const) expect(masterKeyFrom(key.toString(encoding))).toEqual(key);
});

test.each(['', 'ab', 'g'.repeat(64), `${'A'.repeat(43)}!`])('%j is not a key', (text) => {
  expect(() => masterKeyFrom(text)).toThrow('32 bytes');
});
