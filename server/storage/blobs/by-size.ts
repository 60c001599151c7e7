import type { BlobStore } from '../../ports/blobs.ts';
import { withFormer } from './former.ts';

/** Most mails are below it, and most bytes are in mails above it. */
export const maxSmallBytes = 64 * 1024;

/**
 * Small content in one store, large in another; what comes in pieces counts as large. Starting a file for each mail is what a disk is
 * slowest at, while rows are written many at once (docs/adr/0018).
 */
export function bySize({ small, large }: { small: BlobStore; large: BlobStore }): BlobStore {
  return {
    ...withFormer(large, small),
    put: (content, options) => (content instanceof Uint8Array && content.length <= maxSmallBytes ? small : large).put(content, options),
    async sync() {
      await Promise.all([small.sync(), large.sync()]);
    },
  };
}
