import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Child {
  process: ChildProcess;
  pid: number;
  /** The next line it prints; rejects when it ends first. */
  nextLine(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Runs TypeScript or JavaScript text as a module of its own in a process of its own, killed when the test ends.
 *
 * @param code imports files of ours by their absolute URL
 */
export function runModule(code: string, options: { uid?: number; gid?: number } = {}): Child {
  return startChild(process.execPath, ['--input-type=module-typescript', '--eval', code], options);
}

export function startChild(command: string, args: string[], options: { uid?: number; gid?: number } = {}): Child {
  const child = spawn(command, args, { ...options, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'exit');

  async function kill(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    await ended;
  }

  onTestFinished(() => kill('SIGKILL'));
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return {
    process: child,
    pid: child.pid,
    async nextLine() {
      const line = await lines.next();
      if (line.done) throw new Error(`${command} ended with code ${String(child.exitCode)}`);
      return line.value;
    },
    kill,
  };
}
