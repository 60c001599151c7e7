import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { json, sqlOn, transaction } from './sql.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

test('a connection that breaks inside a transaction fails it, rolls it back and ends nothing else', async () => {
  const { pool } = db.database;
  const work = transaction(pool, async (sql) => {
    await sql.query(`insert into setting (key, value) values ('half', '1')`);
    await sql.query('select pg_terminate_backend(pg_backend_pid())');
  });
  await expect(work).rejects.toThrow();
  expect(await sqlOn(pool).query(`select 1 from setting where key = 'half'`)).toEqual([]);
});

test('text that PostgreSQL refuses is kept as far as it can be', async () => {
  const [row] = await sqlOn(db.database.pool).query<{ text: string; list: string[]; inner: string }>(
    `select $1::text as text, $2::text[] as list, $3::jsonb ->> 'inner' as inner`,
    ['a\0b', ['\uD800c'], json({ inner: 'd\0\uDC00' })],
  );
  expect(row).toEqual({ text: 'a\uFFFDb', list: ['\uFFFDc'], inner: 'd\uFFFD\uFFFD' });
});
