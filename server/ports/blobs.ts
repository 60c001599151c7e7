/** Where the raw bytes of mails are kept. */

export interface BlobRef {
  /** SHA-256 of the content, lower-case hex. */
  hash: string;
  sizeBytes: number;
}

export interface BlobStore {
  /**
   * Writes and fsyncs content, unless it is there. Not referenced yet: intake does that in its transaction.
   * Stops reading and throws BLOB_TOO_LARGE when `maxBytes` is passed, DISK_FULL when there is no space.
   * `onStart` gets the first 64 KiB or more, or all there is, once.
   */
  put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { maxBytes?: number; onStart?: (first: Uint8Array) => void },
  ): Promise<BlobRef>;
  /** Makes the names of all blobs put before durable; one directory sync for a batch. */
  sync(): Promise<void>;
  /** @throws FlowError BLOB_MISSING, at the first read */
  open(hash: string): AsyncIterable<Uint8Array>;
  exists(hash: string): Promise<boolean>;
  /** Every blob there is and when it was last put. */
  list(): AsyncIterable<BlobRef & { putAt: Date }>;
  /** Removes the content unless it was put after `unlessPutSince`: false, and it stays. */
  remove(hash: string, unlessPutSince?: Date): Promise<boolean>;
}
