import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FlowError } from '../../shared/errors.ts';

export interface DataDirectory {
  path: string;
  /** Content-addressed mails and bodies. */
  blobs: string;
  /** What the File receiver writes. */
  outbox: string;
  /** Lets another process have it. The kernel does the same when this process dies, however it dies. */
  release(): void;
}

export interface DataDirectoryOptions {
  /** Several processes on one external database share their mails: each enters, none takes the lock. */
  isShared?: boolean;
}

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5;

/**
 * Makes the directory and takes it for this process alone, unless it is shared.
 *
 * The lock is one of the kernel's (fcntl), held through an empty SQLite file, because Node has no file locks of its own: it ends with
 * the process, so none is ever left behind, no process id is compared, and two starts at once can't both win. A socket file or a pid
 * file would have to be tested and replaced, which is a race; an abstract socket is not seen from another container on the same volume.
 * The file `lock.pid` only tells whom to name in the message.
 *
 * @throws FlowError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NOT_WRITABLE
 */
export async function openDataDirectory(directory: string, { isShared = false }: DataDirectoryOptions = {}): Promise<DataDirectory> {
  const blobs = path.join(directory, 'blobs');
  const outbox = path.join(directory, 'outbox');
  try {
    const created = await mkdir(directory, { recursive: true });
    // For root the embedded PostgreSQL runs as another user, who passes through; what lies in it is closed on its own.
    // The rights of a directory that was there already are its owner's choice.
    if (created) await chmod(directory, process.getuid?.() === 0 ? 0o711 : 0o700);
    for (const folder of [blobs, outbox]) await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw notWritable(directory, cause);
  }

  const lock = isShared ? undefined : await takeLock(directory);
  return { path: directory, blobs, outbox, release: () => lock?.close() };
}

async function takeLock(directory: string): Promise<DatabaseSync> {
  const lockFile = path.join(directory, 'lock');
  const pidFile = path.join(directory, 'lock.pid');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec('begin exclusive');
    await chmod(lockFile, 0o600);
    await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
    return lock;
  } catch (cause) {
    lock?.close();
    if (!isBusy(cause)) throw notWritable(directory, cause);
    const holder = await readFile(pidFile, 'utf8').catch(() => '0');
    throw new FlowError('DATA_DIRECTORY_IN_USE', { directory, pid: Number(holder) }, { cause });
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy;
}

function notWritable(directory: string, cause: unknown): FlowError {
  return new FlowError(
    'DATA_DIRECTORY_NOT_WRITABLE',
    { directory },
    { cause, details: cause instanceof Error ? cause.message : String(cause) },
  );
}
