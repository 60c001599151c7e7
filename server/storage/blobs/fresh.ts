import type { BlobStore } from '../../ports/blobs.ts';

/** Most mails are read once, by their exchange, a moment after they were put. */
const maxMailBytes = 512 * 1024;
const maxHeldBytes = 24 * 1024 * 1024;
/** By then it was another process that took the job, or the queue is long. */
const keepMs = 10_000;

/**
 * Hands out what was just put without reading it again, once; what is not held comes from `blobs`. Four calls to the disk for each mail
 * cost as much as reading it (docs/adr/0014).
 */
export function withFresh(blobs: BlobStore): BlobStore {
  const held = new Map<string, { content: Uint8Array; timer: NodeJS.Timeout }>();
  let heldBytes = 0;

  /** Those behind it in the queue are not worth more than those in front: nothing is dropped for it. */
  function hold(hash: string, content: Uint8Array): void {
    if (content.length > maxMailBytes || heldBytes + content.length > maxHeldBytes || held.has(hash)) return;
    held.set(hash, { content, timer: setTimeout(() => take(hash), keepMs).unref() });
    heldBytes += content.length;
  }

  function take(hash: string): Uint8Array | undefined {
    const found = held.get(hash);
    if (!found) return undefined;
    held.delete(hash);
    heldBytes -= found.content.length;
    clearTimeout(found.timer);
    return found.content;
  }

  return {
    ...blobs,
    async put(content, options) {
      const blob = await blobs.put(content, options);
      if (content instanceof Uint8Array) hold(blob.hash, content);
      return blob;
    },
    async *open(hash) {
      const content = take(hash);
      if (content) yield content;
      else yield* blobs.open(hash);
    },
  };
}
