import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../testing/silent-log.ts';
import { openFsBlobs } from './fs.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-blobs-'));
});
afterEach(() => rm(directory, { recursive: true }));

const openBlobs = () => openFsBlobs({ directory, log: silentLog });
const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const fileOf = (hash: string) => join(directory, hash.slice(0, 2), hash.slice(2));
const unfinished = () => readdir(join(directory, 'tmp'));

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

test('content comes back byte for byte under its SHA-256, whether it came whole or in pieces', async () => {
  const blobs = await openBlobs();
  const large = Buffer.alloc(300_000, 'From: a\r\n\xff');
  for (const content of [bytesOf('Subject: Order 17\r\n\r\n'), new Uint8Array(0), large]) {
    const whole = await blobs.put(content);
    const pieces = await blobs.put(inPieces(content, 7_000));
    expect(whole).toEqual({ hash: sha256(content), sizeBytes: content.length });
    expect(pieces).toEqual(whole);
    expect((await readAll(blobs.open(whole.hash))).equals(content)).toBe(true);
  }
  await blobs.sync();
  expect(await unfinished()).toEqual([]);
});

test('a hundred concurrent puts, some of them equal, leave one file for each content', async () => {
  const blobs = await openBlobs();
  const refs = await Promise.all(Array.from({ length: 100 }, (_, index) => blobs.put(bytesOf(`mail ${index % 40}`))));
  await Promise.all([blobs.sync(), blobs.sync()]);
  expect(new Set(refs.map((ref) => ref.hash)).size).toBe(40);
  const listed = [];
  for await (const blob of blobs.list()) listed.push(blob.hash);
  expect(listed.toSorted()).toEqual([...new Set(refs.map((ref) => ref.hash))].toSorted());
});

test('the start of a stream is handed over once, with at least 64 KiB, or with all there is', async () => {
  const blobs = await openBlobs();
  const starts: number[] = [];
  const onStart = (first: Uint8Array) => starts.push(first.length);
  await blobs.put(inPieces(Buffer.alloc(200_000, 'x'), 10_000), { onStart });
  await blobs.put(inPieces(Buffer.alloc(25_000, 'y'), 10_000), { onStart });
  await blobs.put(bytesOf('small'), { onStart });
  await blobs.put(inPieces(new Uint8Array(0), 1), { onStart });
  expect(starts).toEqual([70_000, 25_000, 5, 0]);
});

test('content over the limit is refused, is not read further and leaves nothing behind', async () => {
  const blobs = await openBlobs();
  let pulled = 0;
  async function* endless() {
    for (;;) {
      pulled += 1;
      yield Buffer.alloc(1_000);
    }
  }
  await expect(blobs.put(endless(), { maxBytes: 5_500 })).rejects.toMatchObject({ code: 'BLOB_TOO_LARGE' });
  await expect(blobs.put(Buffer.alloc(6_000), { maxBytes: 5_500 })).rejects.toMatchObject({ code: 'BLOB_TOO_LARGE' });
  expect(pulled).toBe(6);
  expect(await unfinished()).toEqual([]);
});

test('a source that breaks off leaves nothing behind', async () => {
  const blobs = await openBlobs();
  async function* broken() {
    yield bytesOf('half a mail');
    throw new Error('connection lost');
  }
  await expect(blobs.put(broken())).rejects.toThrow('connection lost');
  expect(await unfinished()).toEqual([]);
});

test('a missing blob is an error with a remedy, and so is a name that is no hash', async () => {
  const blobs = await openBlobs();
  await expect(readAll(blobs.open(sha256(bytesOf('never put'))))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  await expect(readAll(blobs.open('../../etc/passwd'))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  expect(await blobs.exists(sha256(bytesOf('never put')))).toBe(false);
});

test('unfinished files of dead processes are removed at start, those of living ones stay', async () => {
  await openBlobs();
  // A process that has ended: nobody has its id now.
  const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
  const life = '11111111-2222-3333-4444-555555555555';
  const dead = `${life}.${stdout.trim()}.${life}-1@${hostname()}`;
  const formerSelf = `${life}.${process.pid}.${life}-1@${hostname()}`;
  const living = `${life}.${process.ppid}.${life}-1@${hostname()}`;
  const elsewhere = `${life}.7.${life}-1@another-machine`;
  const longElsewhere = `${life}.8.${life}-1@another-machine`;
  for (const name of [dead, formerSelf, living, elsewhere, longElsewhere]) await writeFile(join(directory, 'tmp', name), 'x');
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
  await utimes(join(directory, 'tmp', longElsewhere), twoDaysAgo, twoDaysAgo);
  await openBlobs();
  expect((await unfinished()).toSorted()).toEqual([living, elsewhere].toSorted());
});

test('content whose removal was broken off is there again after the next start', async () => {
  const { hash } = await (await openBlobs()).put(bytesOf('mail'));
  await writeFile(join(directory, 'removing', hash), 'mail');
  await rm(fileOf(hash));
  const blobs = await openBlobs();
  expect(String(await readAll(blobs.open(hash)))).toBe('mail');
});

test('content put again since the given time is not removed', async () => {
  const blobs = await openBlobs();
  const { hash } = await blobs.put(bytesOf('mail'));
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
  await utimes(fileOf(hash), new Date(0), new Date(0));
  await blobs.put(bytesOf('mail'));
  expect(await blobs.remove(hash, yesterday)).toBe(false);
  expect(await blobs.exists(hash)).toBe(true);
  await utimes(fileOf(hash), new Date(0), new Date(0));
  expect(await blobs.remove(hash, yesterday)).toBe(true);
  expect(await blobs.exists(hash)).toBe(false);
  expect(await blobs.remove(hash)).toBe(true);
});

test('removals and puts of the same content at the same time never lose what was put', async () => {
  const blobs = await openBlobs();
  const content = bytesOf('the same newsletter');
  const { hash } = await blobs.put(content);
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
  for (let round = 0; round < 100; round += 1) {
    await utimes(fileOf(hash), new Date(0), new Date(0));
    await Promise.all([blobs.remove(hash, yesterday), blobs.put(content)]);
    expect(await blobs.exists(hash)).toBe(true);
  }
  expect(String(await readAll(blobs.open(hash)))).toBe('the same newsletter');
});

test('stored mails can be read by their owner only', async () => {
  const { hash } = await (await openBlobs()).put(bytesOf('private'));
  expect((await stat(fileOf(hash))).mode & 0o077).toBe(0);
  expect((await stat(join(directory, hash.slice(0, 2)))).mode & 0o077).toBe(0);
});
