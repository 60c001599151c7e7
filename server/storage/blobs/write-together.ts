import { Worker } from 'node:worker_threads';
import { together } from '../together.ts';

/** Larger content is written on its own. */
export const maxTogetherBytes = 512 * 1024;
/** With the limit above, no batch is larger than 16 MB. */
const maxBatch = 32;

export interface WriteRequest {
  /** The content of all blobs, one behind the other. */
  bytes: ArrayBuffer;
  blobs: { sizeBytes: number; temporaryName: string }[];
}

export type WriteAnswer = { hashes: string[] } | { failure: { message: string; code: string } };

/** Two wait for the disk in half the time of one; four gain little more. */
const threads = 2;

export interface Writer {
  /** Resolves with the SHA-256 in hex once the content is durable under its name. */
  write(content: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/**
 * Writes small content, many at once, in threads of its own: six to nine calls to the disk for each mail cost more on their way
 * through Node's thread pool than all the rest of intake (docs/adr/0014).
 */
export function openWriter(directory: string, temporaryName: () => string): Writer {
  const lanes = Array.from({ length: threads }, () => openLane(directory, temporaryName));
  let next = 0;
  return {
    async write(content) {
      const lane = lanes[(next = (next + 1) % lanes.length)];
      if (!lane) throw new Error('there is no thread to write with');
      return lane.write(content);
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

function openLane(directory: string, temporaryName: () => string): Writer {
  let thread: Worker | undefined;

  /** Started when it is first needed. An idle one does not keep the process alive. */
  function running(): Worker {
    if (thread) return thread;
    const started = new Worker(new URL('./write-thread.ts', import.meta.url), { workerData: directory });
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });
    thread = started;
    return started;
  }

  async function writeAll(contents: Uint8Array[]): Promise<string[]> {
    const bytes = joined(contents);
    const blobs = contents.map((content) => ({ sizeBytes: content.length, temporaryName: temporaryName() }));
    const answer = await asked(running(), { bytes, blobs });
    if ('hashes' in answer) return answer.hashes;
    throw Object.assign(new Error(answer.failure.message), { code: answer.failure.code });
  }

  return {
    write: together(writeAll, { limit: maxBatch }),
    async close() {
      await thread?.terminate();
    },
  };
}

function joined(contents: Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(contents.reduce((sum, content) => sum + content.length, 0));
  let at = 0;
  for (const content of contents) {
    all.set(content, at);
    at += content.length;
  }
  return all.buffer;
}

/** One request at a time: `together` sends the next when this one is answered. */
function asked(thread: Worker, request: WriteRequest): Promise<WriteAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WriteAnswer>();
  const onExit = () => reject(new Error('the thread that writes mails has ended'));
  thread.once('message', resolve).once('error', reject).once('exit', onExit);
  thread.ref();
  thread.postMessage(request, [request.bytes]);
  return promise.finally(() => {
    thread.off('message', resolve).off('error', reject).off('exit', onExit);
    thread.unref();
  });
}
