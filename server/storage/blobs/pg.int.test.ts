import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { blobContract, inPieces, readAll, sha256 } from '../../testing/blob-contract.ts';
import { testDatabase, type TestDatabase } from '../../testing/database.ts';
import { sqlOn } from '../sql.ts';
import { openPgBlobs } from './pg.ts';

let fixture: TestDatabase;

beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.close());
beforeEach(() => sql().executeSql('truncate blob_content, blob_chunk, blob_upload'));

const sql = () => sqlOn(fixture.database.pool);
const count = async (from: string) => Number((await sql().query<{ count: string }>(`select count(*) from ${from}`))[0]?.count);
const strayChunks = 'blob_chunk where content not in (select content from blob_content)';

blobContract(() => ({
  open: () => Promise.resolve(openPgBlobs(fixture.database.pool)),
  unfinished: async () => (await count('blob_upload')) + (await count(strayChunks)),
  age: async (hash, putAt) => {
    await sql().query('update blob_content set put_at = $2 where hash = $1', [hash, putAt]);
  },
}));

test('a large mail is written while it is still coming in, and can be read chunk by chunk', async () => {
  const blobs = openPgBlobs(fixture.database.pool);
  const content = Buffer.alloc(2_000_000, 'one large mail ');
  let seen = 0;
  async function* watched() {
    for await (const piece of inPieces(content, 100_000)) {
      seen = Math.max(seen, await count('blob_chunk'));
      yield piece;
    }
  }
  const { hash } = await blobs.put(watched());
  expect(hash).toBe(sha256(content));
  expect(seen).toBe(6);
  const chunks = [];
  for await (const chunk of blobs.open(hash)) chunks.push(chunk.length);
  expect(Math.max(...chunks)).toBe(256 * 1024);
  expect((await readAll(blobs.open(hash))).equals(content)).toBe(true);
});

test('what a process that died was writing is removed a day later, what is being written stays', async () => {
  const blobs = openPgBlobs(fixture.database.pool);
  for (const age of ['25 hours', '1 hour']) {
    await sql().query(
      `with upload as (insert into blob_upload (content, begun_at) values (gen_random_uuid(), now() - $1::interval) returning content)
       insert into blob_chunk (content, number, bytes) select content, 0, 'x' from upload`,
      [age],
    );
  }
  const { hash } = await blobs.put(Buffer.from('whole'));
  const listed = [];
  for await (const blob of blobs.list()) listed.push(blob.hash);
  expect(listed).toEqual([hash]);
  expect([await count('blob_upload'), await count('blob_chunk')]).toEqual([1, 2]);
});
