import { spawn } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backUp } from './backup.ts';
import { readConfig } from './config.ts';
import { rotateKey, rotationSteps, type RotationStep } from './rotate-key.ts';
import { openCredentials, openSecureParameters } from './storage/credentials.ts';
import { openDataDirectory } from './storage/data-directory.ts';
import { loadKeyRing, type KeyRing } from './storage/key-ring.ts';
import { keyPairSecretName, openKeyPairs } from './storage/key-pairs.ts';
import { keepRequest, takeRequest } from './storage/oauth2-requests.ts';
import { readClient, readTokens, writeTokens } from './storage/oauth2-rows.ts';
import { enterProcess } from './storage/processes.ts';
import { seal } from './storage/secret-box.ts';
import { sealedColumns } from './storage/sealed-columns.ts';
import { sqlOn } from './storage/sql.ts';
import { testDatabase, type TestDatabase } from './testing/database.ts';
import { silentLog } from './testing/silent-log.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

let fixture: TestDatabase;
let data: string;
beforeEach(async () => {
  [fixture, data] = [await testDatabase(), await temporaryDirectory()];
});
afterEach(() => fixture.close());

const sql = () => sqlOn(fixture.database.pool);
const environment = (more: Record<string, string> = {}) => ({ MAILROOM_DATA_DIR: data, DATABASE_URL: fixture.database.url, ...more });
const configOf = (more?: Record<string, string>) => readConfig(environment(more), { isRoot: false, homeDirectory: '/' });
const rotate = (more?: Record<string, string>) =>
  rotateKey({ config: configOf(more), signal: new AbortController().signal, log: silentLog, progress: () => undefined });
const ring = () => loadKeyRing({ masterKey: undefined, otherMasterKey: undefined, dataDirectory: data });
const text = (key: Buffer) => key.toString('base64');

/** One secret of each kind; that of `orders` sealed as before keys had ids. Returns the state of the authorization under way. */
async function fill(keys: KeyRing): Promise<string> {
  const publish = () => undefined;
  await openCredentials({ database: fixture.database, keys, publish }).create(
    { name: 'invoices', description: '', user: 'ada', password: 'hunter2', allowedHosts: ['any.example'] },
    'anna',
  );
  await sql().query(
    `insert into credential (name, "user", secret, allowed_hosts, deployed_by) values ('orders', 'bob', $1, '{any.example}', 'anna')`,
    [sealAsBefore(keys.current, 'orders', 'hunter3')],
  );
  await openSecureParameters({ database: fixture.database, keys, publish }).create(
    { name: 'shop', description: '', secret: 'api-key', allowedHosts: ['any.example'] },
    'anna',
  );
  await sql().query(
    `insert into credential (name, kind, "user", secret, allowed_hosts, deployed_by) values ('cloud', 'oauth2', 'ada', $1, '{any.example}', 'anna')`,
    [seal(keys, 'cloud client secret', 'client-secret')],
  );
  await sql().query(
    `insert into oauth2_credential (name, provider, tenant, authorization_url, token_url, client_id, send_as, scope)
     values ('cloud', 'other', '', 'https://id.example/a', 'https://id.example/t', 'mailroom', 'basic', 'mail')`,
  );
  await writeTokens(sql(), keys, 'cloud', {
    accessToken: 'access-1',
    expiresIn: 3600,
    refreshToken: 'refresh-1',
    refreshExpiresIn: undefined,
  });
  await sql().query(`insert into key_pair (name, pem, private_key, deployed_by) values ('ada', '', $1, 'anna')`, [
    seal(keys, keyPairSecretName('ada'), 'private'),
  ]);
  return keepRequest(sql(), keys, 'session', { credential: 'cloud', redirectUrl: 'https://mail.example/', codeVerifier: 'verifier' });
}

function sealAsBefore(key: Buffer, name: string, secret: string): Buffer {
  const nonce = randomBytes(12);
  const box = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  box.setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([box.update(secret, 'utf8'), box.final()]);
  return Buffer.concat([nonce, box.getAuthTag(), ciphertext]);
}

/** What those who use them get. */
async function secretsWith(keys: KeyRing): Promise<(string | undefined)[]> {
  const publish = () => undefined;
  const credentials = openCredentials({ database: fixture.database, keys, publish });
  const tokens = await readTokens(sql(), keys, 'oauth2', 'cloud');
  return [
    (await credentials.use('invoices', 'any.example')).password,
    (await credentials.use('orders', 'any.example')).password,
    await openSecureParameters({ database: fixture.database, keys, publish }).use('shop', 'any.example'),
    (await readClient(sql(), keys, 'cloud'))?.clientSecret,
    tokens?.accessToken,
    tokens?.refreshToken,
    (await openKeyPairs({ database: fixture.database, keys, publish }).useAll())[0]?.privateKey,
  ];
}
const secrets = ['hunter2', 'hunter3', 'api-key', 'client-secret', 'access-1', 'refresh-1', 'private'];
const alone = (key: Buffer): KeyRing => ({ current: key, others: [] });

/** Ends as if the machine had lost its power right after that step. */
async function killedAt(step: RotationStep): Promise<void> {
  const script = fileURLToPath(new URL('testing/killed-rotation.ts', import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, MAILROOM_MASTER_KEY: '', ...environment(), MAILROOM_TEST_KILL_AT: step },
    stdio: 'inherit',
  });
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
}

test('every secret is sealed with the new key, and the former opens none and is gone', async () => {
  const before = await ring();
  const state = await fill(before);
  expect(await rotate()).toEqual({ count: 8, resealed: 8, wasUnfinished: false });

  const after = await ring();
  expect(after.others).toEqual([]);
  expect(after.current.equals(before.current)).toBe(false);
  expect(await secretsWith(after)).toEqual(secrets);
  expect(await takeRequest(sql(), after, 'session', state)).toMatchObject({ codeVerifier: 'verifier' });
  await expect(secretsWith(before)).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
  expect((await readdir(data)).filter((name) => name.startsWith('master.key'))).toEqual(['master.key']);
  expect((await stat(path.join(data, 'master.key'))).mode & 0o777).toBe(0o600);
});

test.each(rotationSteps)('killed after "%s", Mailroom reads every secret, and the command goes on from there', async (step) => {
  const before = await ring();
  await fill(before);
  await killedAt(step);

  const between = await ring();
  expect(await secretsWith(between)).toEqual(secrets);
  const report = await rotate();
  expect(report.wasUnfinished).toBe(['new key in place', 'sealed a column', 'sealed'].includes(step));
  const after = await ring();
  expect(await secretsWith(alone(after.current))).toEqual(secrets);
  expect(after).toMatchObject({ others: [] });
  await expect(secretsWith(before)).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
  // What was begun is ended: no third key.
  if (report.wasUnfinished) expect(after.current.equals(between.current)).toBe(true);
});

test('a secret that the key does not open stops it before anything is changed', async () => {
  const before = await ring();
  await fill(before);
  await sql().query(`update credential set secret = $1 where name = 'orders'`, [seal(alone(randomBytes(32)), 'orders', 'lost')]);
  await expect(rotate()).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG', message: expect.stringContaining("'orders'") });
  expect(await ring()).toEqual(before);
  expect((await readdir(data)).filter((name) => name.startsWith('master.key'))).toEqual(['master.key']);
});

test('a key in a file is not changed while Mailroom runs, here or elsewhere', async () => {
  const keys = await ring();
  const directory = await openDataDirectory(data);
  await expect(rotate()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
  directory.release();
  const worker = await enter(keys);
  await expect(rotate()).rejects.toMatchObject({ code: 'KEY_CHANGE_NEEDS_STOP', message: expect.stringContaining('worker on mail-1') });
  await worker.leave();
  expect(await ring()).toEqual(keys);
});

test('keys of the environment: with processes that have both it goes on while they run, and not before', async () => {
  const [former, fresh] = [randomBytes(32), randomBytes(32)];
  await fill(alone(former));
  await expect(rotate({ MAILROOM_MASTER_KEY: text(fresh) })).rejects.toMatchObject({ code: 'KEY_CHANGE_NEEDS_BOTH' });
  const both = { MAILROOM_MASTER_KEY: text(fresh), MAILROOM_OTHER_MASTER_KEY: text(former) };

  const old = await enter({ current: former, others: [fresh] });
  const next = await enter({ current: fresh, others: [former] });
  await expect(rotate(both)).rejects.toMatchObject({ code: 'KEY_CHANGE_TOO_EARLY' });
  await old.leave();
  expect(await Promise.all([rotate(both), rotate(both)])).toMatchObject([{ count: 8 }, { count: 8 }]);
  expect(await secretsWith(alone(fresh))).toEqual(secrets);
  expect(await rotate(both)).toMatchObject({ resealed: 0 });
  await next.leave();
  await expect(
    rotate({ ...both, MAILROOM_OTHER_MASTER_KEY: text(randomBytes(32)), MAILROOM_MASTER_KEY: text(randomBytes(32)) }),
  ).rejects.toMatchObject({
    code: 'MASTER_KEY_WRONG',
  });
});

test('backups go on in the same directory, and none is made with half a change', async () => {
  const backups = await temporaryDirectory();
  await fill(await ring());
  await runBackup(backups);
  await killedAt('sealed a column');
  await expect(runBackup(backups)).rejects.toMatchObject({ code: 'KEY_CHANGE_UNFINISHED' });
  await rotate();
  const { path: made } = await runBackup(backups);
  expect(await readFile(path.join(made, 'master.key'), 'utf8')).toBe(await readFile(path.join(data, 'master.key'), 'utf8'));
});

test('no column with sealed values is forgotten', async () => {
  const found = await sql().query<{ place: string }>(
    `select table_name || '.' || column_name as place from information_schema.columns
      where table_schema = 'public' and data_type = 'bytea' order by 1`,
  );
  // Mails, and answers without secrets that are kept for a repeated request.
  const open = ['blob_content.bytes', 'blob_chunk.bytes', 'request_done.answer'];
  expect(found.map(({ place }) => place).filter((place) => !open.includes(place))).toEqual(
    [...new Set(sealedColumns.map(({ table, column }) => `${table}.${column}`))].toSorted(),
  );
});

function enter(keys: KeyRing) {
  return enterProcess({
    pool: fixture.database.pool,
    blobsDirectory: path.join(data, 'blobs'),
    keys,
    self: { role: 'worker', version: '1', blobs: 'pg', host: 'mail-1', machine: 'mail-1' },
    isAlone: false,
    log: silentLog,
    onRefused: () => undefined,
  });
}

function runBackup(directory: string) {
  return backUp({
    config: configOf(),
    directory,
    signal: new AbortController().signal,
    log: silentLog,
    progress: () => undefined,
  });
}
