import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BlobStore } from '../../ports/blobs.ts';
import { readAll, sha256 } from '../../testing/blob-contract.ts';
import { testDatabase, type TestDatabase } from '../../testing/database.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { sqlOn } from '../sql.ts';
import { moveBlobs } from './former.ts';
import { openFsBlobs } from './fs.ts';
import { openBlobs, type OpenBlobs } from './open-blobs.ts';
import { openPgBlobs } from './pg.ts';

let fixture: TestDatabase;
let directory: string;
let opened: OpenBlobs[];

beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-former-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await sqlOn(fixture.database.pool).query('truncate blob_content, blob_chunk, blob_upload');
  await rm(directory, { recursive: true });
});

const open = async (driver: 'fs' | 'pg', at = directory): Promise<BlobStore> => {
  const one = await openBlobs({ driver, directory: at, pool: fixture.database.pool, log: silentLog });
  opened.push(one);
  return one.blobs;
};
const mail = (number: number) => Buffer.alloc(number * 1_000, `mail ${number} `);
const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
const textOf = async (blobs: BlobStore, number: number) => String(await readAll(blobs.open(sha256(mail(number)))));

test('mails in files move into the database and can be read at any moment of it', async () => {
  const files = await open('fs');
  await Promise.all(numbers.map((number) => files.put(mail(number))));
  const blobs = await open('pg');
  for (const number of numbers) expect(await textOf(blobs, number)).toBe(String(mail(number)));
  const elsewhere = await open('pg', join(directory, 'of another machine'));
  await eventually(async () => (await Promise.all(numbers.map((number) => elsewhere.exists(sha256(mail(number)))))).every(Boolean), {
    what: 'all mails to be in the database',
    deadlineMs: 10_000,
  });
  for (const number of numbers) expect(await textOf(elsewhere, number)).toBe(String(mail(number)));
  await eventually(async () => (await readdir(directory, { recursive: true })).filter((name) => /[0-9a-f]{62}$/.test(name)).length === 0, {
    what: 'no file to be left',
  });
});

test('two processes of one machine move the same files side by side', async () => {
  const files = await openFsBlobs({ directory, log: silentLog });
  await Promise.all(numbers.map((number) => files.put(mail(number))));
  const database = openPgBlobs(fixture.database.pool);
  const move = () => moveBlobs({ from: files, to: database, log: silentLog });
  await Promise.all([move(), move()]);
  for (const number of numbers) expect(await textOf(database, number)).toBe(String(mail(number)));
});

test('a file that is damaged stays where it is', async () => {
  const files = await openFsBlobs({ directory, log: silentLog });
  const { hash } = await files.put(mail(1));
  await writeFile(join(directory, hash.slice(0, 2), hash.slice(2)), 'damaged');
  await moveBlobs({ from: files, to: openPgBlobs(fixture.database.pool), log: silentLog });
  expect(String(await readAll(files.open(hash)))).toBe('damaged');
});

test('mails in the database are read, listed and removed where new ones go to files', async () => {
  const { hash } = await (await open('pg')).put(mail(1));
  const files = await open('fs');
  const other = await files.put(mail(2));
  expect(await textOf(files, 1)).toBe(String(mail(1)));
  const listed = [];
  for await (const blob of files.list()) listed.push(blob.hash);
  expect(listed.toSorted()).toEqual([hash, other.hash].toSorted());
  expect(await files.remove(hash)).toBe(true);
  expect(await files.exists(hash)).toBe(false);
  await expect(readAll(files.open(hash))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
});
