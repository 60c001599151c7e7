import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BlobStore } from '../ports/blobs.ts';

export interface BlobFixture {
  /** Another store over the same place, as another process opens it. */
  open: () => Promise<BlobStore>;
  /** How many contents are begun and not finished. */
  unfinished: () => Promise<number>;
  /** As if it had been put at that time and not since. */
  age: (hash: string, putAt: Date) => Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;
const bytesOf = (text: string) => new TextEncoder().encode(text);
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// oxlint-disable-next-line require-await
export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function hashesOf(blobs: BlobStore): Promise<string[]> {
  const hashes = [];
  for await (const { hash } of blobs.list()) hashes.push(hash);
  return hashes.toSorted();
}

/** What every driver of the blob port does. */
export function blobContract(fixture: () => BlobFixture): void {
  const openBlobs = () => fixture().open();
  const unfinished = () => fixture().unfinished();

  describe('the contract of blob drivers', () => {
    test('content comes back byte for byte under its SHA-256, whether it came whole or in pieces', async () => {
      const blobs = await openBlobs();
      const sizes = [0, 1, 300_000, 256 * 1024, 256 * 1024 + 1, 3 * 256 * 1024];
      const contents = [bytesOf('Subject: Order 17\r\n\r\n'), ...sizes.map((size) => Buffer.alloc(size, 'From: a\r\n\xff\0'))];
      for (const content of contents) {
        const pieces = await blobs.put(inPieces(content, 7_000));
        const whole = await blobs.put(content);
        expect(whole).toEqual({ hash: sha256(content), sizeBytes: content.length });
        expect(pieces).toEqual(whole);
        expect((await readAll(blobs.open(whole.hash))).equals(content)).toBe(true);
      }
      await blobs.sync();
      expect(await unfinished()).toBe(0);
    });

    test('a hundred concurrent puts, some of them equal, leave one content each', async () => {
      const [one, other] = await Promise.all([openBlobs(), openBlobs()]);
      const contents = Array.from({ length: 100 }, (_, index) => bytesOf(`mail ${index % 40}`));
      const refs = await Promise.all(contents.map((content, index) => (index % 2 ? one : other).put(content)));
      await Promise.all([one.sync(), one.sync(), other.sync()]);
      expect(await hashesOf(one)).toEqual([...new Set(refs.map((ref) => ref.hash))].toSorted());
      expect(await hashesOf(one)).toHaveLength(40);
    });

    test('equal large mails that come in at the same time leave one content and nothing unfinished', async () => {
      const [one, other] = await Promise.all([openBlobs(), openBlobs()]);
      const content = Buffer.alloc(700_000, 'newsletter ');
      const stores = [one, other, one, other];
      const refs = await Promise.all(stores.map((blobs) => blobs.put(inPieces(content, 50_000))));
      expect(new Set(refs.map((ref) => ref.hash))).toEqual(new Set([sha256(content)]));
      expect(await hashesOf(one)).toEqual([sha256(content)]);
      expect((await readAll(one.open(sha256(content)))).equals(content)).toBe(true);
      expect(await unfinished()).toBe(0);
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
          yield Buffer.alloc(100_000);
        }
      }
      await expect(blobs.put(endless(), { maxBytes: 550_000 })).rejects.toMatchObject({ code: 'BLOB_TOO_LARGE' });
      await expect(blobs.put(Buffer.alloc(6_000), { maxBytes: 5_500 })).rejects.toMatchObject({ code: 'BLOB_TOO_LARGE' });
      expect(pulled).toBe(6);
      expect(await unfinished()).toBe(0);
      expect(await hashesOf(blobs)).toEqual([]);
    });

    test('a source that breaks off leaves nothing behind', async () => {
      const blobs = await openBlobs();
      for (const bytes of [10, 600_000]) {
        async function* broken() {
          yield Buffer.alloc(bytes, 'half a mail');
          throw new Error('connection lost');
        }
        await expect(blobs.put(broken())).rejects.toThrow('connection lost');
      }
      expect(await unfinished()).toBe(0);
      expect(await hashesOf(blobs)).toEqual([]);
    });

    test('a missing blob is an error with a remedy, and so is a name that is no hash', async () => {
      const blobs = await openBlobs();
      await expect(readAll(blobs.open(sha256(bytesOf('never put'))))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
      await expect(readAll(blobs.open('../../etc/passwd'))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
      expect(await blobs.exists(sha256(bytesOf('never put')))).toBe(false);
    });

    test('content put again since the given time is not removed', async () => {
      const blobs = await openBlobs();
      const { hash } = await blobs.put(bytesOf('mail'));
      const yesterday = new Date(Date.now() - dayMs);
      await fixture().age(hash, new Date(0));
      await blobs.put(bytesOf('mail'));
      expect(await blobs.remove(hash, yesterday)).toBe(false);
      expect(await blobs.exists(hash)).toBe(true);
      await fixture().age(hash, new Date(0));
      expect(await blobs.remove(hash, yesterday)).toBe(true);
      expect(await blobs.exists(hash)).toBe(false);
      expect(await blobs.remove(hash)).toBe(true);
    });

    test('the list says how large every content is and when it was last put', async () => {
      const blobs = await openBlobs();
      const { hash } = await blobs.put(bytesOf('mail'));
      await fixture().age(hash, new Date('2026-01-02T03:04:05Z'));
      const listed = [];
      for await (const blob of blobs.list()) listed.push(blob);
      expect(listed).toEqual([{ hash, sizeBytes: 4, putAt: new Date('2026-01-02T03:04:05Z') }]);
    });

    test('removals and puts of the same content at the same time never lose what was put', async () => {
      const [blobs, remover] = await Promise.all([openBlobs(), openBlobs()]);
      const yesterday = new Date(Date.now() - dayMs);
      for (const content of [bytesOf('the same newsletter'), Buffer.alloc(300_000, 'the same large newsletter')]) {
        const { hash } = await blobs.put(content);
        for (let round = 0; round < 50; round += 1) {
          await fixture().age(hash, new Date(0));
          await Promise.all([remover.remove(hash, yesterday), blobs.put(content), blobs.put(inPieces(content, 60_000))]);
          expect(await blobs.exists(hash)).toBe(true);
          expect((await readAll(blobs.open(hash))).equals(content)).toBe(true);
        }
      }
      expect(await unfinished()).toBe(0);
    });
  });
}
