import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';

/** A real OpenSSH server with SFTP on a free loopback port, into which the user of the tests signs in with a key. */
export interface SshServer {
  port: number;
  address: string;
  user: string;
  /** Where the tests may write; the server's own directory is the home of the user. */
  directory: string;
  /** Lines of a known_hosts file for it. */
  knownHosts: string;
  /** Lets the owner of a public key in. */
  authorize(publicKey: string): Promise<void>;
  /** What it has logged. */
  log(): string;
  /** It goes on with other host keys. */
  changeHostKeys(): Promise<void>;
  /** Ends the connections that are open, in the middle of what they do. */
  cutConnections(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const sshd = '/usr/sbin/sshd';

export async function startSshServer(): Promise<SshServer> {
  const root = await mkdtemp(path.join(tmpdir(), 'mailroom-ssh-'));
  const directory = path.join(root, 'files');
  await mkdir(directory);
  const [port = 0] = await freePorts(1);
  const authorizedKeys = path.join(root, 'authorized_keys');
  await writeFile(authorizedKeys, '', { mode: 0o600 });
  // Where Debian's server parts with its rights, which it has only as root.
  await mkdir('/run/sshd', { recursive: true }).catch(() => undefined);
  await makeHostKeys(root);
  await writeFile(path.join(root, 'sshd_config'), configuration(root, port, authorizedKeys));

  let output = '';
  const start = async () => {
    const child = spawn(sshd, ['-D', '-e', '-f', path.join(root, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    const before = output.length;
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await eventually(() => output.slice(before).includes('Server listening') || child.exitCode !== null, { what: 'an SSH server' });
    if (child.exitCode !== null) throw new Error(`sshd ended: ${output}`);
    return child;
  };
  let child = await start();
  const end = async () => {
    await cut(child.pid);
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };

  return {
    port,
    address: `127.0.0.1:${port}`,
    user: userInfo().username,
    directory,
    knownHosts: await knownHostsOf(root, port),
    authorize: (publicKey) => writeFile(authorizedKeys, `${publicKey}\n`, { flag: 'a' }),
    log: () => output,
    async changeHostKeys() {
      await end();
      await makeHostKeys(root);
      child = await start();
    },
    cutConnections: () => cut(child.pid),
    async stop() {
      await end();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function makeHostKeys(root: string): Promise<void> {
  for (const [type, bits] of [
    ['ed25519', []],
    ['ecdsa', ['-b', '256']],
    ['rsa', ['-b', '2048']],
  ] as const) {
    const file = path.join(root, `host_${type}`);
    await rm(file, { force: true });
    await run('ssh-keygen', ['-q', '-t', type, ...bits, '-N', '', '-f', file]);
  }
}

async function knownHostsOf(root: string, port: number): Promise<string> {
  const files = ['ed25519', 'ecdsa', 'rsa'].map((type) => path.join(root, `host_${type}.pub`));
  const keys = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return keys.map((key) => `[127.0.0.1]:${port} ${key.split(' ').slice(0, 2).join(' ').trim()}\n`).join('');
}

function configuration(root: string, port: number, authorizedKeys: string): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...['ed25519', 'ecdsa', 'rsa'].map((type) => `HostKey ${path.join(root, `host_${type}`)}`),
    `PidFile ${path.join(root, 'pid')}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    // The directory of a test is not one of the user's.
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    `Subsystem sftp internal-sftp -d ${path.join(root, 'files')}`,
    '',
  ].join('\n');
}

/** Every connection is a child of the server. */
async function cut(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
  for (const text of stdout.split('\n')) {
    const child = Number(text);
    if (child === 0) continue;
    await cut(child);
    try {
      process.kill(child, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
