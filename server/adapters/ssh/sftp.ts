import { dirname } from 'node:path/posix';
import type { SFTPWrapper } from 'ssh2';
import { FlowError } from '../../../shared/errors.ts';
import type { SshConnection } from './connect.ts';

/** Files on an SFTP server (draft-ietf-secsh-filexfer-02), whole or not at all. */

export interface Sftp {
  isThere(path: string): Promise<boolean>;
  /** With all above it. */
  makeDirectory(path: string): Promise<void>;
  /** Resolves when the server has all of it, on its disk where it can say so. */
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes the place of what has that name. */
  rename(from: string, to: string): Promise<void>;
  /** With the files in it. What is not there is well. */
  removeDirectory(path: string): Promise<void>;
}

type Done<T> = (error?: Error | null, value?: T) => void;

const noSuchFile = 2;
const permissionDenied = 3;
const unsupported = 8;
/** What every server takes at once. */
const pieceBytes = 32 * 1024;
/** On their way at a time, so that a distant server is not waited for after each piece. */
const piecesAtOnce = 16;

export async function openSftp(connection: SshConnection): Promise<Sftp> {
  const { client } = connection;
  const wrapper = await asked<SFTPWrapper>(connection, (done) => client.sftp(done));
  const ask = <T = void>(begin: (done: Done<T>) => void) => asked<T>(connection, begin);

  const isThere = async (path: string) =>
    ask<unknown>((done) => wrapper.stat(path, done)).then(
      () => true,
      (error: unknown) => {
        if (statusOf(error) === noSuchFile) return false;
        throw error;
      },
    );

  async function makeDirectory(path: string): Promise<void> {
    if (path === '.' || path === '/' || (await isThere(path))) return;
    await makeDirectory(dirname(path));
    await ask((done) => wrapper.mkdir(path, done)).catch(async (error: unknown) => {
      // Another message has made it meanwhile.
      if (!(await isThere(path))) throw error;
    });
  }

  async function write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const handle = await ask<Buffer>((done) => wrapper.open(path, 'w', done));
    try {
      let position = 0;
      const underWay = new Set<Promise<void>>();
      for await (const piece of piecesOf(content)) {
        const at = position;
        position += piece.length;
        // One that failed stays, so that the next look at them finds it.
        const written = ask((done) => wrapper.write(handle, piece, 0, piece.length, at, done)).then(() => void underWay.delete(written));
        written.catch(() => undefined);
        underWay.add(written);
        if (underWay.size >= piecesAtOnce) await Promise.race(underWay);
      }
      await Promise.all(underWay);
      await ask((done) => wrapper.ext_openssh_fsync(handle, done)).catch(unlessUnsupported);
    } finally {
      // Also after a failure, of which is told rather than of what follows from it.
      await ask((done) => wrapper.close(handle, done)).catch(() => undefined);
    }
  }

  async function rename(from: string, to: string): Promise<void> {
    const isDone = await ask((done) => wrapper.ext_openssh_rename(from, to, done)).then(
      () => true,
      (error: unknown) => unlessUnsupported(error),
    );
    if (isDone) return;
    // The rename of SFTP itself replaces nothing.
    if (await isThere(to)) await ask((done) => wrapper.unlink(to, done));
    await ask((done) => wrapper.rename(from, to, done));
  }

  async function removeDirectory(path: string): Promise<void> {
    if (!(await isThere(path))) return;
    const files = await ask<{ filename: string }[]>((done) => wrapper.readdir(path, done));
    for (const { filename } of files) await ask((done) => wrapper.unlink(`${path}/${filename}`, done));
    await ask((done) => wrapper.rmdir(path, done));
  }

  return { isThere, makeDirectory, write, rename, removeDirectory };
}

/** Asks the server; ends when it says nothing at all for too long, when the connection is lost, and when the caller gives up. */
function asked<T>(connection: SshConnection, begin: (done: Done<T>) => void): Promise<T> {
  const { lost, address, timeoutMs, cut } = connection;
  return new Promise((resolve, reject) => {
    const askedAt = performance.now();
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      lost.removeEventListener('abort', onLost);
      finish();
    };
    const onLost = () => settle(() => reject(lost.reason as Error));
    const waitOn = (ms: number) => setTimeout(look, ms);
    // Others that were asked before may be answered meanwhile: a slow line is no silent one.
    const look = () => {
      const leftMs = timeoutMs - (performance.now() - Math.max(askedAt, connection.answeredAt));
      if (leftMs > 1) timer = waitOn(leftMs);
      else cut(new FlowError('SSH_TIMEOUT', { address, timeoutMs }));
    };
    let timer = waitOn(timeoutMs);
    lost.addEventListener('abort', onLost, { once: true });
    if (lost.aborted) {
      onLost();
      return;
    }
    try {
      begin((error, value) => {
        connection.answeredAt = performance.now();
        settle(() => (error ? reject(error) : resolve(value as T)));
      });
    } catch (error) {
      // The library throws for extensions that the server does not offer.
      settle(() => reject(error instanceof Error ? error : new Error(String(error))));
    }
  });
}

async function* piecesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes);
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function unlessUnsupported(error: unknown): false {
  const isUnsupported =
    statusOf(error) === unsupported || (error instanceof Error && /does not support this extended request/.test(error.message));
  if (!isUnsupported) throw error;
  return false;
}

/** What the server has against a path, in our words; errors that are ours already stay what they are. */
export function fileErrorOf(error: unknown, path: string): unknown {
  const status = statusOf(error);
  if (error instanceof FlowError || status === undefined) return error;
  if (status === noSuchFile) return new FlowError('SFTP_DIRECTORY_MISSING', { path }, { cause: error });
  if (status === permissionDenied) return new FlowError('SFTP_NOT_ALLOWED', { path }, { cause: error });
  return new FlowError('SFTP_NOT_WRITABLE', { path }, { cause: error, details: (error as Error).message });
}
