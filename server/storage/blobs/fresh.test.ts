import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BlobStore } from '../../ports/blobs.ts';
import { withFresh } from './fresh.ts';

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/** A store in memory that counts what is read from it. */
function counting() {
  const kept = new Map<string, Uint8Array>();
  const reads: string[] = [];
  const store: Pick<BlobStore, 'put' | 'open'> = {
    async put(content) {
      const pieces = content instanceof Uint8Array ? [content] : await Array.fromAsync(content);
      const whole = Buffer.concat(pieces);
      kept.set(hashOf(whole), whole);
      return { hash: hashOf(whole), sizeBytes: whole.length };
    },
    async *open(hash) {
      reads.push(hash);
      yield await Promise.resolve(kept.get(hash) ?? Buffer.alloc(0));
    },
  };
  return { blobs: withFresh(store as BlobStore), reads };
}

const read = async (blobs: BlobStore, hash: string) => Buffer.concat(await Array.fromAsync(blobs.open(hash)));

test('what was just put is handed out once without being read, and is read from then on', async () => {
  const { blobs, reads } = counting();
  const content = Buffer.from('Subject: Order 17');
  const { hash } = await blobs.put(content);
  expect(await read(blobs, hash)).toEqual(content);
  expect(reads).toEqual([]);
  expect(await read(blobs, hash)).toEqual(content);
  expect(reads).toEqual([hash]);
});

test('a stream and a large mail are not held', async () => {
  const { blobs, reads } = counting();
  async function* stream() {
    yield await Promise.resolve(Buffer.from('a stream'));
  }
  const streamed = await blobs.put(stream());
  const large = await blobs.put(Buffer.alloc(513 * 1024));
  await read(blobs, streamed.hash);
  await read(blobs, large.hash);
  expect(reads).toEqual([streamed.hash, large.hash]);
});

test('a long queue is not held in memory: those in front of it are', async () => {
  const { blobs, reads } = counting();
  const mails = Array.from({ length: 40 }, (_, index) => Buffer.alloc(500 * 1024, index + 1));
  const refs = [];
  for (const mail of mails) refs.push(await blobs.put(mail));
  for (const { hash } of refs) expect(hashOf(await read(blobs, hash))).toBe(hash);
  // 32 of 500 KiB are 15.6 MiB.
  expect(reads).toEqual(refs.slice(32).map(({ hash }) => hash));
});
