import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { certifyServer } from './certificates.ts';
import { cyrusConfig, imapdConfig, type CyrusVariant } from './cyrus-config.ts';
import { unpackCyrus, type CyrusPrograms } from './cyrus-packages.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { mailOwner, type Owner } from './mail-owner.ts';
import { openPlainImap, type PlainImap } from './plain-imap.ts';
import { supervise } from './supervised.ts';

const run = promisify(execFile);

export interface CyrusServer {
  /** Where a variant listens. */
  portsOf: (variantName: string) => CyrusPorts;
  /** The authority that issued the certificate, as PEM. */
  ca: string;
  /** Hands out one of the mailboxes, empty; each only once. */
  takeMailbox: () => Promise<CyrusMailbox>;
  stop: () => Promise<void>;
}

export interface CyrusPorts {
  imap: number;
  imaps: number;
  pop3: number;
  pop3s: number;
}

export interface CyrusMailbox {
  user: string;
  password: string;
  /** Connected to the first variant; ends with the server. */
  imap: PlainImap;
  /** The bytes of INBOX on Cyrus' disk, oldest first. */
  files: () => Promise<Buffer[]>;
}

const startDeadlineMs = 30_000;

/**
 * Starts Debian's Cyrus IMAP as an own, unprivileged instance on free loopback ports, in a temporary directory.
 * All variants serve the same mailboxes. It ends with `stop()`, and also when this process dies.
 *
 * @param mailboxes how many there are; Cyrus' password file can't be written while it is read
 * @throws Error if it can't be downloaded or does not start
 */
export async function startCyrusServer({ variants, mailboxes }: { variants: CyrusVariant[]; mailboxes: number }): Promise<CyrusServer> {
  const programs = await unpackCyrus();
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-cyrus-'));
  try {
    const owner = await mailOwner();
    await chmod(directory, 0o755);
    const { ca } = await certifyServer(directory);
    const numbers = await freePorts(4 * variants.length);
    const ports = variants.map((_, index) => {
      const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = numbers.slice(4 * index);
      return { imap, imaps, pop3, pop3s };
    });
    const passwords = new Map(
      Array.from({ length: mailboxes }, (_, index) => [`user${index}`, randomBytes(12).toString('base64url')] as const),
    );
    const file = (name: string) => join(directory, name);
    await writeFile(file('imapd.conf'), imapdConfig({ directory, username: owner.username, variants }));
    await writeFile(file('cyrus.conf'), cyrusConfig({ directory, ports, program: programs.program }));
    await writePasswords(programs, file('sasldb2'), passwords);
    await giveAway(directory, owner);

    const master = [programs.program('master'), '-D', '-C', file('imapd.conf'), '-M', file('cyrus.conf'), '-p', file('master.pid')];
    const command =
      process.getuid?.() === 0 ? ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', ...master] : master;
    const supervised = await supervise(command, directory, programs.env);
    supervised.up();
    const opened: PlainImap[] = [];
    const stop = async () => {
      for (const imap of opened) imap.close();
      await supervised.end();
    };
    const first = ports[0]?.imap ?? 0;
    const left = [...passwords];
    try {
      await waitUntilUp(first, left[0]);
    } catch (error) {
      await stop();
      throw error;
    }
    return {
      portsOf: (variantName) => {
        const found = ports[variants.findIndex(({ name }) => name === variantName)];
        if (!found) throw new Error(`no variant '${variantName}'`);
        return found;
      },
      ca,
      takeMailbox: async () => {
        const [user, password] = left.pop() ?? [];
        if (user === undefined || password === undefined) throw new Error(`all ${mailboxes} mailboxes are taken`);
        const imap = await openPlainImap(first, user, password);
        opened.push(imap);
        // Cyrus makes the inbox at the first sign-in.
        return { user, password, imap, files: () => filesOf(programs, directory, user) };
      },
      stop,
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function writePasswords({ program, env }: CyrusPrograms, file: string, passwords: Map<string, string>): Promise<void> {
  for (const [user, password] of passwords) {
    const writing = run(program('saslpasswd2'), ['-p', '-c', '-f', file, '-u', 'localhost', user], { env: { ...process.env, ...env } });
    writing.child.stdin?.end(password);
    await writing;
  }
}

async function giveAway(directory: string, { uid, gid }: Owner): Promise<void> {
  for (const part of ['conf', 'conf/db', 'conf/socket', 'spool', 'run', 'run/proc', 'run/lock', 'run/socket'])
    await mkdir(join(directory, part));
  const names = await readdir(directory, { recursive: true });
  for (const name of ['.', ...names]) await chown(join(directory, name), uid, gid);
}

async function waitUntilUp(port: number, [user, password] = ['', '']): Promise<void> {
  const isUp = async () => {
    const imap = await openPlainImap(port, user, password).catch(() => undefined);
    imap?.close();
    return imap !== undefined;
  };
  await eventually(isUp, { what: 'the first sign-in at Cyrus', deadlineMs: startDeadlineMs });
}

/** Cyrus keeps each mail in a file of its own, named by its UID with a dot behind it. */
async function filesOf({ program, env }: CyrusPrograms, directory: string, user: string): Promise<Buffer[]> {
  const { stdout } = await run(program('mbpath'), ['-C', join(directory, 'imapd.conf'), `user/${user}`], {
    env: { ...process.env, ...env },
  });
  const folder = stdout.trim();
  const uids = (await readdir(folder)).flatMap((name) => /^(\d+)\.$/.exec(name)?.[1] ?? []).map(Number);
  return Promise.all(uids.sort((a, b) => a - b).map((uid) => readFile(join(folder, `${uid}.`))));
}
