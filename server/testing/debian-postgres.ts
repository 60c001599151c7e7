import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findIdentity } from '../storage/embedded/identity.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);
const home = '/usr/lib/postgresql';

/** The PostgreSQL of the system, another version than the embedded one, on a free port in a temporary directory. */
export async function startDebianPostgres(): Promise<{ url: string; majorVersion: number; stop: () => Promise<void> }> {
  const [majorVersion] = (await readdir(home)).map(Number).sort((a, b) => a - b);
  if (majorVersion === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const bin = path.join(home, String(majorVersion), 'bin');
  const { uid, gid } = await findIdentity('');
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-debian-postgres-'));
  await chmod(directory, 0o711);
  const data = path.join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (uid !== undefined && gid !== undefined) await chown(data, uid, gid);
  await run(path.join(bin, 'initdb'), ['-D', data, '--username=mailroom', '--auth=trust', '--encoding=UTF8', '--locale=C'], {
    uid,
    gid,
    cwd: '/',
  });
  const [port] = await freePorts(1);
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-c', 'unix_socket_directories=', '-c', 'fsync=off'];
  const server = spawn(path.join(bin, 'postgres'), ['-D', data, ...settings], { uid, gid, cwd: '/', stdio: 'ignore' });
  const ended = once(server, 'exit');
  const url = `postgres://mailroom@127.0.0.1:${port}/postgres`;
  const answers = async () => {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  };
  await eventually(answers, { what: 'the PostgreSQL of the system', deadlineMs: 30_000 });
  return {
    url,
    majorVersion,
    async stop() {
      server.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
