import { Worker } from 'node:worker_threads';

/**
 * Ends this process when its event loop stands still: what a mail can do that sends a parser round in circles. Nothing else in the
 * process could notice, its timers among that. Work in hand comes back to another process, and the mail is set aside when that repeats
 * (`runtime/suspects.ts`).
 */
export interface StallWatch {
  close(): Promise<void>;
}

const beatEveryMs = 1_000;
/** Far above anything that is only slow: collecting garbage, a machine that swaps. */
const defaultLimitMs = 60_000;

export function startStallWatch(limitMs = defaultLimitMs): StallWatch {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const beating = setInterval(() => Atomics.add(beats, 0, 1), Math.min(beatEveryMs, limitMs / 4));
  const thread = new Worker(new URL('stall-watch-thread.ts', import.meta.url), {
    workerData: { beats, limitMs },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  // Without the watch everything else goes on.
  thread.on('error', () => undefined);
  // Neither keeps the process alive.
  beating.unref();
  thread.unref();
  return {
    async close() {
      clearInterval(beating);
      await thread.terminate();
    },
  };
}
