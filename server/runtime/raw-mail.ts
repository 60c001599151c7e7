import type { BlobRef, BlobStore } from '../ports/blobs.ts';
import type { RawMail } from '../ports/mailbox.ts';

/** Up to here a mail is read once and stays in memory while its exchange runs, however often a flow opens it. */
const maxHeldBytes = 512 * 1024;

export function rawMail(blobs: BlobStore, { hash, sizeBytes }: BlobRef): RawMail {
  if (sizeBytes > maxHeldBytes) return { sizeBytes, open: () => blobs.open(hash) };
  let content: Promise<Buffer> | undefined;
  return {
    sizeBytes,
    async *open() {
      yield await (content ??= joined(blobs.open(hash)));
    },
  };
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}
