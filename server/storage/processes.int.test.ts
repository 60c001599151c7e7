import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { FlowError } from '../../shared/errors.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy } from '../testing/fault-proxy.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openDatabase } from './database.ts';
import { fingerprintOf } from './backup/format.ts';
import { rememberFormerKeys } from './key-lineage.ts';
import { enterProcess, type EnteredProcess, type ProcessOptions } from './processes.ts';
import { sqlOn } from './sql.ts';

let fixture: TestDatabase;
let directory: string;
let entered: EnteredProcess[];
let refused: FlowError[];

beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-processes-'));
  [entered, refused] = [[], []];
});
afterEach(async () => {
  await Promise.all(entered.map((one) => one.leave()));
  await sql().query('delete from process');
  await rm(directory, { recursive: true });
});

const sql = () => sqlOn(fixture.database.pool);
/** Lost after 1.5 s. */
const beatMs = 300;
const key = Buffer.alloc(32, 'k');

async function enter(self: Partial<ProcessOptions['self']> = {}, options: Partial<ProcessOptions> = {}): Promise<EnteredProcess> {
  const one = await enterProcess({
    pool: fixture.database.pool,
    blobsDirectory: directory,
    keys: { current: key, others: [] },
    self: { role: 'worker', version: '1.2.3', blobs: 'pg', ...self },
    isAlone: false,
    log: silentLog,
    onRefused: (error) => refused.push(error),
    beatMs,
    ...options,
  });
  entered.push(one);
  return one;
}
const on = (host: string) => ({ host, machine: host });
/** As if it had died at this moment, that many seconds ago. */
const die = async (one: EnteredProcess, secondsAgo: number) => {
  await one.leave();
  entered.splice(entered.indexOf(one), 1);
  await sql().query(
    `insert into process (id, host, machine, pid, role, version, blobs, key_check, mark, started_at, seen_at)
     select $1, 'mail-1', 'mail-1', 1, 'worker', '1.2.3', 'fs', key_check, '', now(), now() - $2 * interval '1 s' from process limit 1`,
    [one.id, secondsAgo],
  );
};

test('every process says what it is and what it has in hand', async () => {
  const worker = await enter({ ...on('mail-1') });
  const web = await enter({ ...on('mail-2'), role: 'web' });
  worker.report(() => ({ polls: 2, exchanges: 7, standing: 5 }));
  await eventually(async () => (await web.list())[0]?.standing === 5, { what: 'the next sign of life', deadlineMs: 10_000 });
  await worker.stopping();
  expect(await web.list()).toMatchObject([
    { host: 'mail-1', role: 'worker', version: '1.2.3', blobs: 'pg', polls: 2, exchanges: 7, standing: 5, state: 'stopping' },
    { host: 'mail-2', role: 'web', polls: 0, state: 'running' },
  ]);
  await worker.leave();
  expect((await web.list()).map(({ host }) => host)).toEqual(['mail-2']);
});

test('files of one machine are refused while a process of another lives', async () => {
  await enter({ ...on('mail-1'), blobs: 'pg' });
  await expect(enter({ ...on('mail-2'), blobs: 'fs' })).rejects.toMatchObject({ code: 'BLOBS_NOT_SHARED' });
  expect(await readdir(join(directory, 'seen'))).toHaveLength(1);
});

test('of two with files of their own that start at the same time one is refused', async () => {
  const both = await Promise.allSettled([enter({ ...on('mail-1'), blobs: 'fs' }), enter({ ...on('mail-2'), blobs: 'fs' })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('a directory that is declared shared has to be the same one: a copy of it is refused', async () => {
  const one = await enter({ ...on('mail-1'), blobs: 'fs-shared' });
  await enter({ ...on('mail-2'), blobs: 'fs-shared' });
  const copy = `${directory}-copy`;
  await cp(directory, copy, { recursive: true });
  onTestFinished(() => rm(copy, { recursive: true }));
  const [first] = await one.list();
  await eventually(async () => (await one.list())[0]?.seenAt.getTime() !== first?.seenAt.getTime(), { what: 'the next sign of life' });
  await expect(enter({ ...on('mail-3'), blobs: 'fs-shared' }, { blobsDirectory: copy })).rejects.toMatchObject({ code: 'BLOBS_NOT_SEEN' });
});

test('another master key is refused', async () => {
  await enter();
  await expect(enter({}, { keys: { current: Buffer.alloc(32, 'x'), others: [] } })).rejects.toMatchObject({ code: 'MASTER_KEY_DIFFERS' });
});

test('a process that died a moment ago is waited for, not obeyed', async () => {
  await enter({ blobs: 'pg', ...on('mail-2') });
  const dead = await enter({ blobs: 'pg', ...on('mail-1') });
  await die(dead, 0.8);
  const waiting = enter({ ...on('mail-2'), blobs: 'pg' });
  const one = await waiting;
  expect((await one.list()).map(({ state }) => state)).toEqual(['lost', 'running', 'running']);
});

test('who counted as dead comes back, unless another has started that it can not work beside', async () => {
  const first = await enter({ ...on('mail-1'), blobs: 'fs' });
  const forget = () => sql().query(`update process set seen_at = seen_at - interval '1 minute' where id = $1`, [first.id]);
  await forget();
  await eventually(async () => (await first.list())[0]?.state === 'running', { what: 'it to come back', deadlineMs: 10_000 });
  await forget();
  await enter({ ...on('mail-2'), blobs: 'pg' });
  await eventually(() => refused.length > 0, { what: 'it to be refused', deadlineMs: 15_000 });
  expect(refused).toMatchObject([{ code: 'BLOBS_NOT_SHARED' }]);
});

test('a database that is away for a while refuses nobody: the process comes back among the others', async () => {
  const url = new URL(fixture.database.url);
  const proxy = await startFaultProxy({ port: Number(url.port) });
  Object.assign(url, { hostname: '127.0.0.1', port: String(proxy.port) });
  const database = await openDatabase({ url: url.href, log: silentLog });
  try {
    const one = await enter(on('mail-1'), { pool: database.pool });
    const state = async () =>
      (await sql().query<{ isLive: boolean }>(`select seen_at > now() - interval '1 s' as "isLive" from process`))[0]?.isLive;
    proxy.fault({ cutServer: () => true });
    proxy.cutAll();
    await eventually(async () => (await state()) === false, { what: 'missed beats' });
    proxy.fault({});
    await eventually(async () => (await state()) === true, { what: 'the beat of a process that is back' });
    expect(refused).toEqual([]);
    await one.leave();
    entered.pop();
  } finally {
    await database.close();
    await proxy.close();
  }
});

test('a process that still has a master key from before its change is refused, also where nobody else lives', async () => {
  await rememberFormerKeys(fixture.database.pool, [fingerprintOf(key)]);
  await expect(enter()).rejects.toMatchObject({ code: 'MASTER_KEY_DIFFERS' });
  await enter({}, { keys: { current: randomBytes(32), others: [key] } });
  await sql().query('delete from setting');
});
