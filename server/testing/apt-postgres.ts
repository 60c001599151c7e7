import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);

/** A PostgreSQL as an administrator runs it: the system's package, a cluster of its own, able to fail. */
export interface AptPostgres extends AsyncDisposable {
  url: string;
  /** `fast` ends all sessions first, `immediate` is a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** @param host where it listens besides loopback, and what its URL names */
export async function startAptPostgres({ host }: { host?: string } = {}): Promise<AptPostgres> {
  const programs = await findPrograms();
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-postgres-'));
  const cluster = path.join(directory, 'cluster');
  // PostgreSQL refuses to be root.
  const owner = process.getuid?.() === 0 ? await userNamed('postgres') : undefined;
  if (owner) await chown(directory, owner.uid, owner.gid);
  await chmod(directory, 0o700);
  const [port = 0] = await freePorts(1);
  const as = { ...owner, cwd: '/', env: { ...process.env, LC_ALL: 'C' } };
  await run(path.join(programs, 'initdb'), ['-D', cluster, '-U', 'mailroom', '--auth=trust', '--encoding=UTF8', '--no-sync'], as);

  const listen = ['127.0.0.1', ...(host ? [host] : [])].join(',');
  // The only host besides this one is a namespace on it.
  const hba = 'host all all samenet trust\n';
  await run('sh', ['-c', 'printf %s "$1" >> "$2/pg_hba.conf"', 'sh', hba, cluster], as);
  const settings = { port, listen_addresses: listen, unix_socket_directories: directory, max_connections: 200, shared_buffers: '64MB' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://mailroom@${host ?? '127.0.0.1'}:${port}/postgres`;
  let server: ChildProcess | undefined;

  const query: AptPostgres['query'] = async (text, values) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  async function start(): Promise<void> {
    server = spawn(path.join(programs, 'postgres'), ['-D', cluster, ...options], { ...as, stdio: 'ignore' });
    await eventually(
      () =>
        query('select 1').then(
          () => true,
          () => false,
        ),
      { what: 'PostgreSQL', deadlineMs: 30_000 },
    );
  }
  async function stop(mode: 'fast' | 'immediate'): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  await start();
  return {
    url,
    start,
    stop,
    query,
    async [Symbol.asyncDispose]() {
      await stop('immediate');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Debian keeps the programs of each version in a directory of its own, off the PATH. */
async function findPrograms(): Promise<string> {
  const base = '/usr/lib/postgresql';
  const versions = (await readdir(base).catch(() => [])).map(Number).filter((version) => version >= 15);
  if (versions.length === 0) throw new Error(`There is no PostgreSQL 15 or later below ${base}: apt-get install postgresql`);
  return path.join(base, String(Math.max(...versions)), 'bin');
}

async function userNamed(name: string): Promise<{ uid: number; gid: number }> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`There is no user ${name}.`);
  return { uid: Number(uid), gid: Number(gid) };
}
