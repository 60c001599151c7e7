import { randomBytes, randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { restoreMailroom } from '../../restore.ts';
import { readConfig } from '../../config.ts';
import type { BlobStore } from '../../ports/blobs.ts';
import { createTestDatabase, testDatabase, type TestDatabase } from '../../testing/database.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { collectBlobs } from '../blobs/collector.ts';
import { openFsBlobs } from '../blobs/fs.ts';
import { loadMasterKey } from '../master-key.ts';
import { messageIdAt } from '../message-ids.ts';
import { sqlOn, transaction } from '../sql.ts';
import { writeBackup, type BackupOptions } from './write-backup.ts';

let fixture: TestDatabase;
let data: string;
let backups: string;
let blobs: BlobStore;
let elsewhere: Awaited<ReturnType<typeof createTestDatabase>>;

beforeEach(async () => {
  [fixture, elsewhere] = await Promise.all([testDatabase(), createTestDatabase('empty')]);
  data = await temporaryDirectory();
  backups = path.join(await temporaryDirectory(), 'backups');
  blobs = await openFsBlobs({ directory: path.join(data, 'blobs'), log: silentLog });
  await loadMasterKey(data);
});
afterEach(async () => {
  await Promise.all([fixture.close(), elsewhere.drop()]);
});

const sql = () => sqlOn(fixture.database.pool);
const never = new AbortController().signal;

async function backUp(changes: Partial<BackupOptions> = {}) {
  return writeBackup({
    databaseUrl: fixture.database.url,
    blobs,
    blobsPlace: path.join(data, 'blobs'),
    masterKey: await loadMasterKey(data),
    masterKeyFile: path.join(data, 'master.key'),
    dataDirectory: data,
    directory: backups,
    mailroomVersion: '1.2.3',
    signal: never,
    log: silentLog,
    progress: () => undefined,
    ...changes,
  });
}

/** Into a database and a data directory that are empty, unless told otherwise. */
async function restore(
  options: { source?: string; dataDirectory?: string; url?: string; masterKey?: string; replaces?: boolean; undeployed?: boolean } = {},
) {
  const dataDirectory = options.dataDirectory ?? (await temporaryDirectory());
  const environment = {
    MAILROOM_DATA_DIR: dataDirectory,
    DATABASE_URL: options.url ?? elsewhere.url,
    ...(options.masterKey === undefined ? {} : { MAILROOM_MASTER_KEY: options.masterKey }),
  };
  const report = await restoreMailroom({
    config: readConfig(environment, { isRoot: false, homeDirectory: '/' }),
    source: options.source ?? backups,
    replaces: options.replaces ?? false,
    undeployed: options.undeployed ?? false,
    signal: never,
    log: silentLog,
    progress: () => undefined,
  });
  return { ...report, dataDirectory };
}

async function inRestored<T>(work: (query: (text: string) => Promise<Record<string, unknown>[]>) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: elsewhere.url });
  await client.connect();
  try {
    return await work(async (text) => (await client.query<Record<string, unknown>>(text)).rows);
  } finally {
    await client.end();
  }
}

/** A mail that was taken in: its bytes, the row of the blob, and that of the message. */
async function takeIn(text: string, status = 'COMPLETED'): Promise<{ id: string; hash: string }> {
  const blob = await blobs.put(Buffer.from(text));
  const at = new Date();
  const id = messageIdAt(at);
  await transaction(fixture.database.pool, async (tx) => {
    await tx.query('insert into blob (hash, size_bytes) values ($1, $2) on conflict (hash) do update set marked_at = null', [
      blob.hash,
      blob.sizeBytes,
    ]);
    await tx.query(
      `insert into message_log (id, flow_id, version, channel_id, node_id, status, attempt, turn, subject, "from", "to", mail_message_id, size_bytes, raw_hash,
                                received_at, next_attempt_at)
       values ($1, $1, 1, $1, 'mail', $2, 3, 2, $3, E'a\\tb\\\\c\\nd', 'ü €', '', $4, $5, $6, case when $2 = 'RETRY' then now() + interval '1 hour' end)`,
      [id, status, text, blob.sizeBytes, blob.hash, at],
    );
  });
  return { id, hash: blob.hash };
}

const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60 * 1000);
const collect = (days: number) => collectBlobs({ database: fixture.database, blobs, log: silentLog, now: inDays(days) });
const fileOf = (directory: string, hash: string) => path.join(directory, 'blobs', hash.slice(0, 2), hash.slice(2));
const backupNames = async () => (await readdir(backups)).filter((name) => name.endsWith('Z'));

/** The same mails, of which the first one that is read waits until it is let go on. */
function pausing(): { blobs: BlobStore; isReached: Promise<void>; goOn: () => void } {
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const open: BlobStore['open'] = async function* (hash) {
    reached.resolve();
    await goOn.promise;
    yield* blobs.open(hash);
  };
  return { blobs: { ...blobs, open }, isReached: reached.promise, goOn: () => goOn.resolve() };
}

describe('a backup of a Mailroom that runs', () => {
  test('holds the rows of one moment and every mail they refer to, whatever changes while tables are copied', async () => {
    const mails = await Promise.all(Array.from({ length: 50 }, (_, index) => takeIn(`before ${index}`)));
    // Holds the backup up at a table behind the log and before the list of mails.
    const holder = await fixture.database.pool.connect();
    await holder.query('begin; lock table trusted_certificate in access exclusive mode');
    const backup = backUp();
    await eventually(async () => {
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'mailroom backup' and wait_event_type = 'Lock'`;
      return (await sql().query(waiting)).length > 0;
    });
    const late = await takeIn('late');
    await sql().query('delete from message_log where id = $1', [mails[7]?.id]);
    await holder.query('commit');
    holder.release();
    await backup;

    const { dataDirectory } = await restore();
    await inRestored(async (query) => {
      const hashes = (await query('select raw_hash from message_log')).map((row) => String(row['raw_hash']));
      expect(hashes).toHaveLength(50);
      expect(hashes).not.toContain(late.hash);
      for (const hash of hashes) expect((await stat(fileOf(dataDirectory, hash))).isFile()).toBe(true);
      expect(await query(`select distinct "from", "to" from message_log`)).toEqual([{ from: 'a\tb\\c\nd', to: 'ü €' }]);
    });
  });

  test('nothing that it needs is removed meanwhile, however old, and is afterwards', async () => {
    const mails = await Promise.all(Array.from({ length: 20 }, (_, index) => takeIn(`mail ${index}`)));
    const paused = pausing();
    const backup = backUp({ blobs: paused.blobs });
    await paused.isReached;
    await sql().query('delete from message_log');
    expect(await collect(0)).toMatchObject({ marked: 20, removed: 0 });
    expect(await collect(3)).toMatchObject({ removed: 0 });
    paused.goOn();
    expect(await backup).toMatchObject({ mails: 20, copied: 20, missing: [] });
    for (const { hash } of mails) expect((await stat(fileOf(backups, hash))).isFile()).toBe(true);
    // The server lets go of the lock when it has noticed the end of the connection.
    await eventually(async () => (await collect(3)).removed === 20);
  });

  test('two at once are refused', async () => {
    await takeIn('mail');
    const paused = pausing();
    const first = backUp({ blobs: paused.blobs });
    await paused.isReached;
    await expect(backUp({ directory: `${backups}-2`, holdDeadlineMs: 300 })).rejects.toMatchObject({ code: 'BACKUP_RUNNING' });
    paused.goOn();
    await first;
  });

  test('one that is cancelled, or whose database goes away, leaves no backup, and the mails it has copied for the next', async () => {
    await takeIn('mail');
    const cancelling = new AbortController();
    const paused = pausing();
    const cancelled = backUp({ blobs: paused.blobs, signal: cancelling.signal });
    await paused.isReached;
    cancelling.abort(new Error('cancelled'));
    paused.goOn();
    await expect(cancelled).rejects.toThrow('cancelled');

    await takeIn('another mail');
    const again = pausing();
    const cut = backUp({ blobs: again.blobs });
    await again.isReached;
    await sql().query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mailroom backup' and datname = current_database()`,
    );
    again.goOn();
    await expect(cut).rejects.toMatchObject({ code: 'BACKUP_INTERRUPTED' });
    expect(await readdir(backups)).toEqual(['blobs', 'mailroom-backups.json']);
    await expect(restore()).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });

  test('what a killed one left is no backup, and the next one clears it away', async () => {
    await takeIn('mail');
    const whole = await backUp();
    // As it is until the very last step.
    await rename(whole.path, path.join(backups, 'unfinished-0123456789ab'));
    await expect(restore()).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    await rename(path.join(backups, 'unfinished-0123456789ab'), whole.path);
    await rm(path.join(whole.path, 'manifest.json'));
    await expect(restore({ source: whole.path })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    await mkdir(path.join(backups, 'unfinished-ba9876543210'));
    await backUp();
    expect((await readdir(backups)).filter((name) => name.startsWith('unfinished'))).toEqual([]);
  });

  test('mails that are there are not copied again, damaged ones are, and what only older backups needed goes with them', async () => {
    const [old, kept] = [await takeIn('old'), await takeIn('kept')];
    expect(await backUp()).toMatchObject({ mails: 2, copied: 2 });
    await appendFile(fileOf(backups, kept.hash), '!');
    await sql().query('delete from message_log where id = $1', [old.id]);
    await takeIn('new');
    expect(await backUp({ keep: 2 })).toMatchObject({ mails: 2, copied: 2, removed: { backups: 0, blobs: 0 } });
    expect(await readFile(fileOf(backups, kept.hash), 'utf8')).toBe('kept');
    expect(await backUp({ keep: 2 })).toMatchObject({ mails: 2, copied: 0, removed: { backups: 1, blobs: 1 } });
    expect(await backupNames()).toHaveLength(2);
    await expect(stat(fileOf(backups, old.hash))).rejects.toThrow('ENOENT');
    await restore();
  });

  test('a mail that Mailroom has lost is named; when none is found, the place is wrong and there is no backup', async () => {
    const [lost] = [await takeIn('lost'), await takeIn('there')];
    await rm(fileOf(data, lost.hash));
    expect(await backUp()).toMatchObject({ mails: 2, missing: [lost.hash] });
    const { mails } = await restore();
    expect(mails).toBe(1);
    const empty = await openFsBlobs({ directory: await temporaryDirectory(), log: silentLog });
    await expect(backUp({ blobs: empty, directory: `${backups}-2` })).rejects.toMatchObject({ code: 'BACKUP_MAILS_NOT_FOUND' });
  });

  test('only its owner may read it', async () => {
    await takeIn('mail');
    const { path: made } = await backUp();
    const modes = async (directory: string): Promise<string[]> =>
      (
        await Promise.all(
          (await readdir(directory, { withFileTypes: true })).map(async (entry) => {
            const file = path.join(directory, entry.name);
            const mode = ((await stat(file)).mode & 0o777).toString(8);
            return entry.isDirectory() ? [mode, ...(await modes(file))] : [mode];
          }),
        )
      ).flat();
    expect(new Set(await modes(backups))).toEqual(new Set(['700', '600']));
    expect(await readFile(path.join(made, 'master.key'), 'utf8')).toBe(await readFile(path.join(data, 'master.key'), 'utf8'));
  });
});

describe('where a backup may go', () => {
  test('not into the data directory, among other things, or among backups of another Mailroom', async () => {
    await expect(backUp({ directory: path.join(data, 'backups') })).rejects.toMatchObject({ code: 'BACKUP_TARGET_INSIDE' });
    const other = await temporaryDirectory();
    await writeFile(path.join(other, 'holiday.jpg'), '');
    await expect(backUp({ directory: other })).rejects.toMatchObject({ code: 'BACKUP_TARGET_NOT_EMPTY' });
    await backUp();
    await expect(backUp({ masterKey: randomBytes(32) })).rejects.toMatchObject({ code: 'BACKUP_TARGET_OTHER' });
    await expect(backUp({ directory: path.join(other, 'holiday.jpg') })).rejects.toMatchObject({ code: 'BACKUP_NOT_WRITABLE' });
  });

  test('a full disk is named, and leaves no backup', async () => {
    await takeIn('mail');
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    const open: BlobStore['open'] = async function* () {
      yield await Promise.reject<Uint8Array>(full);
    };
    await expect(backUp({ blobs: { ...blobs, open } })).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await backupNames()).toEqual([]);
  });
});

describe('a restore', () => {
  test('gives every open message one job, at its attempt and its time, and leaves out what was of the moment', async () => {
    const [running, waiting] = [await takeIn('running', 'PROCESSING'), await takeIn('waiting', 'RETRY')];
    await takeIn('done');
    await sql().query(`insert into lease values ('box', 'worker', nextval('lease_token'), now(), now() + interval '1 hour')`);
    await sql().query(`insert into "user" (id, name, email) values ('u', 'Ada', 'ada@example.com')`);
    await sql().query(`insert into session (id, user_id, token, expires_at) values ('s', 'u', 't', now() + interval '1 day')`);
    await backUp();
    expect(await restore()).toMatchObject({ inFlight: 2 });
    await inRestored(async (query) => {
      const jobs = await query(
        `select data, start_after > now() + interval '50 minutes' as "isLater" from pgboss.job where name = 'exchange'`,
      );
      const job = ({ id }: { id: string }) => ({ messageId: id, attempt: 3, turn: 2, flowId: id });
      expect(jobs).toHaveLength(2);
      expect(jobs).toContainEqual({ data: job(running), isLater: false });
      expect(jobs).toContainEqual({ data: job(waiting), isLater: true });
      expect(await query('select 1 from lease')).toEqual([]);
      expect(await query('select 1 from session')).toEqual([]);
      expect(await query('select email from "user"')).toEqual([{ email: 'ada@example.com' }]);
      expect(Number((await query(`select nextval('lease_token') as token`))[0]?.['token'])).toBeGreaterThan(1_000_000_000);
    });
  });

  test('brings the same rows, sequences, constraints and triggers as there were', async () => {
    const channel = randomUUID();
    await sql().query(`insert into flow (id, name, draft) values ($1, 'Orders', '{"nodes":[],"edges":[]}')`, [channel]);
    await sql().query(
      `insert into channel (id, flow_id, node_id, name, version, type, config) values ($1, $1, 'mail', 'Orders', 1, 'mail-sender', '{}')`,
      [channel],
    );
    await sql().query(
      `insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes, flags)
       select $1, 'host/user/INBOX', '1', n::text, 'taken', n, array['\\Seen', 'a "b"', null] from generate_series(1, 5000) n`,
      [channel],
    );
    await takeIn('mail');
    await backUp();
    await restore();
    const shape = `select json_build_object(
      'ledger', (select md5(string_agg(l::text, '|' order by id)) from ledger l),
      'messages', (select md5(string_agg(m::text, '|' order by id)) from message_log m),
      'next', nextval('ledger_id_seq'),
      'constraints', (select json_agg(pg_get_constraintdef(oid) order by conrelid::regclass::text, conname) from pg_constraint where connamespace = 'public'::regnamespace),
      'indexes', (select json_agg(indexdef order by indexname) from pg_indexes where schemaname = 'public'),
      'triggers', (select json_agg(tgname || ' ' || tgenabled::text order by tgname) from pg_trigger where not tgisinternal)) as shape`;
    const [before] = await sql().query(shape);
    expect((await inRestored((query) => query(shape)))[0]).toEqual(before);
    await inRestored(async (query) => {
      await expect(
        query(`insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes) values (gen_random_uuid(), '', '', '', '', 0)`),
      ).rejects.toThrow('foreign key');
    });
  });

  test.each([
    ['a table is cut', async (made: string) => truncate(path.join(made, 'database', 'message_log.copy.gz'), 10)],
    ['a table is missing', async (made: string) => rm(path.join(made, 'database', 'flow.copy.gz'))],
    ['the list of mails is changed', async (made: string) => appendFile(path.join(made, 'blobs.txt'), '\n')],
    ['a mail is changed', async (made: string, hash: string) => appendFile(fileOf(path.dirname(made), hash), '!')],
    ['a mail is missing', async (made: string, hash: string) => rm(fileOf(path.dirname(made), hash))],
    ['the key is changed', async (made: string) => writeFile(path.join(made, 'master.key'), randomBytes(32).toString('base64'))],
  ])('changes nothing when %s', async (_what, damage) => {
    const { hash } = await takeIn('mail');
    const { path: made } = await backUp();
    await damage(made, hash);
    const dataDirectory = await temporaryDirectory();
    await expect(restore({ dataDirectory })).rejects.toMatchObject({ code: expect.stringMatching(/BACKUP_(DAMAGED|KEY_DIFFERS)/) });
    expect(await readdir(dataDirectory)).toEqual([]);
    await inRestored(async (query) =>
      expect(await query(`select 1 from pg_class where relnamespace = 'public'::regnamespace`)).toEqual([]),
    );
  });

  test('refuses a database that is not empty unless told, one of others in any case, and one on which Mailroom runs', async () => {
    await takeIn('mail');
    await backUp();
    await restore();
    await expect(restore()).rejects.toMatchObject({ code: 'RESTORE_NOT_EMPTY', message: expect.stringContaining('message_log') });
    await inRestored((query) => query(`update message_log set subject = 'changed since'`));
    expect(await restore({ replaces: true })).toMatchObject({ mails: 1 });
    await inRestored(async (query) => expect(await query('select subject from message_log')).toEqual([{ subject: 'mail' }]));

    const running = new Client({ connectionString: elsewhere.url, application_name: 'mailroom' });
    await running.connect();
    await expect(restore({ replaces: true })).rejects.toMatchObject({ code: 'RESTORE_WHILE_RUNNING' });
    await running.end();

    const foreign = await createTestDatabase('empty');
    const owner = new Client({ connectionString: foreign.url });
    await owner.connect();
    await owner.query('create table invoice as select 1 as number');
    await expect(restore({ url: foreign.url, replaces: true })).rejects.toMatchObject({ code: 'RESTORE_FOREIGN_TABLES' });
    expect((await owner.query('select number from invoice')).rowCount).toBe(1);
    await owner.end();
    await foreign.drop();
  }, 30_000);

  test('one that fails half-way leaves what was there', async () => {
    await takeIn('mail');
    const { path: made } = await backUp();
    await restore();
    const manifest = path.join(made, 'manifest.json');
    const changed = (await readFile(manifest, 'utf8')).replaceAll('"rows": 1,', '"rows": 2,');
    await writeFile(manifest, changed);
    await inRestored((query) => query(`update message_log set subject = 'changed since'`));
    await expect(restore({ replaces: true })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    await inRestored(async (query) => expect(await query('select subject from message_log')).toEqual([{ subject: 'changed since' }]));
  });

  test('the key: taken from the backup, from outside where it is not in it, and never replaced unasked', async () => {
    await takeIn('mail');
    const key = await loadMasterKey(data);
    await backUp();
    const { dataDirectory } = await restore();
    expect(await loadMasterKey(dataDirectory)).toEqual(key);
    expect((await stat(path.join(dataDirectory, 'master.key'))).mode & 0o777).toBe(0o600);

    const outside = `${backups}-2`;
    await backUp({ directory: outside, masterKeyFile: undefined });
    await expect(restore({ source: outside })).rejects.toMatchObject({ code: 'BACKUP_KEY_NEEDED' });
    await expect(restore({ source: outside, masterKey: randomBytes(32).toString('hex') })).rejects.toMatchObject({
      code: 'BACKUP_KEY_DIFFERS',
    });
    await restore({ source: outside, masterKey: key.toString('hex'), replaces: true });

    const used = await temporaryDirectory();
    await loadMasterKey(used);
    await expect(restore({ dataDirectory: used, replaces: false })).rejects.toMatchObject({ code: 'BACKUP_KEY_DIFFERS' });
    await restore({ dataDirectory: used, replaces: true });
    expect(await loadMasterKey(used)).toEqual(key);
    expect((await readdir(used)).filter((name) => name.startsWith('master.key.before-'))).toHaveLength(1);
  });

  test('undeployed: no flow runs and no mailbox is visited before a person deploys it', async () => {
    const id = randomUUID();
    await sql().query(`insert into flow (id, name, draft) values ($1, 'Orders', '{"nodes":[],"edges":[]}')`, [id]);
    await sql().query(`insert into deployment (flow_id, version, state, deployed_by) values ($1, 1, 'Started', 'Ada')`, [id]);
    await sql().query(
      `insert into channel (id, flow_id, node_id, name, version, type, config, is_active, next_poll_at) values ($1, $1, 'mail', 'Orders', 1, 'mail-sender', '{}', true, now())`,
      [id],
    );
    await backUp();
    await restore({ undeployed: true });
    await inRestored(async (query) => {
      expect(await query('select 1 from deployment')).toEqual([]);
      expect(await query('select is_active from channel')).toEqual([{ is_active: false }]);
    });
  });

  test('a backup of tables that are not known here is refused', async () => {
    const { path: made } = await backUp();
    const manifest = path.join(made, 'manifest.json');
    const { migrations, ...rest } = JSON.parse(await readFile(manifest, 'utf8'));
    await writeFile(manifest, JSON.stringify({ ...rest, migrations: [...migrations, 'ab'.repeat(32)] }));
    await expect(restore()).rejects.toMatchObject({ code: 'BACKUP_TOO_NEW' });
  });

  test('one made before the newest migrations is brought up to date', async () => {
    const { path: made } = await backUp();
    const manifest = path.join(made, 'manifest.json');
    const { migrations, tables, ...rest } = JSON.parse(await readFile(manifest, 'utf8'));
    // As the tables were after the first migration, empty.
    const first = new Set(['flow', 'channel', 'setting']);
    const later = new Set([
      'started_at',
      'leaves_out_before',
      'is_in_order',
      'is_standing',
      'parameter_values',
      'server_said',
      'server_said_at',
    ]);
    const older = tables
      .filter(({ name }: { name: string }) => first.has(name))
      .map((table: { columns: string[] }) => ({
        ...table,
        columns: table.columns.filter((column) => !later.has(column)),
      }));
    await writeFile(
      manifest,
      JSON.stringify({ ...rest, migrations: migrations.slice(0, 1), tables: older, partitions: [], sequences: [] }),
    );
    await restore();
    await inRestored(async (query) => {
      expect(await query('select hash from drizzle.__drizzle_migrations order by id')).toEqual(
        migrations.map((hash: string) => ({ hash })),
      );
      expect(await query('select is_in_order from channel')).toEqual([]);
    });
  });
});
