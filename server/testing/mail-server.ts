import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { certifyServer, type Issued } from './certificates.ts';
import { dovecotConfig, introspection, oauth2File } from './dovecot-config.ts';
import { freePorts } from './free-ports.ts';
import { mailOwner, type Owner } from './mail-owner.ts';
import { pathWithSbin, supervise, type Supervised } from './supervised.ts';

const run = promisify(execFile);

export interface MailServerOptions {
  /** SASL mechanisms that are offered, as Dovecot writes them. Default: plain, login and cram-md5. */
  mechanisms?: string[];
  /** Default true. False: no TLS port and no STARTTLS. */
  hasTls?: boolean;
  /** Names in the certificate; default: localhost and 127.0.0.1. */
  certificateNames?: string[];
  /** What it shows instead of a certificate of its own authority. */
  certificate?: Issued;
  /** What the IMAP server says it can do after sign-in; default: all that Dovecot can. */
  imapCapability?: string;
  /** Where it asks about the tokens of xoauth2 and oauthbearer, to be named among `mechanisms`. */
  introspectionUrl?: string;
}

export interface MailServer {
  host: string;
  ports: { imap: number; imaps: number; pop3: number; pop3s: number };
  /** The authority that issued the certificate, as PEM. */
  ca: string;
  /** The same in a file, for NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** A user of its own for each test. Name and password may hold anything but control characters, `/` and `:`. */
  createUser: (wanted?: { user?: string; password?: string }) => Promise<MailUser>;
  /** Ends all connections and refuses new ones; mails stay. */
  goDown: () => Promise<void>;
  comeBack: () => Promise<void>;
  restart: () => Promise<void>;
  /** What Dovecot has logged. */
  log: () => Promise<string>;
  stop: () => Promise<void>;
}

export interface MailUser {
  user: string;
  password: string;
  /** Puts a mail into the Maildir as a delivery agent would; exact bytes where lines end in CRLF. Creates the folder. */
  deliver: (raw: Uint8Array | string | Iterable<Uint8Array>, folder?: string) => Promise<void>;
  createFolder: (name: string) => Promise<void>;
  /** The mails of a folder, oldest first. */
  files: (folder?: string) => Promise<StoredMail[]>;
  /** Marks the mail with this subject as read or unread, as a person does in another mail program. */
  setSeen: (subject: string, isSeen: boolean, folder?: string) => Promise<void>;
  /** The mails with the file of each. */
  paths: (folder?: string) => Promise<(StoredMail & { path: string })[]>;
  /** Maildir flags of its mails, oldest first: S read, T deleted, F flagged. */
  flags: (folder?: string) => Promise<string[]>;
  /** Numbers the mails of a folder anew, as a restored backup does: another UIDVALIDITY, other UIDs and UIDLs. */
  renumber: (folder?: string) => Promise<void>;
}

export interface StoredMail {
  name: string;
  flags: string;
  raw: Buffer;
}

const startDeadlineMs = 15_000;

/**
 * Starts Debian's Dovecot as an own instance on free loopback ports, with its own authority, users and temporary directory.
 * It ends with `stop()`, and also when this process dies.
 *
 * @throws Error if Dovecot is not installed or does not start
 */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const version = await dovecotVersion();
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-dovecot-'));
  // Dovecot's unprivileged processes must reach what is theirs below it.
  await chmod(directory, 0o755);
  try {
    const owner = await mailOwner();
    const { ca, caFile } = await certifyServer(directory, options.certificateNames);
    if (options.certificate) await showInstead(directory, options.certificate);
    const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = await freePorts(4);
    const ports = { imap, imaps, pop3, pop3s };
    const home = join(directory, 'home');
    await mkdir(home, { mode: 0o755 });
    // A file for each user: Dovecot looks only once a second whether a file has grown.
    await mkdir(join(directory, 'users'), { mode: 0o755 });
    const configFile = join(directory, 'dovecot.conf');
    if (options.introspectionUrl !== undefined) await writeFile(oauth2File(directory), introspection(options.introspectionUrl));
    await writeFile(configFile, dovecotConfig(version, { directory, ports, owner, isRoot: process.getuid?.() === 0, ...options }));

    const supervised = await supervise(['dovecot', '-F', '-c', configFile], directory);
    const up = async () => {
      supervised.up();
      await waitForGreeting(imap, supervised, directory);
    };
    await up();
    return {
      host: 'localhost',
      ports,
      ca,
      caFile,
      createUser: (wanted) => createUser(directory, owner, wanted),
      goDown: () => supervised.down(),
      comeBack: up,
      restart: async () => {
        await supervised.down();
        await up();
      },
      log: () => readLog(directory),
      stop: () => supervised.end(),
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function dovecotVersion(): Promise<string> {
  try {
    const { stdout } = await run('dovecot', ['--version'], { env: pathWithSbin() });
    return stdout.trim();
  } catch (cause) {
    throw new Error('Dovecot is not installed: apt-get install dovecot-imapd dovecot-pop3d', { cause });
  }
}

async function showInstead(directory: string, { key, cert }: Issued): Promise<void> {
  await writeFile(join(directory, 'server.key'), key);
  await writeFile(join(directory, 'server.pem'), cert);
}

async function waitForGreeting(port: number, supervised: Supervised, directory: string): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline) {
    if ((await firstBytes(port)).startsWith('* OK')) return;
    await delay(20);
  }
  const log = await readLog(directory);
  await supervised.end();
  throw new Error(`Dovecot did not start within ${startDeadlineMs} ms:\n${log}`);
}

/** What the server says first; empty if it can't be reached. */
function firstBytes(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const finish = (text: string) => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(2_000, () => finish(''));
    socket.once('error', () => finish(''));
    socket.once('close', () => finish(''));
    socket.once('data', (chunk) => finish(chunk.toString('latin1')));
  });
}

async function readLog(directory: string): Promise<string> {
  return readFile(join(directory, 'dovecot.log'), 'utf8').catch(() => '');
}

async function createUser(
  directory: string,
  owner: Owner,
  { user = `user-${randomBytes(6).toString('hex')}`, password = randomBytes(12).toString('base64url') } = {},
): Promise<MailUser> {
  const home = join(directory, 'home', randomBytes(6).toString('hex'));
  const maildir = join(home, 'Maildir');
  await makeOwnDirectory(home, owner);
  await makeMaildir(maildir, owner);
  // Dovecot escapes these in the name that it looks for, though not in that of the file.
  const entry = user.replaceAll(/["'\\]/g, String.raw`\$&`);
  await writeFile(join(directory, 'users', user), `${entry}:{PLAIN}${password}:${owner.uid}:${owner.gid}::${home}::\n`, { mode: 0o644 });

  const pathOf = (folder: string) => (folder === 'INBOX' ? maildir : join(maildir, `.${folder}`));
  const createFolder = async (name: string) => {
    if (await exists(pathOf(name))) return;
    await makeMaildir(pathOf(name), owner);
    await writeFile(join(pathOf(name), 'maildirfolder'), '');
  };
  let delivered = 0;
  return {
    user,
    password,
    createFolder,
    deliver: async (raw, folder = 'INBOX') => {
      await createFolder(folder);
      delivered += 1;
      const count = delivered;
      const temporary = join(pathOf(folder), 'tmp', String(count));
      const size = await writeMail(temporary, typeof raw === 'string' ? [Buffer.from(raw)] : raw instanceof Uint8Array ? [raw] : raw);
      await chown(temporary, owner.uid, owner.gid);
      await rename(temporary, join(pathOf(folder), 'new', deliveryName(count, size)));
    },
    files: async (folder = 'INBOX') => (await storedMails(pathOf(folder))).map(({ name, flags, raw }) => ({ name, flags, raw })),
    paths: (folder = 'INBOX') => storedMails(pathOf(folder)),
    setSeen: async (subject, isSeen, folder = 'INBOX') => {
      const mail = (await storedMails(pathOf(folder))).find(({ raw }) => raw.includes(`Subject: ${subject}\r\n`));
      if (!mail) throw new Error(`there is no mail '${subject}'`);
      const others = mail.flags.replace('S', '');
      const name = mail.name.replace(/:2,\w*$/, '');
      await rename(mail.path, join(pathOf(folder), 'cur', `${name}:2,${[...others.split(''), ...(isSeen ? ['S'] : [])].sort().join('')}`));
    },
    flags: async (folder = 'INBOX') => (await storedNames(pathOf(folder))).map(({ flags }) => flags),
    renumber: async (folder = 'INBOX') => {
      const files = await readdir(pathOf(folder));
      const numbering = files.filter((name) => name === 'dovecot-uidlist' || name.startsWith('dovecot.index'));
      await Promise.all(numbering.map((name) => rm(join(pathOf(folder), name), { force: true })));
    },
  };
}

interface MailSize {
  bytes: number;
  /** Line ends that Dovecot will send as CRLF. */
  bareLineFeeds: number;
}

async function writeMail(path: string, pieces: Iterable<Uint8Array>): Promise<MailSize> {
  const size = { bytes: 0, bareLineFeeds: 0 };
  const file = await open(path, 'w');
  try {
    let last: number | undefined;
    for (const piece of pieces) {
      for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) {
        if ((at === 0 ? last : piece[at - 1]) !== 13) size.bareLineFeeds += 1;
      }
      last = piece.at(-1) ?? last;
      size.bytes += piece.length;
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  return size;
}

/** Dovecot numbers new mails by their names: seconds, then microseconds. S and W are the size without and with CRLF. */
function deliveryName(count: number, { bytes, bareLineFeeds }: MailSize): string {
  const seconds = 1_700_000_000 + Math.floor(count / 1_000_000);
  const microseconds = String(count % 1_000_000).padStart(6, '0');
  return `${seconds}.M${microseconds}P${process.pid}.test,S=${bytes},W=${bytes + bareLineFeeds}`;
}

async function makeMaildir(path: string, owner: Owner): Promise<void> {
  for (const part of [path, join(path, 'tmp'), join(path, 'new'), join(path, 'cur')]) await makeOwnDirectory(part, owner);
}

async function makeOwnDirectory(path: string, { uid, gid }: Owner): Promise<void> {
  await mkdir(path, { mode: 0o755 });
  await chown(path, uid, gid);
}

async function storedMails(folder: string): Promise<(StoredMail & { path: string })[]> {
  for (;;) {
    const names = await storedNames(folder);
    const mails = await Promise.all(names.map(async ({ path, name, flags }) => ({ path, name, flags, raw: await readIfThere(path) })));
    const found = mails.flatMap(({ raw, ...mail }) => (raw ? [{ ...mail, raw }] : []));
    // Dovecot renames a file for each flag: one that vanished since the names were read has another name now, or is deleted.
    if (found.length === names.length) return found;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function storedNames(folder: string): Promise<{ path: string; name: string; flags: string }[]> {
  if (!(await exists(folder))) return [];
  const found = await Promise.all(
    ['new', 'cur'].map(async (part) => (await readdir(join(folder, part))).map((name) => ({ path: join(folder, part, name), name }))),
  );
  return found
    .flat()
    .map(({ path, name }) => ({ path, name, flags: /:2,(\w*)$/.exec(name)?.[1] ?? '' }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
