import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/** Counts its own looks, not the clock: a machine that was asleep has not stood still. */

const { beats, limitMs } = workerData as { beats: Int32Array; limitMs: number };
const looks = 20;
const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

for (let last = -1, still = 0; ;) {
  Atomics.wait(pause, 0, 0, limitMs / looks);
  const now = Atomics.load(beats, 0);
  still = now === last ? still + 1 : 0;
  last = now;
  if (still < looks) continue;
  const facts = { level: 'error', time: new Date().toISOString(), limitMs };
  // The stream of the main thread waits for the event loop that stands still.
  writeSync(
    2,
    `${JSON.stringify({ ...facts, msg: 'the process did nothing any more and is ended; what it had in hand is done by the next' })}\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
