import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Unpacked, not installed: Debian lets only one IMAP server be installed, and that is Dovecot. */
export interface CyrusPrograms {
  /** Full path of one of Cyrus' programs, or of `saslpasswd2`. */
  program: (name: string) => string;
  /** What they need to find their libraries and mechanisms. */
  env: NodeJS.ProcessEnv;
}

const wanted = ['cyrus-imapd', 'cyrus-pop3d', 'libsasl2-modules', 'libsasl2-modules-db', 'sasl2-bin'];
/** The rest of what apt would install (a mail transport, awk …) belongs to a server that also receives mail. */
const isNeeded = (name: string) => /^(cyrus-|lib|sasl2-bin$)/.test(name) && !/^(libc6|libclamav|libmspack)/.test(name);

/**
 * Debian's Cyrus IMAP, downloaded with apt and unpacked into a cache; later calls only find it there.
 * Without root it needs package lists that an `apt-get update` has left.
 *
 * @throws Error saying what is missing
 */
export async function unpackCyrus(): Promise<CyrusPrograms> {
  const cache =
    process.getuid?.() === 0 ? '/var/cache/mailroom' : join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mailroom');
  const root = join(cache, `cyrus-${await release()}-${process.arch}`);
  if (!(await exists(root))) await unpackInto(root, cache);
  const libraries = await libraryDirectories(root);
  return {
    program: (name) => join(root, name === 'saslpasswd2' ? 'usr/sbin' : 'usr/lib/cyrus/bin', name),
    env: {
      LD_LIBRARY_PATH: libraries.join(':'),
      SASL_PATH: [...libraries, ...libraries.map((directory) => directory.slice(root.length))]
        .map((directory) => join(directory, 'sasl2'))
        .join(':'),
    },
  };
}

/** Programs fit only the libraries of their own release, as `debian-12`. */
async function release(): Promise<string> {
  const facts = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (name: string) => new RegExp(`^${name}="?([\\w.]+)`, 'm').exec(facts)?.[1] ?? 'unknown';
  return `${value('ID')}-${value('VERSION_ID')}`;
}

async function unpackInto(root: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o755 });
  const directory = await mkdtemp(join(cache, 'unpacking-'));
  try {
    const names = await packagesToUnpack();
    await run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...names], { cwd: directory });
    const unpacked = join(directory, 'root');
    // Others must get in: as root the server runs as another user.
    await mkdir(unpacked, { mode: 0o755 });
    for (const file of await readdir(directory)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(directory, file), unpacked]);
    }
    await rename(unpacked, root);
  } catch (cause) {
    // Two at once: the other one may have been faster.
    if (!(await exists(root)))
      throw new Error(`The peer server can't be had: apt-get must be able to download ${wanted.join(', ')}`, { cause });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Asks apt what an installation would add to this machine. */
async function packagesToUnpack(): Promise<string[]> {
  if (process.getuid?.() === 0) await run('apt-get', ['-qq', 'update']);
  const { stdout } = await run('apt-get', ['-s', '--no-install-recommends', 'install', ...wanted]);
  const names = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name).filter(isNeeded);
  if (!names.includes('cyrus-imapd')) throw new Error(`apt would not install cyrus-imapd:\n${stdout}`);
  return names;
}

/** Debian's multiarch directories, `usr/lib/x86_64-linux-gnu` and the like. */
async function libraryDirectories(root: string): Promise<string[]> {
  const found = await Promise.all(
    ['usr/lib', 'lib'].map(async (part) => {
      const names = await readdir(join(root, part)).catch(() => []);
      return names.filter((name) => /-linux-gnu/.test(name)).map((name) => join(root, part, name));
    }),
  );
  return found.flat();
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
