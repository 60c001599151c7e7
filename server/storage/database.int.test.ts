import { expect, test } from 'vitest';
import { createTestDatabase, testDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openDatabase, schema } from './database.ts';

test('a test database has the tables and starts empty', async () => {
  const { database, close } = await testDatabase();
  expect(await database.db.select().from(schema.flow)).toEqual([]);
  await close();
});

test('several processes may open an empty database at once', async () => {
  const { url, drop } = await createTestDatabase('empty');
  const opened = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ url, log: silentLog })));
  for (const { db, close } of opened) {
    expect(await db.select().from(schema.flow)).toEqual([]);
    await close();
  }
  await drop();
});

test('a database that nobody serves is reported as unavailable after the deadline', async () => {
  const opening = openDatabase({ url: 'postgres://mailroom:secret@127.0.0.1:1/mailroom', log: silentLog, connectDeadlineMs: 300 });
  await expect(opening).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', details: expect.not.stringContaining('secret') });
});

test('a refused password is reported at once, without waiting for the deadline', async () => {
  const { url, drop } = await createTestDatabase('empty');
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(openDatabase({ url: wrong.href, log: silentLog, connectDeadlineMs: 60_000 })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    details: expect.stringContaining('password authentication failed'),
  });
  await drop();
});

test('the pool replaces a connection that the server ended', async () => {
  const { database, close } = await testDatabase();
  const { rows } = await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { url, pool } = database;
  const other = await openDatabase({ url, log: silentLog });
  await other.pool.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  await other.close();
  await expect
    .poll(() =>
      pool.query('select 1').then(
        ({ rowCount }) => rowCount,
        () => 0,
      ),
    )
    .toBe(1);
  await close();
});
