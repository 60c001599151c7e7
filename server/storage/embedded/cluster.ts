import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { FlowError } from '../../../shared/errors.ts';
import { createSecretFile, syncDirectory } from '../durable-file.ts';
import { requireReachable, type Identity } from './identity.ts';
import { programEnvironment, type Programs } from './programs.ts';

const run = promisify(execFile);
const initdbTimeoutMs = 120_000;
export const majorVersion = '18';
export const databaseUser = 'mailroom';

/**
 * Where things are: `data` belongs to PostgreSQL's user alone, `password` to ours; `home` around them can only be passed through.
 */
export interface Cluster {
  home: string;
  /** Real path. */
  data: string;
  logFile: string;
  password: string;
}

/** The directory around the cluster; what an interrupted start left half done is removed. */
export async function openHome(dataDirectory: string, identity: Identity): Promise<string> {
  const home = path.join(dataDirectory, 'postgres');
  await mkdir(home, { recursive: true });
  await chmod(home, identity.uid === undefined ? 0o700 : 0o711);
  await requireReachable(home, identity);
  for (const name of await readdir(home)) {
    if (name.startsWith('unfinished-')) await rm(path.join(home, name), { recursive: true });
  }
  return realpath(home);
}

/** The cluster below `home`, or undefined when there is none yet. */
export async function findCluster(home: string): Promise<Cluster | undefined> {
  const data = path.join(home, 'data');
  const version = await readFile(path.join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) return undefined;
  if (version.trim() !== majorVersion) {
    throw new FlowError('EMBEDDED_DATABASE_OTHER_VERSION', { data: version.trim(), program: majorVersion, directory: home });
  }
  return { home, data, logFile: path.join(home, 'server.log'), password: await readPassword(home) };
}

/** A new, empty cluster: made aside, then moved into place, so that a half-made one is never taken for ours. */
export async function createCluster(home: string, programs: Programs, identity: Identity): Promise<Cluster> {
  const passwordFile = path.join(home, 'password');
  const password = await createSecretFile(passwordFile, randomBytes(24).toString('hex'));

  const unfinished = await mkdtemp(path.join(home, 'unfinished-'));
  const passwordForInitdb = path.join(unfinished, 'password');
  await writeFile(passwordForInitdb, password, { mode: 0o600 });
  if (identity.uid !== undefined && identity.gid !== undefined) {
    await chown(passwordForInitdb, identity.uid, identity.gid);
    await chown(unfinished, identity.uid, identity.gid);
  }
  const data = path.join(unfinished, 'data');
  await runInitdb(programs, identity, ['-D', data, '--username', databaseUser, '--pwfile', passwordForInitdb]);
  await rename(data, path.join(home, 'data'));
  await syncDirectory(home);
  await rm(unfinished, { recursive: true });

  const cluster = await findCluster(home);
  if (!cluster) throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'initdb left no cluster' });
  return cluster;
}

async function runInitdb(programs: Programs, { uid, gid }: Identity, args: string[]): Promise<void> {
  const settings = ['--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-instructions'];
  try {
    await run(programs.initdb, [...args, ...settings], { uid, gid, cwd: '/', env: programEnvironment, timeout: initdbTimeoutMs });
  } catch (cause) {
    const details = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its data directory could not be initialised' }, { cause, details });
  }
}

async function readPassword(home: string): Promise<string> {
  const file = path.join(home, 'password');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined || text === '')
    throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: `the file ${file} is missing or empty` });
  return text;
}

/** Last lines of the server's log, for an error's details. */
export async function tailOfLog({ logFile }: Cluster): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}

export async function logSizeBytes({ logFile }: Cluster): Promise<number> {
  return (await stat(logFile).catch(() => undefined))?.size ?? 0;
}
