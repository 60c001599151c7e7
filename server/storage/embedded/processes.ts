import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What the operating system says of processes that are not our children. */

const run = promisify(execFile);
const lookAgainMs = 50;

/** Whether any process has this id, zombies included. */
export function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** False for a zombie: it has ended, but answers to signal 0 until its parent asks for its exit code. */
export async function isRunning(pid: number): Promise<boolean> {
  if (!isTaken(pid)) return false;
  const state = process.platform === 'linux' ? linuxState(pid) : (await ps(pid)).slice(0, 1);
  return state !== '' && state !== 'Z' && state !== 'X';
}

/**
 * Whether `pid` is a PostgreSQL process of the cluster in `directory`. Process ids are given out again, so the id alone says nothing.
 *
 * @param directory real path: every PostgreSQL process makes its data directory its working directory
 */
export async function worksIn(pid: number, directory: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  if (process.platform === 'linux') return workingDirectory(pid) === directory;
  const commandLine = await ps(pid);
  return commandLine.includes('postgres') && commandLine.includes(directory);
}

/** All processes at work in `directory`; only Linux tells. */
export function processesIn(directory: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === directory);
}

/** Waits until `pid` has ended; false when it still runs after `deadlineMs`. */
export async function hasEnded(pid: number, deadlineMs: number): Promise<boolean> {
  const giveUpAt = Date.now() + deadlineMs;
  while (await isRunning(pid)) {
    if (Date.now() >= giveUpAt) return false;
    await sleep(lookAgainMs);
  }
  return true;
}

/** One letter, see proc(5); empty when the process is gone. */
function linuxState(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets before it may hold anything, brackets and blanks included.
    return line.slice(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3);
  } catch {
    return '';
  }
}

/** Undefined when the process is gone or another user's. */
function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

async function ps(pid: number): Promise<string> {
  try {
    return (await run('ps', ['-o', 'stat=,command=', '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
}
