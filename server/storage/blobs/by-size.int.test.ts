import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { blobContract, readAll, sha256 } from '../../testing/blob-contract.ts';
import { testDatabase, type TestDatabase } from '../../testing/database.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { sqlOn } from '../sql.ts';
import { maxSmallBytes } from './by-size.ts';
import { openBlobs } from './open-blobs.ts';

let fixture: TestDatabase;
let directory: string;

beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-by-size-'));
});
afterEach(async () => {
  await sql().query('truncate blob_content, blob_chunk, blob_upload');
  await rm(directory, { recursive: true });
});

const sql = () => sqlOn(fixture.database.pool);
const open = async () => (await openBlobs({ driver: 'fs', directory, pool: fixture.database.pool, log: silentLog })).blobs;
const files = async () => (await readdir(directory, { recursive: true })).filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{62}$/.test(name));
const rows = () => sql().query<{ hash: string }>('select hash from blob_content');

blobContract(() => ({
  open,
  unfinished: async () => (await readdir(join(directory, 'tmp'))).length + (await sql().query('select 1 from blob_upload')).length,
  age: async (hash, putAt) => {
    await sql().query('update blob_content set put_at = $2 where hash = $1', [hash, putAt]);
    await utimes(join(directory, hash.slice(0, 2), hash.slice(2)), putAt, putAt).catch(() => undefined);
  },
}));

test('what is small goes to the database, what is large or of unknown size to a file, and both are read and listed', async () => {
  const blobs = await open();
  const small = Buffer.alloc(maxSmallBytes, 'small ');
  const large = Buffer.alloc(maxSmallBytes + 1, 'large ');
  await Promise.all([blobs.put(small), blobs.put(large)]);
  await blobs.sync();
  expect(await rows()).toEqual([{ hash: sha256(small) }]);
  expect(await files()).toEqual([`${sha256(large).slice(0, 2)}/${sha256(large).slice(2)}`]);
  for (const content of [small, large]) expect((await readAll(blobs.open(sha256(content)))).equals(content)).toBe(true);
  const listed = [];
  for await (const { hash } of blobs.list()) listed.push(hash);
  expect(listed.toSorted()).toEqual([sha256(small), sha256(large)].toSorted());
});
