import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { FlowError } from '../../../shared/errors.ts';
import type { BlobRef, BlobStore } from '../../ports/blobs.ts';

export type Copied = 'copied' | 'there' | 'missing' | 'damaged';

/** Each copy waits for its sync: sixteen at once keep a disk busy, as they do at intake. */
export const copiesAtOnce = 16;

/** Copies content unless it is there and right; what does not have its hash is never kept. */
export async function copyBlob(from: Pick<BlobStore, 'open'>, to: BlobStore, { hash }: BlobRef): Promise<Copied> {
  if ((await to.exists(hash)) && (await isRight(to, hash))) return 'there';
  try {
    await to.put(checked(from.open(hash), hash));
    return 'copied';
  } catch (error) {
    if (error instanceof FlowError && error.code === 'BLOB_MISSING') return 'missing';
    if (error instanceof FlowError && error.code === 'STORED_CONTENT_DAMAGED') return 'damaged';
    throw error;
  }
}

export async function isRight(store: Pick<BlobStore, 'open'>, hash: string): Promise<boolean> {
  try {
    const chunks = checked(store.open(hash), hash);
    while (!(await chunks.next()).done);
    return true;
  } catch (error) {
    if (error instanceof FlowError && (error.code === 'BLOB_MISSING' || error.code === 'STORED_CONTENT_DAMAGED')) return false;
    throw error;
  }
}

/** @throws FlowError STORED_CONTENT_DAMAGED at the end, before whoever writes it gives it a name */
async function* checked(content: AsyncIterable<Uint8Array>, hash: string): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  for await (const chunk of content) {
    digest.update(chunk);
    yield chunk;
  }
  if (digest.digest('hex') !== hash) throw new FlowError('STORED_CONTENT_DAMAGED', { hash });
}

/** What a backup's list names, line by line. */
export async function* readBlobList(file: string): AsyncGenerator<BlobRef> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const [hash = '', sizeBytes = ''] = line.split('\t');
    yield { hash, sizeBytes: Number(sizeBytes) };
  }
}

/** Content below a directory of backups, for reading alone: it may be a read-only disk. */
export function backedUpBlobs(directory: string): Pick<BlobStore, 'open'> {
  return {
    async *open(hash) {
      try {
        yield* createReadStream(path.join(directory, hash.slice(0, 2), hash.slice(2)));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new FlowError('BLOB_MISSING', { hash });
        throw error;
      }
    },
  };
}

/** Works on items side by side; the first failure ends it, once those under way have ended. */
export async function eachOf<T>(
  items: AsyncIterable<T>,
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const failing = new AbortController();
  const lane = async () => {
    while (!failing.signal.aborted) {
      signal.throwIfAborted();
      const next = await iterator.next();
      if (next.done) return;
      await work(next.value);
    }
  };
  const lanes = Array.from({ length: atOnce }, () =>
    lane().catch((error: unknown) => {
      failing.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(lanes);
  await iterator.return?.();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
