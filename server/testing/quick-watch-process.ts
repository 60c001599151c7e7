import '../file-threads.ts';
import { runProcess } from '../process.ts';

/** A Mailroom whose watchdog has no patience: what takes minutes in life takes a second or two. */
await runProcess({
  watchRules: {
    everyMs: 500,
    noWorkerAfterMs: 3_000,
    failingAfterPolls: 1,
    clearAfterMs: 1_000,
    flapWithinMs: 60_000,
    clearAfterAtMostMs: 4_000,
    firstRetryMs: 300,
    retryAtMostMs: 1_000,
  },
});
