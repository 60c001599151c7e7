import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { blobContract, readAll } from '../../testing/blob-contract.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { openFsBlobs } from './fs.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-blobs-'));
});
afterEach(() => rm(directory, { recursive: true }));

const openBlobs = () => openFsBlobs({ directory, log: silentLog });
const bytesOf = (text: string) => new TextEncoder().encode(text);
const fileOf = (hash: string) => join(directory, hash.slice(0, 2), hash.slice(2));
const unfinished = () => readdir(join(directory, 'tmp'));

blobContract(() => ({
  open: openBlobs,
  unfinished: async () => (await unfinished()).length + (await readdir(join(directory, 'removing'))).length,
  age: (hash, putAt) => utimes(fileOf(hash), putAt, putAt),
}));

test('unfinished files of dead processes are removed at start, those of living ones stay', async () => {
  await openBlobs();
  // A process that has ended: nobody has its id now.
  const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
  const life = '11111111-2222-3333-4444-555555555555';
  const dead = `${life}.${stdout.trim()}.${life}-1@${hostname()}`;
  const formerSelf = `${life}.${process.pid}.${life}-1@${hostname()}`;
  const living = `${life}.${process.ppid}.${life}-1@${hostname()}`;
  const elsewhere = `${life}.7.${life}-1@another-machine`;
  const longElsewhere = `${life}.8.${life}-1@another-machine`;
  for (const name of [dead, formerSelf, living, elsewhere, longElsewhere]) await writeFile(join(directory, 'tmp', name), 'x');
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
  await utimes(join(directory, 'tmp', longElsewhere), twoDaysAgo, twoDaysAgo);
  await openBlobs();
  expect((await unfinished()).toSorted()).toEqual([living, elsewhere].toSorted());
});

test('content whose removal was broken off is there again after the next start', async () => {
  const { hash } = await (await openBlobs()).put(bytesOf('mail'));
  await writeFile(join(directory, 'removing', hash), 'mail');
  await rm(fileOf(hash));
  const blobs = await openBlobs();
  expect(String(await readAll(blobs.open(hash)))).toBe('mail');
});

test('stored mails can be read by their owner only', async () => {
  const { hash } = await (await openBlobs()).put(bytesOf('private'));
  expect((await stat(fileOf(hash))).mode & 0o077).toBe(0);
  expect((await stat(join(directory, hash.slice(0, 2)))).mode & 0o077).toBe(0);
});
