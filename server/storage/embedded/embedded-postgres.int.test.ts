import { lstatSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runModule, startChild, type Child } from '../../testing/child.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from './embedded-postgres.ts';
import { findIdentity } from './identity.ts';
import { isRunning } from './processes.ts';
import { bundledPrograms, type ProgramSource } from './programs.ts';

const isRoot = process.getuid?.() === 0;

/** Starts a server that is stopped when the test ends. */
async function start(dataDirectory: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDirectory, log: silentLog, ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function query<Row extends QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const notes = (url: string) => query<{ text: string }>(url, 'select text from note');
const writeNote = (url: string) => query(url, `create table note as select 'kept' as text`);

const embeddedModule = new URL('embedded-postgres.ts', import.meta.url).href;

/** A process of its own that starts the server and prints its id; `prepare` runs first in it. */
function startInChild(options: Pick<EmbeddedOptions, 'dataDirectory' | 'programSource'>, prepare = ''): Child {
  return runModule(`
    import { startEmbeddedPostgres } from ${JSON.stringify(embeddedModule)};
    ${prepare}
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const server = await startEmbeddedPostgres({ ...${JSON.stringify(options)}, log });
    console.log(JSON.stringify({ pid: server.pid, url: server.url }));
  `);
}

async function announced(child: Child): Promise<{ pid: number; url: string }> {
  return JSON.parse(await child.nextLine());
}

/** The bundled programs at another place, as npm leaves them with install scripts switched off: without links. */
async function programsWithoutLinks(directory: string): Promise<ProgramSource> {
  const bundled = await bundledPrograms();
  await cp(bundled.directory, directory, { recursive: true, filter: (name) => !lstatSync(name).isSymbolicLink() });
  return { version: bundled.version, directory };
}

const pidFileOf = (dataDirectory: string) => path.join(dataDirectory, 'postgres', 'data', 'postmaster.pid');

/** A database that was stopped, with one note in it and a pid file that names `pid`. */
async function stoppedWithPidFile(pid: number): Promise<string> {
  const dataDirectory = await temporaryDirectory();
  const server = await start(dataDirectory);
  await writeNote(server.url);
  const content = await readFile(pidFileOf(dataDirectory), 'utf8');
  await server.stop();
  await writeFile(pidFileOf(dataDirectory), content.replace(/^\d+/, String(pid)));
  const { uid, gid } = await stat(path.dirname(pidFileOf(dataDirectory)));
  await chown(pidFileOf(dataDirectory), uid, gid);
  return dataDirectory;
}

test('the first start makes a durable UTF-8 database on loopback that only the password opens; a second start keeps the data', async () => {
  const dataDirectory = await temporaryDirectory();
  const home = path.join(dataDirectory, 'postgres');
  await mkdir(path.join(home, 'unfinished-of-a-killed-start'), { recursive: true });
  const first = await start(dataDirectory);

  const settings = await query<{ name: string; setting: string }>(first.url, 'select name, setting from pg_settings');
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toMatchObject({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    server_encoding: 'UTF8',
    lc_messages: 'C',
  });
  expect(await query(first.url, `select datcollate from pg_database where datname = current_database()`)).toEqual([{ datcollate: 'C' }]);
  const withoutPassword = new URL(first.url);
  withoutPassword.password = 'guessed';
  await expect(query(withoutPassword.href, 'select 1')).rejects.toThrow('password authentication failed');

  expect((await stat(path.join(home, 'password'))).mode & 0o777).toBe(0o600);
  expect((await stat(path.join(home, 'data'))).mode & 0o777).toBe(0o700);
  expect((await readdir(home)).filter((name) => name.startsWith('unfinished-'))).toEqual([]);

  await writeNote(first.url);
  await first.stop();
  const second = await start(dataDirectory);
  expect(second.isAdopted).toBe(false);
  expect(await notes(second.url)).toEqual([{ text: 'kept' }]);
});

describe('whose process it is', () => {
  test.runIf(isRoot)('started by root it runs as another user, who alone can enter the data', async () => {
    const dataDirectory = await temporaryDirectory();
    const server = await start(dataDirectory);
    const { uid } = await stat(`/proc/${server.pid}`);
    expect(uid).not.toBe(0);
    expect((await stat(path.join(dataDirectory, 'postgres', 'data'))).uid).toBe(uid);
  });

  test.runIf(isRoot)('programs below a directory closed to that user are copied to where they can be reached', async () => {
    const dataDirectory = await temporaryDirectory();
    const closed = path.join(dataDirectory, 'home');
    await mkdir(closed, { mode: 0o700 });
    const bundled = await bundledPrograms();
    await cp(bundled.directory, path.join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    const server = await start(dataDirectory, { programSource: { version: 'closed', directory: path.join(closed, 'native') } });
    expect(await readdir(path.join(dataDirectory, 'postgres'))).toContain('programs-closed');
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test.runIf(isRoot)('a data directory below one closed to that user is refused with what to do', async () => {
    const closed = path.join(await temporaryDirectory(), 'home');
    await mkdir(path.join(closed, 'data'), { recursive: true });
    await chmod(closed, 0o700);
    await expect(start(path.join(closed, 'data'))).rejects.toMatchObject({
      code: 'EMBEDDED_DATABASE_UNREACHABLE',
      remedy: expect.stringContaining('MAILROOM_DATA_DIR'),
    });
  });

  test.runIf(isRoot)('started by an ordinary user it runs as that user', async () => {
    const dataDirectory = await temporaryDirectory();
    const { uid, gid } = await findIdentity(path.join(dataDirectory, 'postgres', 'data'));
    if (uid === undefined || gid === undefined) throw new Error('root has another identity');
    await chown(dataDirectory, uid, gid);
    const programSource = await programsWithoutLinks(path.join(dataDirectory, 'native'));
    const child = startInChild(
      { dataDirectory, programSource },
      `process.setgroups([]); process.setgid(${gid}); process.setuid(${uid}); process.once('SIGTERM', () => server.stop());`,
    );
    const { pid, url } = await announced(child);
    expect((await stat(`/proc/${pid}`)).uid).toBe(uid);
    expect((await stat(path.join(dataDirectory, 'postgres'))).mode & 0o777).toBe(0o700);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await child.kill('SIGTERM');
    expect(await isRunning(pid)).toBe(false);
  });
});

describe('its programs', () => {
  test('links that npm did not make are made in a copy; what npm installed is not touched', async () => {
    const dataDirectory = await temporaryDirectory();
    const programSource = await programsWithoutLinks(path.join(dataDirectory, 'native'));
    const before = await readdir(path.join(programSource.directory, 'lib'));
    const server = await start(dataDirectory, { programSource });
    expect(await query(server.url, `select 'ä' collate "und-x-icu" > 'a' as sorted`)).toEqual([{ sorted: true }]);
    expect(await readdir(path.join(programSource.directory, 'lib'))).toEqual(before);
  });

  test('a machine without them is told to bring a database', async () => {
    await expect(bundledPrograms('plan9-mips')).rejects.toMatchObject({
      code: 'EMBEDDED_DATABASE_MISSING',
      remedy: expect.stringContaining('DATABASE_URL'),
    });
  });
});

describe('a server left running by a killed process', () => {
  test('is taken over with its data, and stopped in the end', async () => {
    const dataDirectory = await temporaryDirectory();
    const child = startInChild({ dataDirectory });
    const left = await announced(child);
    await writeNote(left.url);
    await child.kill('SIGKILL');

    const server = await start(dataDirectory);
    expect(server).toMatchObject({ isAdopted: true, pid: left.pid });
    expect(await notes(server.url)).toEqual([{ text: 'kept' }]);
    await server.stop();
    expect(await isRunning(left.pid)).toBe(false);
  });

  test('is not taken over when another server answers at its port', async () => {
    const other = await start(await temporaryDirectory());
    const dataDirectory = await temporaryDirectory();
    const { password, port } = new URL(other.url);
    await mkdir(path.join(dataDirectory, 'postgres'), { recursive: true });
    await writeFile(path.join(dataDirectory, 'postgres', 'password'), password, { mode: 0o600 });
    const ours = await start(dataDirectory);
    const content = await readFile(pidFileOf(dataDirectory), 'utf8');
    await writeFile(pidFileOf(dataDirectory), content.replace(`\n${new URL(ours.url).port}\n`, `\n${port}\n`));

    await expect(start(dataDirectory)).rejects.toMatchObject({
      code: 'EMBEDDED_DATABASE_FAILED',
      message: expect.stringContaining('works in'),
    });
  });

  test('is not taken over when our password does not open it', async () => {
    const dataDirectory = await temporaryDirectory();
    await start(dataDirectory);
    await writeFile(path.join(dataDirectory, 'postgres', 'password'), 'another');
    await expect(start(dataDirectory)).rejects.toMatchObject({
      code: 'EMBEDDED_DATABASE_FAILED',
      details: expect.stringContaining('password'),
    });
  });
});

describe('a pid file left behind', () => {
  test('that names a process of somebody else does not keep the server from starting', async () => {
    const { uid, gid } = await findIdentity('/nonexistent');
    // Of the same user as the server, so that PostgreSQL itself could not tell it from one.
    const foreign = startChild('sleep', ['60'], uid && gid ? { uid, gid } : {});
    const server = await start(await stoppedWithPidFile(foreign.pid));
    expect(await notes(server.url)).toEqual([{ text: 'kept' }]);
    expect(await isRunning(foreign.pid)).toBe(true);
  });

  test('that names a zombie does not keep the server from starting', async () => {
    // The shell's child ends after the shell has become `sleep`, which never asks for its exit code.
    const parent = startChild('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60']);
    const zombie = Number(await parent.nextLine());
    await expect.poll(() => isRunning(zombie)).toBe(false);
    expect(process.kill(zombie, 0)).toBe(true);
    const server = await start(await stoppedWithPidFile(zombie));
    expect(await notes(server.url)).toEqual([{ text: 'kept' }]);
  });
});

describe('a server that dies', () => {
  test('is noticed, and it is started again at the same address with what was committed', async () => {
    const dataDirectory = await temporaryDirectory();
    let crashes = 0;
    const server = await start(dataDirectory, { onCrash: () => (crashes += 1) });
    await query(server.url, 'create table number as select n from generate_series(1, 400000) n');
    const { pid } = server;
    process.kill(pid, 'SIGKILL');
    await eventually(() => server.pid !== pid, { what: 'another server', deadlineMs: 20_000 });
    expect(await query(server.url, 'select count(*)::int from number')).toEqual([{ count: 400_000 }]);
    expect(await readFile(path.join(dataDirectory, 'postgres', 'server.log'), 'utf8')).toContain('starting up');
    await server.stop();
    expect(await isRunning(server.pid)).toBe(false);
    expect(crashes).toBe(0);
  });
});

describe('stopping', () => {
  test('is a fast shutdown even while clients are connected, and is no crash', async () => {
    const dataDirectory = await temporaryDirectory();
    let crashes = 0;
    const server = await start(dataDirectory, { onCrash: () => (crashes += 1) });
    const client = new Client({ connectionString: server.url });
    const disconnected = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await Promise.all([server.stop(), server.stop(), disconnected]);
    expect(await isRunning(server.pid)).toBe(false);
    expect(await readFile(path.join(dataDirectory, 'postgres', 'server.log'), 'utf8')).toMatch(
      /fast shutdown[^]*database system is shut down/,
    );
    expect(crashes).toBe(0);
  });

  test('does not wait for good for a server that hangs', async () => {
    const server = await start(await temporaryDirectory(), { stopWaitMs: 300 });
    process.kill(server.pid, 'SIGSTOP');
    await server.stop();
    expect(await isRunning(server.pid)).toBe(false);
  });
});
