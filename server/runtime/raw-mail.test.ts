import { expect, test } from 'vitest';
import type { BlobStore } from '../ports/blobs.ts';
import { rawMail } from './raw-mail.ts';

function counting(content: Buffer) {
  let reads = 0;
  const blobs: Pick<BlobStore, 'open'> = {
    async *open() {
      reads += 1;
      yield await Promise.resolve(content.subarray(0, 5));
      yield content.subarray(5);
    },
  };
  return { raw: rawMail(blobs as BlobStore, { hash: 'ab', sizeBytes: content.length }), reads: () => reads };
}

test('an ordinary mail is read once, however often a flow opens it', async () => {
  const content = Buffer.from('Subject: Order 17');
  const { raw, reads } = counting(content);
  for (const chunks of await Promise.all([Array.fromAsync(raw.open()), Array.fromAsync(raw.open())])) {
    expect(Buffer.concat(chunks)).toEqual(content);
  }
  expect(reads()).toBe(1);
});

test('a large mail is read each time, and never held', async () => {
  const { raw, reads } = counting(Buffer.alloc(513 * 1024, 'x'));
  for (let time = 1; time <= 2; time += 1) {
    const chunks = await Array.fromAsync(raw.open());
    expect(chunks).toHaveLength(2);
    expect(reads()).toBe(time);
  }
});
