import '../server/file-threads.ts';
import { homedir } from 'node:os';
import { asFlowError } from '../shared/errors.ts';
import { readConfig, type Config } from '../server/config.ts';
import { createLog } from '../server/log.ts';
import type { Logger } from '../server/ports/common.ts';

/** What the commands beside `npm start` have in common: the same environment in, progress and errors out, Ctrl-C. */
export interface Command {
  config: Config;
  log: Logger;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
  /** Shown in place on a terminal; elsewhere, such as in a log of cron, once in 30 s. */
  progress: (text: string) => void;
  say: (text: string) => void;
}

const shownEveryMs = 100;
const loggedEveryMs = 30_000;
const cancelledCode = 130;

/** A mistake in how the command was called. */
export class UsageError extends Error {}

/** @param work returns the exit code */
export async function runCommand(name: string, usage: string, work: (command: Command) => Promise<number>): Promise<void> {
  const cancelling = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => cancelling.abort(new Error('cancelled')));
  const line = progressLine();
  const print = (stream: NodeJS.WriteStream, text: string) => {
    line.clear();
    stream.write(`${text}\n`);
  };
  let code = 1;
  try {
    const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeDirectory: homedir() });
    code = await work({
      config,
      // What a start tells at length is not of interest here.
      log: createLog(config.logLevel === 'info' ? 'warn' : config.logLevel),
      signal: cancelling.signal,
      progress: (text) => line.show(text),
      say: (text) => print(process.stdout, text),
    });
  } catch (error) {
    if (error instanceof UsageError || isArgumentError(error)) {
      print(process.stderr, `${error.message}\n\n${usage}`);
      code = 64;
    } else if (cancelling.signal.aborted) {
      print(process.stderr, `Cancelled: ${name} has left nothing half done.`);
      code = cancelledCode;
    } else {
      const { code: errorCode, message, remedy, details } = asFlowError(error).view();
      print(process.stderr, `\n  ${name} failed (${errorCode}).\n  ${message}${details ? `\n  ${details}` : ''}\n  ${remedy}\n`);
    }
  }
  // A pool or a watcher that is still closing must not keep a finished command from ending.
  process.exit(code);
}

/** Of `parseArgs` of Node. */
function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

function progressLine() {
  const { stderr } = process;
  const everyMs = stderr.isTTY ? shownEveryMs : loggedEveryMs;
  let shownAt = Date.now();
  return {
    show(text: string) {
      if (Date.now() - shownAt < everyMs) return;
      shownAt = Date.now();
      stderr.write(stderr.isTTY ? `\r\u001B[K${text.slice(0, stderr.columns - 1)}` : `${text}\n`);
    },
    clear() {
      if (stderr.isTTY) stderr.write('\r\u001B[K');
    },
  };
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
