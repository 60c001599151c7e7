import process from 'node:process';
import { homedir } from 'node:os';
import { readConfig } from '../config.ts';
import { rotateKey } from '../rotate-key.ts';
import { silentLog } from './silent-log.ts';

/** Changes the master key as `npm run rotate-key` does, and kills itself hard when it has made the step that MAILROOM_TEST_KILL_AT names. */

const killAt = process.env['MAILROOM_TEST_KILL_AT'];

await rotateKey({
  config: readConfig(process.env, { isRoot: process.getuid?.() === 0, homeDirectory: homedir() }),
  signal: new AbortController().signal,
  log: silentLog,
  progress: () => undefined,
  onStep: (step) => {
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
  },
});
